/** Rows that are as the row above, and ids that are. */
import { BOOLEAN, CATEGORY, DATA, DESCRIPTOR_BYTES, KIND, TEXT, VALIDITY, VALUES } from './columns'
import { isValid } from './parquet/nulls'

/**
 * How many rows equal the row above in every column. The first row is not compared. `columns` are `count` descriptors;
 * `a`, `b` and `c` are the values of columns of 8 bytes: rows in which these differ are found two at a time.
 */
export function countRepeats(columns: usize, count: i32, rows: i32, a: usize, b: usize, c: usize): i32 {
  let repeats = 0
  let row = 1
  for (; row + 2 <= rows; row += 2) {
    const at = (row as usize) << 3
    const alike = v128.and(v128.and(equalAbove(a + at), equalAbove(b + at)), equalAbove(c + at))
    if (v128.any_true(alike))
      repeats += (equalsRowAbove(columns, count, row) as i32) + (equalsRowAbove(columns, count, row + 1) as i32)
  }
  for (; row < rows; row++) repeats += equalsRowAbove(columns, count, row) as i32
  return repeats
}

/** Which of the two values at `address` equal the one above. */
function equalAbove(address: usize): v128 {
  return i64x2.eq(v128.load(address), v128.load(address - 8))
}

/** The last columns first: they are prices and amounts, and differ most often. */
function equalsRowAbove(columns: usize, count: i32, row: i32): bool {
  for (let c = count - 1; c >= 0; c--)
    if (!equalsCellAbove(columns + (c as usize) * DESCRIPTOR_BYTES, row)) return false
  return true
}

function equalsCellAbove(column: usize, row: i32): bool {
  const validity = load<usize>(column, VALIDITY)
  const has = isValid(validity, row)
  if (has != isValid(validity, row - 1)) return false
  if (!has) return true
  const values = load<usize>(column, VALUES)
  const kind = load<u32>(column, KIND)
  if (kind == TEXT) return equalsTextAbove(values, load<usize>(column, DATA), row)
  if (kind == BOOLEAN) return isValid(values, row) == isValid(values, row - 1)
  if (kind == CATEGORY)
    return load<i32>(values + ((row as usize) << 2)) == load<i32>(values + (((row - 1) as usize) << 2))
  return load<i64>(values + ((row as usize) << 3)) == load<i64>(values + (((row - 1) as usize) << 3))
}

function equalsTextAbove(offsets: usize, data: usize, row: i32): bool {
  const above = load<u32>(offsets + (((row - 1) as usize) << 2))
  const start = load<u32>(offsets + ((row as usize) << 2))
  const end = load<u32>(offsets + (((row + 1) as usize) << 2))
  if (start - above != end - start) return false
  // Ids that follow each other differ in their last digits.
  const isLong = end - start >= 8
  if (isLong && load<u64>(data + (start as usize) - 8) != load<u64>(data + (end as usize) - 8)) return false
  return memory.compare(data + (above as usize), data + (start as usize), (end - start) as usize) == 0
}

/** Of the row group: ids equal to the one above, and whether every id is a whole number and none is smaller than the one above. */
export let repeatedIds: i32 = 0
export let idsIncrease: bool = false
export let firstId: i64 = 0
export let lastId: i64 = 0
/** How many numbers lie between consecutive ids. */
export let missingIds: i64 = 0

/** Goes through a TEXT column; `validity` 0 means that every row has an id. `previous` is the id before the first, or −1. */
export function scanIds(offsets: usize, data: usize, validity: usize, rows: i32, previous: i64): void {
  repeatedIds = 0
  firstId = -1
  let missing: i64 = 0
  let increases = true
  for (let row = 0; row < rows; row++) {
    if (validity != 0 && !isValid(validity, row)) continue
    if (!increases && validity == 0) {
      repeatedIds += countRepeatedTexts(offsets, data, row, rows)
      break
    }
    const id = increases ? idOf(offsets, data, row) : -1
    if (id > previous && previous >= 0) {
      missing += id - previous - 1
      previous = id
    } else {
      if (row > 0 && equalsTextAbove(offsets, data, row)) repeatedIds++
      if (id < 0 || id < previous) increases = false
      if (firstId < 0 && previous < 0) firstId = id
      if (id > previous) previous = id
    }
    if (id < 0 || validity != 0) continue
    // Numbers that increase: how many are missing among them follows from the first and the last.
    const last = lastOfRun(offsets, data, row, rows)
    if (last == row) continue
    const lastOfThem = idOf(offsets, data, last)
    missing += lastOfThem - id - ((last - row) as i64)
    previous = lastOfThem
    row = last
  }
  idsIncrease = increases
  missingIds = missing
  lastId = previous
}

/** How many texts from `row` on equal the one above. Most differ in their last bytes, eight of which are compared at once. */
function countRepeatedTexts(offsets: usize, data: usize, row: i32, rows: i32): i32 {
  let repeats = 0
  let lengthAbove: u32 = u32.MAX_VALUE
  let lastAbove: u64 = 0
  if (row > 0) row--
  for (let first = row; row < rows; row++) {
    const start = load<u32>(offsets + ((row as usize) << 2))
    const end = load<u32>(offsets + ((row as usize) << 2), 4)
    const length = end - start
    const bytesBefore = 8 - min(length, 8)
    const last = length == 0 ? 0 : load<u64>(data + (end as usize) - 8) >> ((bytesBefore << 3) as u64)
    if (length == lengthAbove && last == lastAbove && row > first) repeats += equalsTextAbove(offsets, data, row) as i32
    lengthAbove = length
    lastAbove = last
  }
  return repeats
}

function idOf(offsets: usize, data: usize, row: i32): i64 {
  const start = load<u32>(offsets + ((row as usize) << 2))
  return wholeNumber(data + (start as usize), load<u32>(offsets + ((row as usize) << 2), 4) - start)
}

/** BEFORE + 16 × length: ones for the bytes before a text that ends at the sixteenth byte. */
const BEFORE: usize = memory.data(17 * 16)
for (let length: usize = 0; length <= 16; length++) memory.fill(BEFORE + length * 16, 0xff, 16 - length)

/**
 * The last of the rows from `row` on whose ids have as many digits as this one, 16 at most, and are larger each than the
 * one above. The sixteen bytes up to an id's end are compared at once; those before the id are masked to zeros.
 */
function lastOfRun(offsets: usize, data: usize, row: i32, rows: i32): i32 {
  let end = load<u32>(offsets + ((row as usize) << 2), 4)
  const length = end - load<u32>(offsets + ((row as usize) << 2))
  if (length > 16) return row
  const before = v128.load(BEFORE + ((length as usize) << 4))
  let above = v128.andnot(v128.load(data + (end as usize) - 16), before)
  for (let next = row + 1; next < rows; next++) {
    const nextEnd = load<u32>(offsets + ((next as usize) << 2), 4)
    const text = v128.andnot(v128.load(data + (nextEnd as usize) - 16), before)
    const larger = i8x16.bitmask(i8x16.gt_s(text, above))
    const smaller = i8x16.bitmask(i8x16.lt_s(text, above))
    const firstDifference = (larger | smaller) & -(larger | smaller)
    const digits = v128.or(i8x16.lt_u(i8x16.sub(text, i8x16.splat(0x30)), i8x16.splat(10)), before)
    if (nextEnd - end != length || (larger & firstDifference) == 0 || !i8x16.all_true(digits)) return next - 1
    end = nextEnd
    above = text
  }
  return rows - 1
}

const ZEROS: u64 = 0x3030303030303030
const SIXES: u64 = 0x4646464646464646
const HIGH_BITS: u64 = 0x8080808080808080

/** The number of a text of 1 to 18 digits, or −1. Eight digits at a time, then one by one. */
function wholeNumber(text: usize, length: u32): i64 {
  if (length == 0 || length > 18) return -1
  let number: i64 = 0
  const end = text + (length as usize)
  for (; text + 8 <= end; text += 8) {
    const eight = load<u64>(text)
    if ((((eight + SIXES) | (eight - ZEROS)) & HIGH_BITS) != 0) return -1
    number = number * 100_000_000 + (eightDigits(eight - ZEROS) as i64)
  }
  for (; text < end; text++) {
    const digit = (load<u8>(text) as u32) - 48
    if (digit > 9) return -1
    number = number * 10 + (digit as i64)
  }
  return number
}

/** Bytes of 0 to 9, the first digit lowest: pairs, then fours, then all eight. */
function eightDigits(bytes: u64): u64 {
  const pairs = bytes * 10 + (bytes >> 8)
  const upper = (pairs & 0x000000ff000000ff) * 0x000f424000000064
  const lower = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return (upper + lower) >> 32
}
