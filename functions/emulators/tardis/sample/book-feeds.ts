import type { Book, Changes } from './book.ts'
import { COMMON, type Feed, named } from './feed.ts'
import { exchangeTime, type Market, REACH_TICKS } from './market.ts'
import { Random } from './random.ts'
import type { RowWriter } from './row-writer.ts'

const BID = Buffer.from('bid')
const ASK = Buffer.from('ask')
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** Round prices far below the market whose levels change often, as shares of the price. */
const FAR_BIDS = [0.016, 0.08]

/** https://docs.tardis.dev/downloadable-csv-files/data-types#incremental_book_l2: the whole book, then what changes. */
export function incrementalBookFeed(market: Market, book: Book, seed: string): Feed {
  const { instrument } = market
  const { priceDecimals, amountDecimals } = instrument
  const random = new Random(`${seed} incremental`)
  const name = named(instrument)
  const far = FAR_BIDS.map(share => Math.max(1, Math.round((instrument.priceTicks * share) / 1000) * 1000))

  const begin = (rows: RowWriter, atMicros: number, isSnapshot: Uint8Array) => {
    rows.beginPrefix()
    rows.bytes(name)
    rows.micros(exchangeTime(atMicros, random))
    rows.micros(atMicros)
    rows.bytes(isSnapshot)
    rows.endPrefix()
  }
  // The first row has its prefix already.
  const row = (rows: RowWriter, first: boolean, side: Uint8Array, priceTicks: number, lots: number) => {
    if (!first) rows.prefix()
    rows.bytes(side)
    rows.decimal(priceTicks, priceDecimals)
    rows.decimal(lots, amountDecimals)
    rows.endRow()
    return false
  }
  const changed = (rows: RowWriter, first: boolean, side: Uint8Array, { ticks, length }: Changes, passed: boolean) => {
    let isFirst = first
    for (let i = 0; i < length; i++) {
      const tick = ticks[i]!
      isFirst = row(rows, isFirst, side, market.ticks(tick), passed ? 0 : book.amounts[tick]!)
    }
    return isFirst
  }
  return {
    header: `${COMMON},is_snapshot,side,price,amount`,
    rowsPerStep: 69 * instrument.activity,
    begin(rows, atMicros) {
      begin(rows, atMicros, TRUE)
      let first = true
      for (let tick = market.bid; tick > 0; tick--)
        if (book.amounts[tick]! > 0) first = row(rows, first, BID, market.ticks(tick), book.amounts[tick]!)
      for (let tick = market.ask; tick < 2 * REACH_TICKS; tick++)
        if (book.amounts[tick]! > 0) first = row(rows, first, ASK, market.ticks(tick), book.amounts[tick]!)
    },
    step(rows, _, atMicros) {
      begin(rows, atMicros, FALSE)
      let first = true
      for (const priceTicks of far)
        if (random.chance(0.75 * instrument.activity))
          first = row(rows, first, BID, priceTicks, 2000 + random.below(300))
      first = changed(rows, first, BID, book.bids, false)
      first = changed(rows, first, BID, book.passedBids, true)
      first = changed(rows, first, ASK, book.passedAsks, true)
      changed(rows, first, ASK, book.asks, false)
    },
  }
}

/** https://docs.tardis.dev/downloadable-csv-files/data-types#book_snapshot_25: a row whenever one of the levels changes. */
export function bookSnapshotFeed(market: Market, book: Book, seed: string, levels: number): Feed {
  const { instrument } = market
  const { priceDecimals, amountDecimals } = instrument
  const random = new Random(`${seed} snapshot`)
  const name = named(instrument)
  const columns = Array.from({ length: levels }, (_, i) => {
    return `asks[${i}].price,asks[${i}].amount,bids[${i}].price,bids[${i}].amount`
  })
  const sides = (['ask', 'bid'] as const).map(side => ({ side, ticks: new Int32Array(levels), count: 0 }))
  const before = new Int32Array(4 * levels)

  const look = () => {
    let isChanged = false
    let at = 0
    for (const found of sides) {
      found.count = book.best(found.side, levels, found.ticks)
      for (let i = 0; i < levels; i++, at += 2) {
        const tick = i < found.count ? found.ticks[i]! : 0
        const lots = i < found.count ? book.amounts[tick]! : 0
        isChanged ||= before[at] !== tick || before[at + 1] !== lots
        before[at] = tick
        before[at + 1] = lots
      }
    }
    return isChanged
  }
  const level = (rows: RowWriter, side: (typeof sides)[number], i: number) => {
    if (i < side.count) {
      rows.decimal(market.ticks(side.ticks[i]!), priceDecimals)
      rows.decimal(book.amounts[side.ticks[i]!]!, amountDecimals)
    } else {
      rows.empty()
      rows.empty()
    }
  }
  const write = (rows: RowWriter, atMicros: number) => {
    if (!look()) return
    rows.bytes(name)
    rows.micros(exchangeTime(atMicros, random))
    rows.micros(atMicros)
    for (let i = 0; i < levels; i++) for (const side of sides) level(rows, side, i)
    rows.endRow()
  }
  return {
    header: `${COMMON},${columns.join()}`,
    rowsPerStep: 1,
    begin: write,
    step: (rows, _, atMicros) => write(rows, atMicros),
  }
}
