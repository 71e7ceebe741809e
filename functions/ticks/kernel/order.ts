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

/**
 * Goes through `rows` i64 microseconds; `validity` 0 means that every row has one. `previous` is the time before the
 * first, if there is one.
 */
export function scanOrder(times: usize, validity: usize, rows: i32, previous: i64, hasPrevious: bool): void {
  memory.fill(GAPS, 0, (MAX_GAPS as usize) * 16)
  let count = 0
  let steppedBack = 0
  let largestStep: i64 = -1
  let largestStart: i64 = 0
  let shortestKept: i64 = 0
  let smallest: i64 = i64.MAX_VALUE
  let largest: i64 = i64.MIN_VALUE
  for (let row = 0; row < rows; row++) {
    if (validity != 0 && !isValid(validity, row)) continue
    const time = load<i64>(times + ((row as usize) << 3))
    if (count == 0) firstTime = time
    count++
    if (time < smallest) smallest = time
    if (time > largest) largest = time
    const step = time - previous
    if (hasPrevious) {
      steppedBack += (step < 0) as i32
      if (step > largestStep) {
        largestStep = step
        largestStart = previous
      }
      if (step > shortestKept) shortestKept = keepGap(previous, step)
    }
    hasPrevious = true
    previous = time
  }
  timeCount = count
  outOfOrder = steppedBack
  largestGap = largestStep
  gapStart = largestStart
  lastTime = previous
  smallestTime = smallest
  largestTime = largest
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

/** Puts a gap behind those that are as long or longer; the shortest drops out. Returns the shortest that is kept. */
function keepGap(from: i64, step: i64): i64 {
  let place = GAPS + ((MAX_GAPS - 1) as usize) * 16
  for (; place > GAPS && load<i64>(place - 16) < step; place -= 16) v128.store(place, v128.load(place - 16))
  store<i64>(place, step)
  store<i64>(place, from, 8)
  return load<i64>(GAPS + ((MAX_GAPS - 1) as usize) * 16)
}
