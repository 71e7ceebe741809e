/** The order of times: what is seen in passing of a row group's local_timestamp. */

/** Rows whose time is before the row above's; and the largest step forward, and the time it starts from. */
export let outOfOrder: i32 = 0
export let largestGap: i64 = 0
export let gapStart: i64 = 0

/** Goes through `count` i64 microseconds; `previous` is the time before the first. */
export function scanOrder(times: usize, count: i32, previous: i64): void {
  let backwards = 0
  let gap: i64 = -1
  let start: i64 = 0
  for (let i: usize = 0; i < (count as usize) << 3; i += 8) {
    const time = load<i64>(times + i)
    const step = time - previous
    if (step < 0) backwards++
    if (step > gap) {
      gap = step
      start = previous
    }
    previous = time
  }
  outOfOrder = backwards
  largestGap = gap
  gapStart = start
}
