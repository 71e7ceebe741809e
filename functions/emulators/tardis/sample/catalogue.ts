import type { Instrument } from './instrument.ts'

/** A symbol of the sample data: its market, the data types that are listed, and those that are empty on purpose. */
export interface SampleSymbol {
  readonly instrument: Instrument
  readonly dataTypes: readonly string[]
  /** Data types without rows: a file with only a header, or without even a header. */
  readonly empty?: Readonly<Record<string, 'header only' | 'nothing'>>
  /** Delisted before the first sample day. */
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

/** The symbols of the sample data. The venue ids are real, so that everything accepts them; the data is generated. */
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
