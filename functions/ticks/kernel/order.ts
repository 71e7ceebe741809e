/** The order of times: counts, range and gaps of a row group's local_timestamp. */
import { isValid } from './parquet/nulls'

/** The longest steps forward of the row group, longest first: i64 length (0 where there are fewer) and i64 start. */
export const MAX_GAPS: i32 = 5
export const GAPS: usize = memory.data(5 * 16)

/** How many rows have a time, and the first, last, smallest and largest of these. */
export let timeCount: i32 = 0
export let firstTime: i64 = 0
export let lastTime: i64 = 0
export let smallestTime: i64 = 0
export let largestTime: i64 = 0
/** Rows whose time is before that of the previous row; the largest step forward (−1 if there is none) and where it starts. */
export let outOfOrder: i32 = 0
export let largestGap: i64 = 0
export let gapStart: i64 = 0

/** The shortest gap that is kept; 0 while there are fewer than `MAX_GAPS`. */
let shortestKept: i64 = 0

/** Rows are looked at in blocks of this many. */
const BLOCK_ROWS: i32 = 32

/**
 * Goes through `rows` i64 microseconds; `validity` 0 means that every row has one. `previous` is the time before the
 * first, if there is one.
 */
export function scanOrder(times: usize, validity: usize, rows: i32, previous: i64, hasPrevious: bool): void {
  beginOrder(previous)
  if (validity != 0 || rows == 0) return scanRows(times, validity, 0, rows, hasPrevious)
  scanRows(times, 0, 0, 1, hasPrevious)
  let row = 1
  for (; row + BLOCK_ROWS <= rows; row += BLOCK_ROWS) {
    if (!isPlainBlock(times + ((row as usize) << 3))) scanRows(times, 0, row, row + BLOCK_ROWS, true)
    else skipRows(times, row, row + BLOCK_ROWS)
  }
  scanRows(times, 0, row, rows, true)
  if (largestGap > 0) return
  // Steps of 0 count as the largest where there is none forward.
  beginOrder(previous)
  scanRows(times, 0, 0, rows, hasPrevious)
}

function beginOrder(previous: i64): void {
  memory.fill(GAPS, 0, (MAX_GAPS as usize) * 16)
  shortestKept = 0
  timeCount = 0
  outOfOrder = 0
  largestGap = -1
  gapStart = 0
  lastTime = previous
  smallestTime = i64.MAX_VALUE
  largestTime = i64.MIN_VALUE
}

/** Whether no time of the block is before the one above, and none so far behind it that the gap is to be kept. */
function isPlainBlock(block: usize): bool {
  const kept = i64x2.splat(shortestKept)
  let seen = i64x2.splat(0)
  for (let at = block; at < block + (BLOCK_ROWS as usize) * 8; at += 16) {
    const step = i64x2.sub(v128.load(at), v128.load(at - 8))
    seen = v128.or(seen, v128.or(step, i64x2.gt_s(step, kept)))
  }
  return i64x2.bitmask(seen) == 0
}

/** Takes in the rows of such a block. */
function skipRows(times: usize, from: i32, to: i32): void {
  timeCount += to - from
  lastTime = load<i64>(times + ((to as usize) << 3) - 8)
  smallestTime = min(smallestTime, load<i64>(times + ((from as usize) << 3)))
  largestTime = max(largestTime, lastTime)
}

function scanRows(times: usize, validity: usize, from: i32, to: i32, hasPrevious: bool): void {
  for (let row = from; row < to; row++) {
    if (validity != 0 && !isValid(validity, row)) continue
    const time = load<i64>(times + ((row as usize) << 3))
    if (timeCount == 0) firstTime = time
    timeCount++
    smallestTime = min(smallestTime, time)
    largestTime = max(largestTime, time)
    if (hasPrevious) addStep(lastTime, time - lastTime)
    hasPrevious = true
    lastTime = time
  }
}

function addStep(from: i64, step: i64): void {
  if (step < 0) outOfOrder++
  if (step > largestGap) {
    largestGap = step
    gapStart = from
  }
  if (step > shortestKept) keepGap(from, step)
}

/** How many rows have a time before `from`, or not before `to`. */
export function countOutside(times: usize, validity: usize, rows: i32, from: i64, to: i64): i32 {
  let count = 0
  for (let row = 0; row < rows; row++) {
    if (validity != 0 && !isValid(validity, row)) continue
    const time = load<i64>(times + ((row as usize) << 3))
    count += (time < from || time >= to) as i32
  }
  return count
}

/** Puts a gap behind those that are as long or longer; the shortest drops out. */
function keepGap(from: i64, step: i64): void {
  let place = GAPS + ((MAX_GAPS - 1) as usize) * 16
  for (; place > GAPS && load<i64>(place - 16) < step; place -= 16) v128.store(place, v128.load(place - 16))
  store<i64>(place, step)
  store<i64>(place, from, 8)
  shortestKept = load<i64>(GAPS + ((MAX_GAPS - 1) as usize) * 16)
}
