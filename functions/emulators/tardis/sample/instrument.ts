/** What a generated market is like. Prices are counted in ticks, amounts in lots. */
export interface Instrument {
  readonly venue: string
  readonly symbol: string
  readonly type: 'spot' | 'perpetual' | 'option'
  /** The day begins near this price. */
  readonly priceTicks: number
  /** A tick is 10^-priceDecimals; a lot 10^-amountDecimals. */
  readonly priceDecimals: number
  readonly amountDecimals: number
  /** How many levels change at once, against a busy perpetual's. */
  readonly activity: number
  /** The share of changes that take a level out of the book. */
  readonly removals: number
  /** Whether best bids and asks come with the exchange's own time. */
  readonly timesQuotes: boolean
}
