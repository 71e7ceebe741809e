import type { Instrument } from './instrument.ts'
import { type Market, REACH_TICKS } from './market.ts'
import { Amounts, Quantiles, Random } from './random.ts'

/** How many levels one message changes in the book of a busy perpetual, and how many ticks they are from the best. */
const CHANGES = new Quantiles([
  [0, 4],
  [0.1, 13],
  [0.5, 30],
  [0.9, 130],
  [0.99, 680],
  [1, 1300],
])
const DISTANCES = new Quantiles([
  [0, 1],
  [0.02, 25],
  [0.1, 110],
  [0.25, 260],
  [0.5, 600],
  [0.75, 1300],
  [0.9, 4000],
  [0.985, 15_000],
  [1, 40_000],
])

const STARTING_LEVELS_TICKS = 4000
const SEARCH_TICKS = 12

/** The levels that one message changes, ticks ascending; amounts are in the book. */
export interface Changes {
  readonly ticks: Int32Array
  length: number
}

/**
 * A book of levels that follows a market. A level is a bid at or below the best bid and an ask at or above the best ask,
 * so the book never crosses. Both best levels always exist.
 */
export class Book {
  /** Lots by tick; 0 where there is no level. */
  readonly amounts = new Int32Array(2 * REACH_TICKS)
  readonly bids: Changes = { ticks: new Int32Array(8192), length: 0 }
  readonly asks: Changes = { ticks: new Int32Array(8192), length: 0 }
  /** Asks that a rising market has passed, and bids that a falling one has: their amounts are now 0. */
  readonly passedAsks: Changes = { ticks: new Int32Array(8192), length: 0 }
  readonly passedBids: Changes = { ticks: new Int32Array(8192), length: 0 }
  readonly #market: Market
  readonly #random: Random
  readonly #sizes: Amounts
  readonly #bestSizes: Amounts
  readonly #changed = new Int32Array(2 * REACH_TICKS)
  readonly #instrument: Instrument
  #step = 0

  constructor(market: Market, seed: string) {
    this.#market = market
    this.#instrument = market.instrument
    this.#random = new Random(`${seed} book`)
    const sizes = { smallest: 2, middle: 300, largest: 16_000 }
    this.#sizes = new Amounts(this.#random, { ...sizes, common: 4000, skew: 1, tail: 0.045 })
    this.#bestSizes = new Amounts(this.#random, { ...sizes, middle: 1500, common: 100, skew: 1, tail: 0.9 })
    const { bid, ask } = market
    for (let away = 1; away < STARTING_LEVELS_TICKS; away++) {
      const share = 0.16 / (1 + away / 900)
      if (this.#random.chance(share)) this.#set(bid - away)
      if (this.#random.chance(share)) this.#set(ask + away)
    }
    this.#set(bid)
    this.#set(ask)
  }

  /** Follows a step of the market, and changes other levels too. */
  step(): void {
    const { previousBid, previousAsk, bid, ask } = this.#market
    this.#step++
    for (const list of [this.bids, this.asks, this.passedAsks, this.passedBids]) list.length = 0
    for (let tick = previousAsk; tick < ask; tick++) this.#pass(tick, this.passedAsks)
    for (let tick = bid + 1; tick <= previousBid; tick++) this.#pass(tick, this.passedBids)
    for (let tick = previousBid + 1; tick < bid; tick++) if (this.#random.chance(0.12)) this.#touch(tick, true)
    for (let tick = ask + 1; tick < previousAsk; tick++) if (this.#random.chance(0.12)) this.#touch(tick, true)
    this.#touch(bid, true)
    this.#touch(ask, true)
    const changes = CHANGES.draw(this.#random) * this.#instrument.activity
    for (let i = 0; i < changes; i++) this.#change()
    for (const { ticks, length } of [this.bids, this.asks]) ticks.subarray(0, length).sort()
  }

  #change(): void {
    const random = this.#random
    const away = Math.floor(DISTANCES.draw(random) * (0.7 + 0.6 * random.unit()))
    const below = random.bits() < 0
    const { bid, ask } = this.#market
    let tick = below ? bid - away : ask + away
    if (random.chance(0.3)) tick -= tick % 10
    if (this.amounts[tick] === 0 && !random.chance(0.28)) tick = this.#nearest(tick)
    // Changes between the best prices, or beyond the array, are dropped.
    if ((tick > bid && tick < ask) || tick < 1 || tick >= this.amounts.length || tick === bid || tick === ask) return
    this.#touch(tick, this.amounts[tick] === 0 || !random.chance(this.#instrument.removals))
  }

  #nearest(tick: number): number {
    for (let away = 1; away <= SEARCH_TICKS; away++) {
      if (this.amounts[tick + away]! > 0) return tick + away
      if (this.amounts[tick - away]! > 0) return tick - away
    }
    return tick
  }

  #touch(tick: number, stays: boolean): void {
    if (this.#changed[tick] === this.#step) return
    this.#changed[tick] = this.#step
    if (stays) this.#set(tick)
    else this.amounts[tick] = 0
    const list = tick <= this.#market.bid ? this.bids : this.asks
    if (list.length < list.ticks.length) list.ticks[list.length++] = tick
  }

  #set(tick: number): void {
    const isBest = tick === this.#market.bid || tick === this.#market.ask
    this.amounts[tick] = (isBest ? this.#bestSizes : this.#sizes).draw(this.#random)
  }

  #pass(tick: number, passed: Changes): void {
    if (this.amounts[tick] === 0) return
    this.amounts[tick] = 0
    passed.ticks[passed.length++] = tick
  }

  /** Writes the ticks of the best `count` levels of a side, best first; fewer where there are fewer. */
  best(side: 'bid' | 'ask', count: number, into: Int32Array): number {
    const { amounts } = this
    const way = side === 'bid' ? -1 : 1
    let found = 0
    const start = side === 'bid' ? this.#market.bid : this.#market.ask
    for (let tick = start; found < count && tick > 0 && tick < amounts.length; tick += way)
      if (amounts[tick]! > 0) into[found++] = tick
    return found
  }
}
