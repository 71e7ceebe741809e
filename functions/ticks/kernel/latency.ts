/** How long rows were on their way: local_timestamp − timestamp, in microseconds. */

import { isValid } from './parquet/nulls'

/**
 * How often each latency came, by the top bits of its size as a double: exponent and 5 bits of the mantissa. So there are
 * 32 buckets to each power of two, and a bucket's middle is at most 1.6 % from what is in it. The first bucket is 0's,
 * that of 1 is the 32nd. Behind them are the buckets of negative latencies. u32.
 */
export const LATENCY_BUCKETS: i32 = 1472
/** Even and odd rows count apart, because an increment waits for the one before it at the same place. */
export const LATENCIES: usize = memory.data(2 * 2 * 1472 * 4, 16)
const ODD_ROWS: usize = 2 * 1472 * 4

/** Latencies of 2^45 µs and more share the last bucket. */
const LIMIT: i64 = 1 << 45
/** What the top 16 bits of the double 1 are, less 32 for the bucket of 0. */
const TOP_OF_ONE: i16 = 1022 << 5
/** 1.5 × 2^52: the low bits of such a double are an integer below 2^51, with its sign. */
const INTEGER_BASE: f64 = 6755399441055744

/** Since `beginLatencies`: the smallest and largest latency, and rows whose `timestamp` is before that of the row above. */
export let smallestLatency: i64 = 0
export let largestLatency: i64 = 0
export let sentOutOfOrder: i32 = 0
let lastSent: i64 = 0

export function beginLatencies(): void {
  memory.fill(LATENCIES, 0, ODD_ROWS * 2)
  smallestLatency = i64.MAX_VALUE
  largestLatency = i64.MIN_VALUE
  sentOutOfOrder = 0
  lastSent = i64.MIN_VALUE
}

const BLOCK_ROWS: i32 = 64
const BLOCK_BYTES: usize = 64 * 8

/** Adds the rows of a row group that have both times; a validity of 0 means that every row has one. */
export function addLatencies(
  received: usize,
  receivedValidity: usize,
  sent: usize,
  sentValidity: usize,
  rows: i32,
): void {
  const blockEnd = receivedValidity == 0 && sentValidity == 0 ? rows & -BLOCK_ROWS : 0
  for (let row = 0; row < blockEnd; row += BLOCK_ROWS) {
    const at = (row as usize) << 3
    if (isPlainBlock(received + at, sent + at)) addBlock(received + at, sent + at)
    else addRows(received, 0, sent, 0, row, row + BLOCK_ROWS)
  }
  addRows(received, receivedValidity, sent, sentValidity, blockEnd, rows)
}

/** Whether all latencies of the block are below the limit. Then its rows out of order are counted too. */
function isPlainBlock(received: usize, sent: usize): bool {
  const limit = i64x2.splat(LIMIT)
  // LIMIT is added, so that a size of LIMIT or more shows in the high bits, whatever its sign.
  let sizes = i64x2.splat(0)
  let stepsBack = i64x2.splat(0)
  let above = v128.load64_splat(sent)
  for (let at: usize = 0; at < BLOCK_BYTES; at += 16) {
    const from = v128.load(sent + at)
    sizes = v128.or(sizes, i64x2.add(i64x2.sub(v128.load(received + at), from), limit))
    stepsBack = i64x2.sub(stepsBack, i64x2.gt_s(v128.shuffle<i64>(above, from, 1, 2), from))
    above = from
  }
  if (v128.any_true(i64x2.shr_u(sizes, 46))) return false
  const stepsBackWithin = (i64x2.extract_lane(stepsBack, 0) + i64x2.extract_lane(stepsBack, 1)) as i32
  sentOutOfOrder += stepsBackWithin + ((load<i64>(sent) < lastSent) as i32)
  return true
}

/** Adds such a block, two rows at a time. */
function addBlock(received: usize, sent: usize): void {
  const base = f64x2.splat(INTEGER_BASE)
  const topOfOne = i16x8(TOP_OF_ONE, 0, 0, 0, TOP_OF_ONE, 0, 0, 0)
  // The bucket's number and the sign, which stands behind it, become the distance from LATENCIES.
  const bytes = i16x8(4, 1472 * 4, 0, 0, 4, 1472 * 4, 0, 0)
  let smallest = f64x2.splat(Infinity)
  let largest = f64x2.splat(-Infinity)
  for (let at: usize = 0; at < BLOCK_BYTES; at += 16) {
    const integer = i64x2.sub(v128.load(received + at), v128.load(sent + at))
    const latency = f64x2.sub(i64x2.add(integer, base), base)
    smallest = f64x2.pmin(smallest, latency)
    largest = f64x2.pmax(largest, latency)
    const buckets = i16x8.sub_sat_u(i64x2.shr_u(latency, 47), topOfOne)
    const places = i32x4.dot_i16x8_s(buckets, bytes)
    increment(LATENCIES + (i32x4.extract_lane(places, 0) as usize))
    increment(LATENCIES + ODD_ROWS + (i32x4.extract_lane(places, 2) as usize))
  }
  lastSent = load<i64>(sent + BLOCK_BYTES - 8)
  smallestLatency = min(smallestLatency, min(f64x2.extract_lane(smallest, 0), f64x2.extract_lane(smallest, 1)) as i64)
  largestLatency = max(largestLatency, max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)) as i64)
}

function addRows(
  received: usize,
  receivedValidity: usize,
  sent: usize,
  sentValidity: usize,
  first: i32,
  end: i32,
): void {
  for (let row = first; row < end; row++) {
    if (sentValidity != 0 && !isValid(sentValidity, row)) continue
    const at = (row as usize) << 3
    const from = load<i64>(sent + at)
    sentOutOfOrder += (from < lastSent) as i32
    lastSent = from
    if (receivedValidity == 0 || isValid(receivedValidity, row)) addLatency(load<i64>(received + at) - from)
  }
}

function addLatency(latency: i64): void {
  smallestLatency = min(smallestLatency, latency)
  largestLatency = max(largestLatency, latency)
  const size = latency < 0 ? (-latency as u64) : (latency as u64)
  const top = (reinterpret<u64>(min(size, (LIMIT - 1) as u64) as f64) >> 47) as i32
  const bucket = max(top - (TOP_OF_ONE as i32), 0) + (latency < 0 ? LATENCY_BUCKETS : 0)
  increment(LATENCIES + ((bucket as usize) << 2))
}

function increment(place: usize): void {
  store<u32>(place, load<u32>(place) + 1)
}
