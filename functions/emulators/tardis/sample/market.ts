import type { Instrument } from './instrument.ts'
import { Quantiles, Random } from './random.ts'

/** Prices stay within this many ticks of the day's first price, so that a book is an array. */
export const REACH_TICKS = 1 << 16

/** How far the best price moves when it moves, in ticks. */
const MOVES = new Quantiles([
  [0, 1],
  [0.3, 1.6],
  [0.8, 22],
  [0.98, 90],
  [1, 400],
])

/** The share of steps in which the best price moves. */
const MOVE_SHARE = 0.18

/**
 * The price of one instrument over one day: a random walk of its best bid and ask, in steps. Steps are the same for all
 * data types of a seed, so that trades, quotes and books agree. Ticks are counted from REACH_TICKS below the start.
 */
export class Market {
  readonly instrument: Instrument
  readonly #random: Random
  bid = REACH_TICKS
  ask = REACH_TICKS + 1
  previousBid = this.bid
  previousAsk = this.ask

  constructor(instrument: Instrument, seed: string) {
    this.instrument = instrument
    this.#random = new Random(`${seed} price`)
  }

  step(): void {
    const random = this.#random
    this.previousBid = this.bid
    this.previousAsk = this.ask
    const draw = random.unit()
    // The pull towards the first price is weak near it, and stronger than any run of moves far from it.
    const offset = (this.bid - REACH_TICKS) / (REACH_TICKS / 3)
    const up = MOVE_SHARE / 2 - 0.04 * offset * Math.abs(offset)
    if (draw < MOVE_SHARE) {
      const ticks = Math.floor(MOVES.draw(random))
      this.bid = clamp(this.bid + (draw < up ? ticks : -ticks))
    }
    this.ask = this.bid + (random.chance(0.93) ? 1 : 2 + random.below(4))
  }

  /** The price in ticks as the exchange counts them. */
  ticks(tick: number): number {
    return this.instrument.priceTicks - REACH_TICKS + tick
  }
}

function clamp(tick: number): number {
  return Math.min(2 * REACH_TICKS - 1000, Math.max(1000, tick))
}

const LATENCIES = new Quantiles([
  [0, 1500],
  [0.5, 3000],
  [0.95, 9000],
  [1, 60_000],
])

/** The exchange's own time, in whole milliseconds, of what arrived at `localMicros`. */
export function exchangeTime(localMicros: number, random: Random): number {
  return Math.floor((localMicros - LATENCIES.draw(random)) / 1000) * 1000
}
