import { request } from 'undici'

/** Ids to suggest where the vendor's own list cannot be had: https://docs.tardis.dev/historical-data-details */
const WELL_KNOWN = [
  ...['ascendex', 'binance', 'binance-delivery', 'binance-european-options', 'binance-futures', 'binance-options'],
  ...['binance-us', 'bitfinex', 'bitfinex-derivatives', 'bitflyer', 'bitget', 'bitget-futures', 'bitmex', 'bitnomial'],
  ...['bitstamp', 'blockchain-com', 'bybit', 'bybit-options', 'bybit-spot', 'coinbase', 'coinbase-international'],
  ...['crypto-com', 'cryptofacilities', 'delta', 'deribit', 'dydx', 'dydx-v4', 'ftx', 'ftx-us', 'gate-io'],
  ...['gate-io-futures', 'gemini', 'hitbtc', 'huobi', 'huobi-dm', 'huobi-dm-linear-swap', 'huobi-dm-swap'],
  ...['hyperliquid', 'kraken', 'kucoin', 'kucoin-futures', 'okex', 'okex-futures', 'okex-options', 'okex-spreads'],
  ...['okex-swap', 'phemex', 'poloniex', 'serum', 'upbit', 'woo-x'],
]

const PATIENCE_MS = 5_000

/** The venues to choose from, as the vendor lists them, or the well-known ones. Never rejects: it only serves a hint. */
export async function venueIds(apiUrl: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
    const { statusCode, body } = await request(`${apiUrl}/exchanges`, { signal: limit })
    if (statusCode !== 200) {
      await body.dump()
      return WELL_KNOWN
    }
    const listed: unknown = await body.json()
    const ids = Array.isArray(listed) ? listed.map((entry: { id?: unknown }) => entry?.id) : []
    const texts = ids.filter((id): id is string => typeof id === 'string')
    return texts.length > 0 ? texts : WELL_KNOWN
  } catch {
    return WELL_KNOWN
  }
}
