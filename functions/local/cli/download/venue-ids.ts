import { usesVenuePatterns, venuePatternsOfNone, venuesLike } from '../../../market/venues.ts'
import { createDeadline } from '../../../runtime/deadline.ts'
import { shown } from '../../../runtime/shown.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import { UsageError } from '../flags.ts'

/** Ids to suggest where the vendor's own list cannot be had: https://docs.tardis.dev/historical-data-details */
export const WELL_KNOWN: readonly string[] = [
  ...['ascendex', 'binance', 'binance-delivery', 'binance-european-options', 'binance-futures', 'binance-options'],
  ...['binance-us', 'bitfinex', 'bitfinex-derivatives', 'bitflyer', 'bitget', 'bitget-futures', 'bitmex', 'bitnomial'],
  ...['bitstamp', 'blockchain-com', 'bybit', 'bybit-options', 'bybit-spot', 'coinbase', 'coinbase-international'],
  ...['crypto-com', 'cryptofacilities', 'delta', 'deribit', 'dydx', 'dydx-v4', 'ftx', 'ftx-us', 'gate-io'],
  ...['gate-io-futures', 'gemini', 'hitbtc', 'huobi', 'huobi-dm', 'huobi-dm-linear-swap', 'huobi-dm-swap'],
  ...['hyperliquid', 'kraken', 'kucoin', 'kucoin-futures', 'okex', 'okex-futures', 'okex-options', 'okex-spreads'],
  ...['okex-swap', 'phemex', 'poloniex', 'serum', 'upbit', 'woo-x'],
]

const PATIENCE_MS = 5_000

/**
 * The venues to choose from: as the vendor lists them, or names them in its response (`detail`) to an unknown venue, or else
 * the well-known ones. Never rejects, because it only serves a hint.
 */
export async function venueIds(
  vendor: Pick<Vendor, 'venues'>,
  detail: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  using deadline = createDeadline(PATIENCE_MS, undefined, signal)
  const named = /available exchanges: *([a-z0-9, -]+)/i.exec(detail)?.[1]?.split(/, */)
  const lists = [await vendor.venues({ deadline }).catch(() => []), named ?? [], WELL_KNOWN]
  return lists.find(ids => ids.length > 0)!
}

/**
 * The venues that names and patterns stand for; `listed` is asked only where there is a pattern.
 * @throws UsageError for a pattern that none fits, what `listed` throws
 */
export async function venuesNamed(
  patterns: readonly string[],
  listed: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (!usesVenuePatterns(patterns)) return patterns
  const known = await listed()
  const none = venuePatternsOfNone(patterns, known)
  if (none.length > 0) throw new UsageError(none.map(pattern => `--venues: Tardis has none like ${shown(pattern)}`))
  return venuesLike(patterns, known)
}

/** The same by the vendor's own list. @throws also VendorError */
export async function venuesOfVendor(
  patterns: readonly string[],
  vendor: Pick<Vendor, 'venues'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return await venuesNamed(patterns, async () => {
    using deadline = createDeadline(PATIENCE_MS, undefined, signal)
    return await vendor.venues({ deadline })
  })
}
