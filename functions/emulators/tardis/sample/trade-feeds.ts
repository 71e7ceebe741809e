import { COMMON, type Feed, named } from './feed.ts'
import { exchangeTime, type Market } from './market.ts'
import { Amounts, Quantiles, Random } from './random.ts'
import type { RowWriter } from './row-writer.ts'

const BUY = Buffer.from('buy')
const SELL = Buffer.from('sell')

/** How many trades one order causes. */
const BURSTS = new Quantiles([
  [0, 1],
  [0.4, 1.99],
  [0.8, 6],
  [0.97, 27],
  [1, 150],
])

/** https://docs.tardis.dev/downloadable-csv-files/data-types#trades: bursts that walk from the old best price to the new. */
export function tradesFeed(market: Market, seed: string): Feed {
  const { instrument } = market
  const { priceDecimals, amountDecimals } = instrument
  const random = new Random(`${seed} trades`)
  const sizes = new Amounts(random, { common: 900, skew: 1.5, tail: 0.01, smallest: 2, middle: 60, largest: 4000 })
  const name = named(instrument)
  let id = 5_000_000_000 + random.below(500_000_000)

  const burst = (rows: RowWriter, fromMicros: number, atMicros: number, buys: boolean) => {
    const count = Math.floor(BURSTS.draw(random))
    const [start, end] = buys
      ? [market.previousAsk, Math.max(market.previousAsk, market.ask - 1)]
      : [market.previousBid, Math.min(market.previousBid, market.bid + 1)]
    let local = fromMicros
    let time = exchangeTime(local, random)
    for (let i = 0; i < count; i++) {
      const tick = start + Math.round(((end - start) * i) / count)
      rows.bytes(name)
      rows.micros(time)
      rows.micros(local)
      rows.decimal(id++, 0)
      rows.bytes(buys ? BUY : SELL)
      rows.decimal(market.ticks(tick), priceDecimals)
      rows.decimal(sizes.draw(random), amountDecimals)
      rows.endRow()
      if (local < atMicros && random.chance(0.86)) local++
      if (random.chance(0.1)) time = exchangeTime(local, random)
    }
    return local
  }
  return {
    header: `${COMMON},id,side,price,amount`,
    rowsPerStep: 3.1,
    step(rows, fromMicros, atMicros) {
      const moved = market.bid - market.previousBid
      const start = fromMicros + random.below(Math.max(1, Math.floor((atMicros - fromMicros) / 2)))
      if (moved > 0 || random.chance(0.25)) {
        const local = burst(rows, start, atMicros, true)
        if (moved === 0 && random.chance(0.4)) burst(rows, local, atMicros, false)
      } else if (moved < 0 || random.chance(0.33)) burst(rows, start, atMicros, false)
    },
  }
}

/** https://docs.tardis.dev/downloadable-csv-files/data-types#liquidations: a few, against the way the price goes. */
export function liquidationsFeed(market: Market, seed: string): Feed {
  const { instrument } = market
  const random = new Random(`${seed} liquidations`)
  const sizes = new Amounts(random, { common: 200, skew: 1, tail: 0.3, smallest: 3, middle: 200, largest: 30_000 })
  const name = named(instrument)
  return {
    header: `${COMMON},id,side,price,amount`,
    rowsPerStep: 0.02,
    step(rows, fromMicros, atMicros) {
      const moved = market.bid - market.previousBid
      if (!random.chance(Math.abs(moved) > 40 ? 0.3 : 0.012)) return
      const local = fromMicros + random.below(Math.max(1, atMicros - fromMicros))
      rows.bytes(name)
      rows.micros(exchangeTime(local, random))
      rows.micros(local)
      rows.empty()
      rows.bytes(moved > 0 ? BUY : SELL)
      rows.decimal(market.ticks(moved > 0 ? market.ask : market.bid), instrument.priceDecimals)
      rows.decimal(sizes.draw(random), instrument.amountDecimals)
      rows.endRow()
    },
  }
}
