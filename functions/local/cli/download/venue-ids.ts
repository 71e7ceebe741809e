import { request } from 'undici'

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
 * The venues to choose from: as the vendor lists them, or names them in its answer (`detail`) to a venue that it does not
 * know, or else the well-known ones. Never rejects: it only serves a hint.
 */
export async function venueIds(apiUrl: string, detail: string, signal: AbortSignal): Promise<readonly string[]> {
  const named = /available exchanges: *([a-z0-9, -]+)/i.exec(detail)?.[1]?.split(/, */)
  const lists = [await listedIds(apiUrl, signal).catch(() => []), named ?? [], WELL_KNOWN]
  return lists.find(ids => ids.length > 0)!
}

/** The ids of all venues, as the vendor lists them; none where it gives no list. Rejects where it cannot be reached. */
export async function listedIds(apiUrl: string, signal: AbortSignal): Promise<readonly string[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const { statusCode, body } = await request(`${apiUrl}/exchanges`, { signal: limit })
  if (statusCode !== 200) {
    await body.dump()
    return []
  }
  const listed: unknown = await body.json()
  const ids = Array.isArray(listed) ? listed.map((entry: { id?: unknown }) => entry?.id) : []
  return ids.filter(id => typeof id === 'string')
}
