import { COMMON, type Feed, named } from './feed.ts'
import { exchangeTime, type Market } from './market.ts'
import { Amounts, Quantiles, Random } from './random.ts'

const CHANGES = new Quantiles([
  [0, 1],
  [0.3, 3],
  [0.7, 11],
  [0.95, 30],
  [1, 90],
])

/**
 * https://docs.tardis.dev/downloadable-csv-files/data-types#quotes and #book_ticker, which have the same columns: the best
 * bid and ask on their way from one step's prices to the next one's.
 */
export function quotesFeed(market: Market, seed: string): Feed {
  const { instrument } = market
  const { priceDecimals, amountDecimals } = instrument
  const random = new Random(`${seed} quotes`)
  const sizes = new Amounts(random, { common: 100, skew: 1.2, tail: 0.9, smallest: 2, middle: 1200, largest: 10_000 })
  const name = named(instrument)
  let askLots = sizes.draw(random)
  let bidLots = sizes.draw(random)
  const next = (lots: number) => {
    const changed = random.chance(0.3) ? sizes.draw(random) : lots + random.below(25) - 12
    return changed > 0 ? changed : sizes.draw(random)
  }
  return {
    header: `${COMMON},ask_amount,ask_price,bid_price,bid_amount`,
    rowsPerStep: 10.1,
    step(rows, fromMicros, atMicros) {
      const count = Math.floor(CHANGES.draw(random))
      const moveAt = random.below(count)
      let local = fromMicros
      let time = 0
      for (let i = 0; i < count; i++) {
        // A random part of half of the time that remains: most rows come in bunches, and none comes too late.
        const isBunched = random.chance(0.55)
        if (isBunched) local = Math.min(atMicros, local + 1)
        else local += random.below(Math.max(1, Math.floor((atMicros - local) / (1 + (count - i) / 2))))
        if (time === 0 || !isBunched || random.chance(0.1)) time = exchangeTime(local, random)
        const moved = i >= moveAt
        if (random.chance(0.5)) askLots = next(askLots)
        else bidLots = next(bidLots)
        rows.bytes(name)
        rows.micros(instrument.timesQuotes ? time : local)
        rows.micros(local)
        rows.decimal(askLots, amountDecimals)
        rows.decimal(market.ticks(moved ? market.ask : market.previousAsk), priceDecimals)
        rows.decimal(market.ticks(moved ? market.bid : market.previousBid), priceDecimals)
        rows.decimal(bidLots, amountDecimals)
        rows.endRow()
      }
    },
  }
}
