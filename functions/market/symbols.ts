import type { InstrumentSymbol } from './names.ts'

/**
 * A symbol as datasets are named: upper-case, `/` and `:` become `-`
 * (https://docs.tardis.dev/downloadable-csv-files/api).
 */
export function datasetSymbol(symbol: InstrumentSymbol): InstrumentSymbol {
  // Most are written so already, and a plan asks many thousand times.
  if (/^[A-Z\d_-]*$/.test(symbol)) return symbol
  return symbol.replace(/[/:]/g, '-').toUpperCase()
}

/**
 * A grouped symbol has all instruments of a market in one file:
 * https://docs.tardis.dev/downloadable-csv-files#grouped-symbols
 */
const GROUPED_MARKETS: ReadonlyMap<InstrumentSymbol, string> = new Map([
  ['SPOT', 'spot'],
  ['FUTURES', 'future'],
  ['PERPETUALS', 'perpetual'],
  ['OPTIONS', 'option'],
])

/** The market (the vendor's `type` of its instruments) that a grouped symbol stands for; undefined for any other symbol. */
export function groupedMarket(symbol: InstrumentSymbol): string | undefined {
  return GROUPED_MARKETS.get(datasetSymbol(symbol))
}

export function isGrouped(symbol: InstrumentSymbol): boolean {
  return groupedMarket(symbol) !== undefined
}
