/** Prices, amounts and the top of the book, over the rows of a row group. A validity of 0 means that every row has a value. */
import { isValid } from './parquet/nulls'

/** The smallest and largest value (+∞ and −∞ where there is none), and how many are not above zero. */
export let smallestValue: f64 = 0
export let largestValue: f64 = 0
export let nonPositive: i32 = 0

export function scanValues(values: usize, validity: usize, rows: i32): void {
  smallestValue = Infinity
  largestValue = -Infinity
  nonPositive = 0
  const pairs = validity == 0 ? rows & ~1 : 0
  scanPairs(values, pairs)
  for (let row = pairs; row < rows; row++) {
    if (validity != 0 && !isValid(validity, row)) continue
    const value = load<f64>(values + ((row as usize) << 3))
    if (value < smallestValue) smallestValue = value
    if (value > largestValue) largestValue = value
    nonPositive += (value <= 0) as i32
  }
}

/** Two values at a time. There is no NaN among them. */
function scanPairs(values: usize, rows: i32): void {
  const zero = f64x2.splat(0)
  let smallest = f64x2.splat(Infinity)
  let largest = f64x2.splat(-Infinity)
  let counts = i64x2.splat(0)
  const end = values + ((rows as usize) << 3)
  for (let at = values; at < end; at += 16) {
    const two = v128.load(at)
    smallest = f64x2.pmin(smallest, two)
    largest = f64x2.pmax(largest, two)
    counts = i64x2.sub(counts, f64x2.le(two, zero))
  }
  smallestValue = min(f64x2.extract_lane(smallest, 0), f64x2.extract_lane(smallest, 1))
  largestValue = max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1))
  nonPositive = (i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1)) as i32
}

/** Sums of the amounts and of price × amount, over the rows that have both. */
export let volume: f64 = 0
export let notional: f64 = 0

export function sumTrades(prices: usize, priceValidity: usize, amounts: usize, amountValidity: usize, rows: i32): void {
  let amountSum: f64 = 0
  let valueSum: f64 = 0
  for (let row = 0; row < rows; row++) {
    if (priceValidity != 0 && !isValid(priceValidity, row)) continue
    if (amountValidity != 0 && !isValid(amountValidity, row)) continue
    const amount = load<f64>(amounts + ((row as usize) << 3))
    amountSum += amount
    valueSum += amount * load<f64>(prices + ((row as usize) << 3))
  }
  volume = amountSum
  notional = valueSum
}

/** Rows whose bid is above the ask, or equal to it, or that have one of the two only. */
export let crossed: i32 = 0
export let locked: i32 = 0
export let oneSided: i32 = 0

export function scanBook(bids: usize, bidValidity: usize, asks: usize, askValidity: usize, rows: i32): void {
  crossed = 0
  locked = 0
  oneSided = 0
  const pairs = bidValidity == 0 && askValidity == 0 ? rows & ~1 : 0
  scanBookPairs(bids, asks, pairs)
  for (let row = pairs; row < rows; row++) {
    const hasBid = bidValidity == 0 || isValid(bidValidity, row)
    const hasAsk = askValidity == 0 || isValid(askValidity, row)
    if (hasBid != hasAsk) oneSided++
    if (!hasBid || !hasAsk) continue
    const bid = load<f64>(bids + ((row as usize) << 3))
    const ask = load<f64>(asks + ((row as usize) << 3))
    crossed += (bid > ask) as i32
    locked += (bid == ask) as i32
  }
}

/** Two rows at a time, all of which have a bid and an ask. */
function scanBookPairs(bids: usize, asks: usize, rows: i32): void {
  let above = i64x2.splat(0)
  let equal = i64x2.splat(0)
  for (let at: usize = 0; at < (rows as usize) << 3; at += 16) {
    const bid = v128.load(bids + at)
    const ask = v128.load(asks + at)
    above = i64x2.sub(above, f64x2.gt(bid, ask))
    equal = i64x2.sub(equal, f64x2.eq(bid, ask))
  }
  crossed = (i64x2.extract_lane(above, 0) + i64x2.extract_lane(above, 1)) as i32
  locked = (i64x2.extract_lane(equal, 0) + i64x2.extract_lane(equal, 1)) as i32
}

/** How often a bit is set whose predecessor is not; `previous` stands before the first. */
export function countStarts(bits: usize, rows: i32, previous: bool): i32 {
  let count = 0
  let row = 0
  let before = previous as u32
  for (; row + 32 <= rows; row += 32) {
    const word = load<u32>(bits + ((row >> 3) as usize))
    count += popcnt(word & ~((word << 1) | before))
    before = word >> 31
  }
  for (; row < rows; row++) {
    const bit = isValid(bits, row) as u32
    count += bit & ~before & 1
    before = bit
  }
  return count
}
