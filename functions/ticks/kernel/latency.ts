/** How long rows were on their way: local_timestamp − timestamp, in microseconds. */

import { isValid } from './parquet/nulls'
import { equalsRowAbove } from './repeats'

/**
 * How often each latency came, with its upper 5 bits behind the first one kept: buckets of 32 to each power of two, so a
 * bucket's middle is at most 1.6 % from what is in it. u32; those of negative latencies behind the others.
 */
const BUCKETS_PER_POWER: i64 = 32
const MAX_BITS: i64 = 45
export const LATENCY_BUCKETS: i32 = 1312
export const LATENCIES: usize = memory.data(1312 * 2 * 4)

/** Since `beginLatencies`: the smallest and largest latency, and rows whose `timestamp` is before that of the row above. */
export let smallestLatency: i64 = 0
export let largestLatency: i64 = 0
export let sentOutOfOrder: i32 = 0
/** Since then: rows equal to the row above in every column. The first row of a row group is not compared. */
export let repeatedRows: i32 = 0
let lastSent: i64 = 0

export function beginLatencies(): void {
  memory.fill(LATENCIES, 0, (LATENCY_BUCKETS as usize) * 8)
  smallestLatency = i64.MAX_VALUE
  largestLatency = i64.MIN_VALUE
  sentOutOfOrder = 0
  repeatedRows = 0
  lastSent = i64.MIN_VALUE
}

/**
 * Adds the rows of a row group that have both times; a validity of 0 means that every row has one. `columns` are the `count`
 * descriptors that tell whether a row repeats the one above. `first` are the values of a column of 8 bytes that every row
 * has, or 0: a row that differs there is no repeat.
 */
export function addLatencies(
  received: usize,
  receivedValidity: usize,
  sent: usize,
  sentValidity: usize,
  rows: i32,
  columns: usize,
  count: i32,
  first: usize,
): void {
  let aboveReceived: i64 = 0
  let aboveSent: i64 = 0
  /** Rows of one message share both times: they are added as one. */
  let alike = 0
  const allValid = receivedValidity == 0 && sentValidity == 0
  let outOfOrder = 0
  let last = lastSent
  for (let row = 0; row < rows; row++) {
    const at = (row as usize) << 3
    const to = load<i64>(received + at)
    const from = load<i64>(sent + at)
    if (row > 0 && to == aboveReceived && from == aboveSent) {
      const differs = first != 0 && load<i64>(first + at) != load<i64>(first + at - 8)
      if (!differs) repeatedRows += equalsRowAbove(columns, count, row) as i32
      if (allValid) {
        alike++
        continue
      }
    } else {
      if (alike > 0) addLatency(aboveReceived - aboveSent, alike)
      alike = 0
    }
    aboveReceived = to
    aboveSent = from
    if (sentValidity != 0 && !isValid(sentValidity, row)) continue
    outOfOrder += (from < last) as i32
    last = from
    if (receivedValidity != 0 && !isValid(receivedValidity, row)) continue
    alike++
  }
  if (alike > 0) addLatency(aboveReceived - aboveSent, alike)
  sentOutOfOrder += outOfOrder
  lastSent = last
}

function addLatency(latency: i64, rows: u32): void {
  if (latency < smallestLatency) smallestLatency = latency
  if (latency > largestLatency) largestLatency = latency
  const isNegative = latency < 0
  const bucket = bucketOf(isNegative ? -latency : latency) + (isNegative ? LATENCY_BUCKETS : 0)
  const place = LATENCIES + ((bucket as usize) << 2)
  store<u32>(place, load<u32>(place) + rows)
}

function bucketOf(size: i64): i32 {
  if (size < BUCKETS_PER_POWER) return size as i32
  const power = 63 - clz(size)
  if (power >= MAX_BITS) return LATENCY_BUCKETS - 1
  return ((power - 4) * BUCKETS_PER_POWER + (size >> (power - 5)) - BUCKETS_PER_POWER) as i32
}
