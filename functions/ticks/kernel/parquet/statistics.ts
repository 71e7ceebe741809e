/** Smallest and largest values (https://parquet.apache.org/docs/file-format/metadata/), exact. */
import { compare } from '../text'

export let smallestInteger: i64 = 0
export let largestInteger: i64 = 0
export let smallestDouble: f64 = 0
export let largestDouble: f64 = 0
/** Which of the texts come first and last. */
export let firstText: i32 = 0
export let lastText: i32 = 0

/** Over `count` i64 values, one at least. Two at a time; an odd last one is its own pair. */
export function integerRange(values: usize, count: i32): void {
  let smallest = v128.load64_splat(values)
  let largest = smallest
  const end = values + ((count as usize) << 3)
  for (; values + 16 <= end; values += 16) {
    const two = v128.load(values)
    smallest = v128.bitselect(two, smallest, i64x2.gt_s(smallest, two))
    largest = v128.bitselect(two, largest, i64x2.gt_s(two, largest))
  }
  const last = load<i64>(end - 8)
  smallestInteger = min(last, min(i64x2.extract_lane(smallest, 0), i64x2.extract_lane(smallest, 1)))
  largestInteger = max(last, max(i64x2.extract_lane(largest, 0), i64x2.extract_lane(largest, 1)))
}

/** Over `count` f64 values, one at least, none of them NaN. Two at a time. */
export function doubleRange(values: usize, count: i32): void {
  let smallest = v128.load64_splat(values)
  let largest = smallest
  const end = values + ((count as usize) << 3)
  for (; values + 16 <= end; values += 16) {
    const two = v128.load(values)
    smallest = f64x2.pmin(smallest, two)
    largest = f64x2.pmax(largest, two)
  }
  const last = load<f64>(end - 8)
  smallestDouble = min(last, min(f64x2.extract_lane(smallest, 0), f64x2.extract_lane(smallest, 1)))
  largestDouble = max(last, max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)))
}

/** Over the texts between `count` + 1 consecutive i32 offsets into `data`, one text at least; by unsigned bytes. Ids mostly increase. */
export function textRange(offsets: usize, data: usize, count: i32): void {
  firstText = 0
  lastText = 0
  for (let i = 1; i < count; i++) {
    if (compareTexts(offsets, data, i, lastText) > 0) lastText = i
    else if (compareTexts(offsets, data, i, firstText) < 0) firstText = i
  }
}

function compareTexts(offsets: usize, data: usize, i: i32, j: i32): i32 {
  const a = load<u32>(offsets + ((i as usize) << 2))
  const b = load<u32>(offsets + ((j as usize) << 2))
  return compare(
    data + (a as usize),
    load<u32>(offsets + ((i as usize) << 2), 4) - a,
    data + (b as usize),
    load<u32>(offsets + ((j as usize) << 2), 4) - b,
  )
}

/** The largest of `count` u32 codes, or 0. Four at a time. */
export function largestCode(codes: usize, count: i32): u32 {
  let largest = i32x4.splat(0)
  const end = codes + ((count as usize) << 2)
  for (; codes + 16 <= end; codes += 16) largest = i32x4.max_u(largest, v128.load(codes))
  for (; codes < end; codes += 4) largest = i32x4.max_u(largest, v128.load32_zero(codes))
  largest = i32x4.max_u(largest, i8x16.shuffle(largest, largest, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
  return max(i32x4.extract_lane(largest, 0) as u32, i32x4.extract_lane(largest, 1) as u32)
}
