/** Smallest and largest values (https://parquet.apache.org/docs/file-format/metadata/), exact. */
import { compare } from '../text'

export let smallestInteger: i64 = 0
export let largestInteger: i64 = 0
export let smallestDouble: f64 = 0
export let largestDouble: f64 = 0
/** Which of the texts come first and last. */
export let firstText: i32 = 0
export let lastText: i32 = 0

/** Over `count` i64 values, one at least. */
export function integerRange(values: usize, count: i32): void {
  let smallest = load<i64>(values)
  let largest = smallest
  for (let i: usize = 8; i < (count as usize) << 3; i += 8) {
    const value = load<i64>(values + i)
    if (value < smallest) smallest = value
    if (value > largest) largest = value
  }
  smallestInteger = smallest
  largestInteger = largest
}

/** Over `count` f64 values, one at least, none of them NaN. */
export function doubleRange(values: usize, count: i32): void {
  let smallest = load<f64>(values)
  let largest = smallest
  for (let i: usize = 8; i < (count as usize) << 3; i += 8) {
    const value = load<f64>(values + i)
    if (value < smallest) smallest = value
    if (value > largest) largest = value
  }
  smallestDouble = smallest
  largestDouble = largest
}

/** Over the texts between `count` + 1 consecutive i32 offsets into `data`, one text at least; by unsigned bytes. */
export function textRange(offsets: usize, data: usize, count: i32): void {
  firstText = 0
  lastText = 0
  for (let i = 1; i < count; i++) {
    if (compareTexts(offsets, data, i, firstText) < 0) firstText = i
    else if (compareTexts(offsets, data, i, lastText) > 0) lastText = i
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

/** The largest of `count` u32 codes. */
export function largestCode(codes: usize, count: i32): u32 {
  let largest: u32 = 0
  for (let i: usize = 0; i < (count as usize) << 2; i += 4) largest = max(largest, load<u32>(codes + i))
  return largest
}
