import { DAY_MS, dayStartMs } from '../../../market/days.ts'
import { Book } from './book.ts'
import { bookSnapshotFeed, incrementalBookFeed } from './book-feeds.ts'
import type { Feed } from './feed.ts'
import type { Instrument } from './instrument.ts'
import { Market } from './market.ts'
import { optionQuotesFeed, optionsChainFeed, optionTradesFeed } from './option-feeds.ts'
import { quotesFeed } from './quote-feeds.ts'
import { Random } from './random.ts'
import { RowWriter } from './row-writer.ts'
import { derivativeTickerFeed } from './ticker-feed.ts'
import { liquidationsFeed, tradesFeed } from './trade-feeds.ts'

const DAY_MICROS = DAY_MS * 1000

export interface DatasetRequest {
  readonly instrument: Instrument
  readonly dataType: string
  /** The UTC day, `YYYY-MM-DD`. */
  readonly date: string
  readonly seed: number | string
  /** The length: a number of market steps over the day, or an exact number of rows. */
  readonly length: { readonly steps: number } | { readonly rows: number }
}

/**
 * The CSV text of one dataset with its header, in pieces of about a mebibyte, as the vendor writes it. A pure function of the
 * request: always the same bytes. Datasets of one instrument, day, seed and number of steps show the same market.
 * Memory: the piece being written, and the book.
 * @throws RangeError if there is no such data type
 */
export function* sampleText(request: DatasetRequest): Generator<Uint8Array, void, undefined> {
  const { instrument, length } = request
  const startMicros = dayStartMs(request.date) * 1000
  const seed = `${request.seed} ${instrument.venue} ${instrument.symbol} ${request.date}`
  const { feed, step } = createFeed(request.dataType, paced(request), startMicros, seed)
  const steps = 'steps' in length ? length.steps : Number.POSITIVE_INFINITY
  const maxRows = 'rows' in length ? length.rows : Number.POSITIVE_INFINITY
  const rows = new RowWriter(maxRows)
  rows.header(feed.header)
  if (maxRows > 0) feed.begin?.(rows, startMicros + 1_000)

  const endMicros = startMicros + DAY_MICROS - 1_000_000
  const pace = new Random(`${seed} pace`)
  let atMicros = startMicros + 1_000
  for (let index = 0; index < steps && !rows.isFull && maxRows > 0; index++) {
    // The rows that remain are spread over the time that remains, so that the day never ends early.
    const share = 'steps' in length ? 1 / (steps - index) : Math.min(0.5, feed.rowsPerStep / (maxRows - rows.rows))
    const fromMicros = atMicros
    atMicros += Math.max(1, Math.floor((endMicros - fromMicros) * share * (0.9 + pace.unit() / 10)))
    step()
    feed.step(rows, fromMicros, atMicros)
    if (rows.hasPiece) yield rows.takePiece()
  }
  const last = rows.takePiece()
  if (last.length > 0) yield last
}

/** Levels far from the best take most of the time and are in no snapshot, so in files of exact length they change less often. */
function paced({ instrument, dataType, length }: DatasetRequest): Instrument {
  if ('steps' in length || !dataType.startsWith('book_snapshot')) return instrument
  return { ...instrument, activity: instrument.activity / 6 }
}

/** How many market steps give about that many rows of a data type. */
export function stepsFor(dataType: string, instrument: Instrument, rows: number): number {
  return Math.ceil(rows / createFeed(dataType, instrument, 0, '').feed.rowsPerStep)
}

function createFeed(dataType: string, instrument: Instrument, startMicros: number, seed: string) {
  if (instrument.type === 'option')
    return { feed: optionFeed(dataType, instrument.venue, startMicros, seed), step() {} }
  const market = new Market(instrument, seed)
  if (!/^(incremental_book|book_snapshot)/.test(dataType))
    return { feed: marketFeed(dataType, market, seed), step: () => market.step() }
  const book = new Book(market, seed)
  const step = () => {
    market.step()
    book.step()
  }
  return { feed: bookFeed(dataType, market, book, seed), step }
}

function bookFeed(dataType: string, market: Market, book: Book, seed: string): Feed {
  if (dataType === 'incremental_book_L2') return incrementalBookFeed(market, book, seed)
  if (dataType === 'book_snapshot_5') return bookSnapshotFeed(market, book, seed, 5)
  if (dataType === 'book_snapshot_25') return bookSnapshotFeed(market, book, seed, 25)
  throw unknown(dataType, market.instrument.symbol)
}

function marketFeed(dataType: string, market: Market, seed: string): Feed {
  if (dataType === 'trades') return tradesFeed(market, seed)
  if (dataType === 'liquidations') return liquidationsFeed(market, seed)
  if (dataType === 'quotes' || dataType === 'book_ticker') return quotesFeed(market, seed)
  if (dataType === 'derivative_ticker') return derivativeTickerFeed(market, seed)
  throw unknown(dataType, market.instrument.symbol)
}

function optionFeed(dataType: string, venue: string, startMicros: number, seed: string): Feed {
  if (dataType === 'options_chain') return optionsChainFeed(venue, startMicros, seed)
  if (dataType === 'quotes') return optionQuotesFeed(venue, startMicros, seed)
  if (dataType === 'trades') return optionTradesFeed(venue, startMicros, seed)
  throw unknown(dataType, 'OPTIONS')
}

function unknown(dataType: string, symbol: string): RangeError {
  return new RangeError(`no sample data of type "${dataType}" for ${symbol}`)
}
