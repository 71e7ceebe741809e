import type { Plan } from '../../functions/ledger/plan.ts'

export const DAY = { venue: 'binance', date: '2024-08-08' }

/** What a result says of a stored object. */
export const OBJECT = {
  object: 'o',
  generation: '1',
  crc32c: 'c',
  bytes: 1,
  rows: 1,
  sourceBytes: 1,
  sourceSha256: '0'.repeat(64),
  textBytes: 1,
  quality: { rowsOutOfOrder: 0, largestGapMicros: '0' },
}

/** A plan of DAY: its batches by the symbols of their trades. */
export function planOf(batches: readonly string[][], more: Partial<Plan> = {}): Plan {
  return {
    schemaVersion: 1,
    ...DAY,
    plan: 'abcdef',
    status: 'planned',
    scope: { trades: 'all' },
    batches: batches.map((symbols, index) => ({
      plan: 'abcdef',
      index,
      items: symbols.map(symbol => ({ dataType: 'trades', symbol })),
    })),
    unlisted: [],
    incidents: [],
    ...more,
  }
}
