/**
 * Cells of the usual form, one function per kind of column. Each returns the address where the cell ends, or 0 with
 * `status` set. Cells of any other form go to `odd-cells.ts`, so that these functions stay small.
 */
import { LAST_CODE, LAST_LENGTH, LAST_TEXT, setTrue, VALUES } from './columns'
import { DIGITS, eightDigits, powerOfTen } from './decimal'
import { noValue, nullCell, quotedText, slowBoolean, slowNumber, slowTime } from './odd-cells'
import { COMMA, cellEnd, endsCell, equalShort, QUOTE } from './text'
import { keepCategory, keepText } from './texts'

/** Sixteen bytes 0x30: XOR turns digits into their values. A constant in memory takes one instruction instead of three. */
const ASCII_ZEROS: usize = memory.data(16, 16)
/** Sixteen bytes that, added with saturation, set the top bit of all but the values 0 to 9. */
const ABOVE_NINE: usize = memory.data(16, 16)
/** A minus and fifteen zeros: their bytes become the digit 0, so a minus in front does not change the number. */
const MINUS_AND_ZEROS: usize = memory.data(16, 16)
memory.fill(MINUS_AND_ZEROS, 0x30, 16)
store<u8>(MINUS_AND_ZEROS, 0x2d)
memory.fill(ASCII_ZEROS, 0x30, 16)
memory.fill(ABOVE_NINE, 0x76, 16)

export function timeCell(column: usize, p: usize, row: i32): usize {
  const digits = v128.xor(v128.load(p), v128.load(ASCII_ZEROS))
  if (i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(ABOVE_NINE))) != 0) return slowTime(column, p, row)
  if (load<u8>(p, 16) != COMMA) {
    if (!endsCell(load<u8>(p, 16))) return slowTime(column, p, row)
  }
  const micros =
    eightDigits(v128.extract_lane<u64>(digits, 0)) * 100000000 + eightDigits(v128.extract_lane<u64>(digits, 1))
  store<u64>(load<usize>(column, VALUES) + ((row as usize) << 3), micros)
  return p + 16
}

/** Numbers are most cells of most files, so their function is inlined wherever it is called; only methods can ask for that. */
export class Numbers {
  /**
   * The cell's end comes from masks of its first sixteen bytes and not from a branch: whether a number has a point is hard to
   * predict, and the next cell waits for it.
   */
  @inline
  static doubleCell(column: usize, p: usize, row: i32): usize {
    const bytes = v128.load(p)
    const digits = v128.andnot(v128.xor(bytes, v128.load(ASCII_ZEROS)), i8x16.eq(bytes, v128.load(MINUS_AND_ZEROS)))
    const others = i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(ABOVE_NINE))) | 0x10000
    const points = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x2e)))
    const point = ctz(others)
    // Without a point, both are the end.
    const end = ctz(others & ~points)
    if ((others & (others - 1) & ((1 << end) - 1)) != 0) return slowNumber(column, p, row)
    const count = end - ((point != end) as i32)
    const negative = (load<u8>(p) == 0x2d) as i32
    if (count <= negative) return slowNumber(column, p, row)
    if (load<u8>(p + (end as usize)) != COMMA) {
      if (!endsCell(load<u8>(p + (end as usize)))) return slowNumber(column, p, row)
    }
    const packed = i8x16.swizzle(digits, v128.load(DIGITS + ((17 * point + end) as usize) * 16))
    const upper = v128.extract_lane<i64>(packed, 0)
    let integer = eightDigits(v128.extract_lane<i64>(packed, 1)) as i64
    if (upper != 0) integer += (eightDigits(upper) as i64) * 100000000
    // Sixteen digits have no point, and the integer itself is rounded.
    const value = (integer as f64) / powerOfTen((count - point) as usize)
    const sign = (negative as u64) << 63
    store<u64>(load<usize>(column, VALUES) + ((row as usize) << 3), reinterpret<u64>(value) ^ sign)
    return p + (end as usize)
  }
}

export function booleanCell(column: usize, p: usize, row: i32): usize {
  const word = load<u32>(p)
  if (word == 0x736c6166 && load<u8>(p, 4) == 0x65 && endsCell(load<u8>(p, 5))) return p + 5
  if (word == 0x65757274 && endsCell(load<u8>(p, 4))) {
    setTrue(column, row)
    return p + 4
  }
  return slowBoolean(column, p, row)
}

export function categoryCell(column: usize, p: usize, row: i32): usize {
  const length = load<u32>(column, LAST_LENGTH)
  const address = load<usize>(column, VALUES) + ((row as usize) << 2)
  if (
    length - 1 < 16 &&
    endsCell(load<u8>(p + (length as usize))) &&
    equalShort(p, load<usize>(column, LAST_TEXT), length)
  ) {
    store<i32>(address, load<i32>(column, LAST_CODE))
    return p + (length as usize)
  }
  const first = load<u8>(p)
  if (first == QUOTE) return quotedText(column, p, row)
  if (endsCell(first)) return nullCell(column, p, row, address)
  const end = cellEnd(p)
  return keepCategory(column, p, (end - p) as u32, address) ? end : 0
}

export function textCell(column: usize, p: usize, row: i32): usize {
  const first = load<u8>(p)
  if (first == QUOTE) return quotedText(column, p, row)
  const offset = load<usize>(column, VALUES) + ((row as usize) << 2)
  if (endsCell(first)) {
    store<u32>(offset, load<u32>(offset), 4)
    noValue(column, row)
    return p
  }
  const end = cellEnd(p)
  return keepText(column, p, (end - p) as u32, offset) ? end : 0
}
