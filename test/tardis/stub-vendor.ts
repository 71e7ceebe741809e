import type { DatasetOutcome, ExchangeOutcome } from '../../functions/tardis/outcomes.ts'
import type { Vendor } from '../../functions/tardis/vendor.ts'

/** A vendor without a network. It notes each call with its arguments. */
export interface StubVendor extends Vendor {
  readonly calls: (readonly [method: string, ...args: unknown[]])[]
}

export const MISSING: DatasetOutcome = { kind: 'missing', detail: 'none' }

/** A venue with so many symbols. */
export function known(venue: string, symbols: number): ExchangeOutcome {
  const symbol = { id: 'A', type: 'spot', availableSince: '2019-01-01', availableTo: undefined, dataTypes: ['trades'] }
  const datasets = { symbols: Array.from({ length: symbols }, () => symbol), exportedUntil: '2024-08-09' }
  return { kind: 'known', details: { venue, datasets, incidentReports: [] } }
}

export function stubVendor(responses: Partial<Vendor> = {}): StubVendor {
  const calls: StubVendor['calls'] = []
  const noted =
    <A extends unknown[], T>(method: string, respond: (...args: A) => Promise<T>) =>
    (...args: A) => {
      calls.push([method, ...args])
      return respond(...args)
    }
  return {
    calls,
    venues: noted('venues', responses.venues ?? (async () => ['binance'])),
    exchange: noted('exchange', responses.exchange ?? (async venue => known(venue, 1))),
    instruments: noted(
      'instruments',
      responses.instruments ?? (async () => ({ kind: 'not-readable', reason: 'no' }) as const),
    ),
    keyAccess: noted('keyAccess', responses.keyAccess ?? (async () => undefined)),
    openDataset: noted('openDataset', responses.openDataset ?? (async () => MISSING)),
    close: noted('close', responses.close ?? (async () => {})),
  }
}
