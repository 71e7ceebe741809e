import type { Manifest, ManifestItem } from '../../../functions/ledger/manifest.ts'

const COUNTS = { items: 0, stored: 0, empty: 0, missing: 0, forbidden: 0, failed: 0, pending: 0 }

/** A manifest that holds these items, with counts and totals to match. */
export function manifestOf(
  day: { venue: string; date: string },
  status: Manifest['status'],
  items: readonly ManifestItem[],
): Manifest {
  const counts = { ...COUNTS, items: items.length }
  const totals = { rows: 0, bytes: 0, sourceBytes: 0, textBytes: 0, seconds: 1.5 }
  for (const item of items) {
    counts[item.status] += 1
    totals.rows += item.rows ?? 0
    totals.bytes += item.bytes ?? 0
  }
  const scope = [...new Set(items.map(({ dataType }) => dataType))].sort()
  return {
    schemaVersion: 1,
    ...day,
    plan: 'abcd1234',
    status,
    scope: scope.map(dataType => ({ dataType, all: true, symbols: [] })),
    counts,
    totals,
    incidents: [],
    items: [...items],
  }
}

export function storedItem(dataType: string, symbol: string, rows: number, bytes: number): ManifestItem {
  return { dataType, symbol, status: 'stored', rows, bytes }
}
