import { DAY_MS } from '../../../market/days.ts'
import { Random } from './random.ts'

/** One option of a chain: what is constant over the day, and the values of its last update. */
export interface Option {
  /** `venue,symbol`, as at the beginning of a row. */
  readonly name: Uint8Array
  readonly isCall: boolean
  readonly strike: number
  readonly expirationMicros: number
  readonly index: Uint8Array
  readonly underlying: Underlying
  /** Which values this option has. Most strikes of a real chain are never quoted. */
  readonly has: { readonly openInterest: boolean; readonly last: boolean; readonly bid: boolean; readonly ask: boolean }
  readonly hasGreeks: boolean
  openInterest: number
  lastScaled: number
}

export interface Underlying {
  readonly coin: string
  price: number
}

const DAYS_TO_EXPIRY = [1, 2, 8, 15, 29, 57, 120, 211]
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAY_MICROS = DAY_MS * 1000

/** A chain of some hundreds of options on two coins, expiring at 08:00 UTC as at Deribit. */
export function optionChain(venue: string, startMicros: number, seed: string): readonly Option[] {
  const random = new Random(`${seed} chain`)
  const coins = [
    { underlying: { coin: 'BTC', price: 61_800 }, strikeStep: 2500 },
    { underlying: { coin: 'ETH', price: 2680 }, strikeStep: 125 },
  ]
  const options: Option[] = []
  for (const { underlying, strikeStep } of coins)
    for (const days of DAYS_TO_EXPIRY) {
      const expirationMicros = startMicros + days * DAY_MICROS + 8 * 3_600_000_000
      const expiry = new Date(expirationMicros / 1000)
      const day = `${expiry.getUTCDate()}${MONTHS[expiry.getUTCMonth()]}${String(expiry.getUTCFullYear()).slice(2)}`
      const middle = Math.round(underlying.price / strikeStep)
      for (let i = -7; i <= 7; i++)
        for (const isCall of [true, false]) {
          const strike = (middle + i) * strikeStep
          const symbol = `${underlying.coin}-${day}-${strike}-${isCall ? 'C' : 'P'}`
          options.push({
            name: Buffer.from(`${venue},${symbol}`),
            isCall,
            strike,
            expirationMicros,
            index: Buffer.from(`SYN.${underlying.coin}-${day}`),
            underlying,
            has: {
              openInterest: !random.chance(0.08),
              last: !random.chance(0.35),
              bid: !random.chance(0.3),
              ask: !random.chance(0.12),
            },
            hasGreeks: !random.chance(0.1),
            openInterest: random.below(4000),
            lastScaled: 0,
          })
        }
    }
  return options
}

/** An option's price in units of the coin and its greeks in the quote currency, by Black and Scholes without interest. */
export interface Valuation {
  readonly price: number
  readonly delta: number
  readonly gamma: number
  readonly vega: number
  readonly theta: number
  readonly rho: number
}

/** `iv` is per year, as a share. https://en.wikipedia.org/wiki/Black%E2%80%93Scholes_model */
export function value(option: Option, iv: number, nowMicros: number): Valuation {
  const { price: spot } = option.underlying
  const years = Math.max(1e-5, (option.expirationMicros - nowMicros) / (365 * DAY_MICROS))
  const deviation = iv * Math.sqrt(years)
  const d1 = Math.log(spot / option.strike) / deviation + deviation / 2
  const [n1, n2] = [cumulativeNormal(d1), cumulativeNormal(d1 - deviation)]
  const density = Math.exp((-d1 * d1) / 2) / Math.sqrt(2 * Math.PI)
  const call = spot * n1 - option.strike * n2
  const worth = option.isCall ? call : call - spot + option.strike
  const rho = (option.strike * years * (option.isCall ? n2 : n2 - 1)) / 100
  return {
    price: Math.max(0, worth) / spot,
    delta: option.isCall ? n1 : n1 - 1,
    gamma: density / (spot * deviation),
    vega: (spot * density * Math.sqrt(years)) / 100,
    theta: -(spot * density * iv) / (2 * Math.sqrt(years)) / 365,
    rho,
  }
}

/** Abramowitz and Stegun, 26.2.17, good to 7.5e-8. */
function cumulativeNormal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = 0.3989422804 * Math.exp((-x * x) / 2) * series
  return x > 0 ? 1 - tail : tail
}
