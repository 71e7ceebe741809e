/**
 * Rows without a value: definition levels say which (0 or 1, as RLE / bit-packing hybrid behind their length:
 * https://parquet.apache.org/docs/file-format/data-pages/#data-pages), and the values stand without gaps.
 */
import { writeVarint } from './varint'

export function isValid(validity: usize, row: i32): bool {
  return ((load<u8>(validity + ((row >> 3) as usize)) >> ((row & 7) as u8)) & 1) != 0
}

/** How many of the rows have a value. `from` is a multiple of 8. */
export function countValues(validity: usize, from: i32, to: i32): i32 {
  let count = 0
  let row = from
  for (; row + 64 <= to; row += 64) count += popcnt(load<u64>(validity + ((row >> 3) as usize))) as i32
  for (; row < to; row++) count += isValid(validity, row) as i32
  return count
}

/**
 * Writes the levels of the rows; `validity` 0 means that every row has a value. A validity bitmap is bit-packed levels
 * as it stands. `from` is a multiple of 8. Returns the address after them.
 */
export function writeLevels(validity: usize, from: i32, to: i32, out: usize): usize {
  const rows = to - from
  let p = out + 4
  if (validity == 0) {
    p = writeVarint((rows as u64) << 1, p)
    store<u8>(p, 1)
    p++
  } else {
    const bytes = ((rows + 7) >> 3) as usize
    p = writeVarint(((bytes as u64) << 1) | 1, p)
    memory.copy(p, validity + ((from >> 3) as usize), bytes)
    p += bytes
  }
  store<u32>(out, (p - out - 4) as u32)
  return p
}

/** Copies the 8-byte values of rows that have one, without gaps; returns their number. */
export function gather64(values: usize, validity: usize, rows: i32, out: usize): i32 {
  const start = out
  for (let row = 0; row < rows; row++) {
    store<u64>(out, load<u64>(values + ((row as usize) << 3)))
    if (isValid(validity, row)) out += 8
  }
  return ((out - start) >> 3) as i32
}

/** The same for 4-byte values. */
export function gather32(values: usize, validity: usize, rows: i32, out: usize): i32 {
  const start = out
  for (let row = 0; row < rows; row++) {
    store<u32>(out, load<u32>(values + ((row as usize) << 2)))
    if (isValid(validity, row)) out += 4
  }
  return ((out - start) >> 2) as i32
}

/**
 * Takes rows without a value out of TEXT's offsets, so that `count` + 1 offsets are left. Such rows are empty, so the
 * bytes stay where they are.
 */
export function gatherOffsets(offsets: usize, validity: usize, rows: i32, out: usize): i32 {
  let count = 0
  for (let row = 0; row < rows; row++) {
    if (!isValid(validity, row)) continue
    store<u32>(out + ((count as usize) << 2), load<u32>(offsets + ((row as usize) << 2)))
    count++
  }
  store<u32>(out + ((count as usize) << 2), load<u32>(offsets + ((rows as usize) << 2)))
  return count
}
