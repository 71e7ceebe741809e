/** The properties of a generated market. Prices are in ticks, amounts in lots. */
export interface Instrument {
  readonly venue: string
  readonly symbol: string
  readonly type: 'spot' | 'perpetual' | 'option'
  /** The day begins near this price. */
  readonly priceTicks: number
  /** A tick is 10^-priceDecimals; a lot 10^-amountDecimals. */
  readonly priceDecimals: number
  readonly amountDecimals: number
  /** How many levels change at once, relative to a busy perpetual. */
  readonly activity: number
  /** The share of changes that remove a level. */
  readonly removals: number
  /** Whether quotes have the exchange's own time. */
  readonly timesQuotes: boolean
}
