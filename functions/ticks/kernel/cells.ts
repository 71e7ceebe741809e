/**
 * Cells of the usual form, one function per kind of column. Each returns the address where the cell ends, or 0 with
 * `status` set. Cells of any other form go to `odd-cells.ts`, so that these functions stay small.
 */
import { DATA, DATA_CAPACITY, LAST_CODE, LAST_LENGTH, LAST_TEXT, setTrue, VALUES } from './columns'
import { DIGITS, Digits, SIGNED_POWERS } from './decimal'
import { nullCell, quotedText, slowBoolean, slowNumber, slowText, slowTime } from './odd-cells'
import { COMMA, cellEnd, endsCell, equalShort, QUOTE } from './text'
import { keepCategory } from './texts'

/** Sixteen bytes 0x30: XOR turns digits into their values. A constant in memory takes one instruction instead of three. */
const ASCII_ZEROS: usize = memory.data(16, 16)
memory.fill(ASCII_ZEROS, 0x30, 16)
/** Sixteen bytes that, added with saturation, set the top bit of all but the values 0 to 9. */
const ABOVE_NINE: usize = memory.data(16, 16)
memory.fill(ABOVE_NINE, 0x76, 16)
/** A minus and fifteen zeros: their bytes become the digit 0, so a minus in front does not change the number. */
const MINUS_AND_ZEROS: usize = memory.data(16, 16)
memory.fill(MINUS_AND_ZEROS, 0x30, 16)
store<u8>(MINUS_AND_ZEROS, 0x2d)
const POINTS: usize = memory.data(16, 16)
memory.fill(POINTS, 0x2e, 16)
const MINUSES: usize = memory.data(16, 16)
memory.fill(MINUSES, 0x2d, 16)

export function timeCell(column: usize, p: usize, row: i32): usize {
  const digits = v128.xor(v128.load(p), v128.load(ASCII_ZEROS))
  if (i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(ABOVE_NINE))) != 0) return slowTime(column, p, row)
  if (load<u8>(p, 16) != COMMA) {
    if (!endsCell(load<u8>(p, 16))) return slowTime(column, p, row)
  }
  const eights = Digits.eights(digits)
  const micros = (i32x4.extract_lane(eights, 0) as i64) * 100000000 + (i32x4.extract_lane(eights, 1) as i64)
  store<i64>(load<usize>(column, VALUES) + ((row as usize) << 3), micros)
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
    const points = i8x16.bitmask(i8x16.eq(bytes, v128.load(POINTS)))
    const point = ctz(others)
    // Without a point, both are the end.
    const end = ctz(others ^ (points & -points))
    const negative = (load<u8>(p) == 0x2d) as i32
    if (((others >> negative) & 1) != 0) return slowNumber(column, p, row)
    if (load<u8>(p + (end as usize)) != COMMA) {
      if (!endsCell(load<u8>(p + (end as usize)))) return slowNumber(column, p, row)
    }
    const packed = i8x16.relaxed_swizzle(digits, v128.load((DIGITS + (((point << 5) + end) << 4)) as usize))
    const eights = f64x2.convert_low_i32x4_s(Digits.eights(packed))
    let integer = f64x2.extract_lane(eights, 0)
    // The product is exact. Sixteen digits have no point, and the sum is rounded.
    if (end - ((point != end) as i32) > 8) integer += f64x2.extract_lane(eights, 1) * 1e8
    const value = integer / load<f64>((SIGNED_POWERS + (((negative << 5) + end - point) << 3)) as usize)
    store<f64>(load<usize>(column, VALUES) + ((row as usize) << 3), value)
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
  const offset = load<usize>(column, VALUES) + ((row as usize) << 2)
  const used = load<u32>(offset)
  const bytes = v128.load(p)
  // The first byte that is below the minus or not ASCII ends the fast way. Usual ids hold neither.
  const length = ctz(i8x16.bitmask(i8x16.lt_s(bytes, v128.load(MINUSES))) | 0x10000) as u32
  if (
    length - 1 < 15 &&
    load<u8>(p + (length as usize)) == COMMA &&
    used + length <= load<u32>(column, DATA_CAPACITY)
  ) {
    v128.store(load<usize>(column, DATA) + (used as usize), bytes)
    store<u32>(offset, used + length, 4)
    return p + (length as usize)
  }
  return slowText(column, p, row, offset)
}
