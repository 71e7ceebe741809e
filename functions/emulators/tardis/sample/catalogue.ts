import type { Instrument } from './instrument.ts'

/** A symbol of the sample data: its market, what the vendor would list, and which of it is empty on purpose. */
export interface SampleSymbol {
  readonly instrument: Instrument
  readonly dataTypes: readonly string[]
  /** Nothing happens in these: a file with a header and no rows, or one without even a header. */
  readonly empty?: Readonly<Record<string, 'header only' | 'nothing'>>
  /** Not there on any sample day: gone before the first. */
  readonly isGone?: boolean
}

const BOOKS = ['incremental_book_L2', 'book_snapshot_5', 'book_snapshot_25', 'quotes', 'book_ticker']
const DERIVATIVES = ['trades', 'derivative_ticker', 'liquidations']

const perpetual = {
  venue: 'binance-futures',
  type: 'perpetual',
  priceTicks: 618_000,
  priceDecimals: 1,
  amountDecimals: 3,
  activity: 1,
  removals: 0.3,
  timesQuotes: true,
} as const

const spot = {
  ...perpetual,
  venue: 'binance',
  type: 'spot',
  priceTicks: 268_000,
  priceDecimals: 2,
  amountDecimals: 4,
  activity: 0.4,
  removals: 0.6,
  timesQuotes: false,
} as const

/** What the sample data holds. Exchange ids are real ones, so that everything that takes them works; the data is made up. */
export const SAMPLE_SYMBOLS: readonly SampleSymbol[] = [
  { instrument: { ...perpetual, symbol: 'BTCUSDT' }, dataTypes: [...DERIVATIVES, ...BOOKS] },
  {
    instrument: { ...perpetual, symbol: 'ETHUSDT', priceTicks: 268_000, priceDecimals: 2 },
    dataTypes: DERIVATIVES,
  },
  {
    instrument: { ...perpetual, symbol: 'IDLEUSDT', priceTicks: 100_000, priceDecimals: 4 },
    dataTypes: ['trades', 'liquidations'],
    empty: { trades: 'header only', liquidations: 'nothing' },
  },
  { instrument: { ...perpetual, symbol: 'GONEUSDT' }, dataTypes: ['trades'], isGone: true },
  { instrument: { ...spot, symbol: 'ETHUSDT' }, dataTypes: ['trades', ...BOOKS] },
  {
    instrument: { ...spot, symbol: 'SOLBTC', priceTicks: 251_300, priceDecimals: 8, amountDecimals: 2 },
    dataTypes: ['trades'],
  },
  {
    instrument: { ...perpetual, venue: 'deribit', symbol: 'OPTIONS', type: 'option' },
    dataTypes: ['options_chain', 'trades', 'quotes'],
  },
  {
    instrument: { ...perpetual, venue: 'deribit', symbol: 'BTC-PERPETUAL', amountDecimals: 0 },
    dataTypes: ['trades', 'derivative_ticker'],
  },
]

export const SAMPLE_VENUES: readonly string[] = [...new Set(SAMPLE_SYMBOLS.map(({ instrument }) => instrument.venue))]
