import { DAY_MS } from '../../../market/days.ts'
import { parseInstrumentName } from '../../../market/instrument-name.ts'
import { isGrouped } from '../../../market/symbols.ts'
import type { SampleSymbol } from './catalogue.ts'

/** The sample data's instruments as the vendor lists them; a tick was ten times as large before the sample days. */
export function instrumentsText(samples: readonly SampleSymbol[], sinceMs: number): string {
  const listed = samples.filter(({ instrument }) => !isGrouped(instrument.symbol))
  return JSON.stringify(listed.map(sample => described(sample, sinceMs)))
}

function described({ instrument, isGone = false }: SampleSymbol, sinceMs: number) {
  const { venue, symbol, type, priceDecimals, amountDecimals } = instrument
  const { base, quote } = parseInstrumentName(venue, symbol)
  const iso = (ms: number) => new Date(ms).toISOString()
  const priceIncrement = power(-priceDecimals)
  return {
    id: symbol,
    exchange: venue,
    baseCurrency: base,
    quoteCurrency: quote,
    type,
    active: !isGone,
    availableSince: iso(isGone ? sinceMs - 100 * DAY_MS : sinceMs),
    ...(isGone && { availableTo: iso(sinceMs) }),
    priceIncrement,
    amountIncrement: power(-amountDecimals),
    minTradeAmount: power(-amountDecimals),
    makerFee: 0.0002,
    takerFee: 0.0005,
    ...(type === 'perpetual' && { inverse: quote === 'USD', contractMultiplier: 1, settlementCurrency: quote }),
    changes: [{ until: iso(sinceMs - DAY_MS), priceIncrement: power(1 - priceDecimals) }],
  }
}

function power(exponent: number): number {
  return Number(`1e${exponent}`)
}
