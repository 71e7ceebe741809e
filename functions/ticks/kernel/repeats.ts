/** Rows that are as the row above, and ids that are. */
import { BOOLEAN, CATEGORY, DATA, DESCRIPTOR_BYTES, KIND, TEXT, VALIDITY, VALUES } from './columns'
import { isValid } from './parquet/nulls'

/** The last columns first: they are prices and amounts, and differ most often. */
export function equalsRowAbove(columns: usize, count: i32, row: i32): bool {
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
    const start = load<u32>(offsets + ((row as usize) << 2))
    const id = increases
      ? wholeNumber(data + (start as usize), load<u32>(offsets + ((row as usize) << 2), 4) - start)
      : -1
    if (id > previous && previous >= 0) {
      missing += id - previous - 1
      previous = id
      continue
    }
    if (row > 0 && equalsTextAbove(offsets, data, row)) repeatedIds++
    if (id < 0 || id < previous) increases = false
    if (firstId < 0 && previous < 0) firstId = id
    if (id > previous) previous = id
  }
  idsIncrease = increases
  missingIds = missing
  lastId = previous
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
