/** Cells of an unusual form: empty, in quotes, long, or otherwise not as `cells.ts` expects. */
import { CATEGORY, DOUBLE, KIND, setNull, setTrue, TIME, VALUES } from './columns'
import { decimalEnd, slowDouble } from './decimal'
import {
  BAD_BOOLEAN,
  BAD_NUMBER,
  BAD_QUOTES,
  BAD_TIME,
  CUT,
  countOddCell,
  quotedNewlines,
  scratch,
  setQuotedNewlines,
  stop,
  stopUnlessStopped,
  textEnd,
} from './row-state'
import { COMMA, cellEnd, endsCell, NEWLINE, QUOTE } from './text'
import { keepCategory, keepText } from './texts'

let unquotedLength: u32 = 0

export function nullCell(column: usize, p: usize, row: i32, address: usize): usize {
  if (load<u32>(column, KIND) == CATEGORY) store<i32>(address, 0)
  else store<u64>(address, 0)
  noValue(column, row)
  return p
}

function noValue(column: usize, row: i32): void {
  setNull(column, row)
  countOddCell()
}

export function slowTime(column: usize, p: usize, row: i32): usize {
  const address = load<usize>(column, VALUES) + ((row as usize) << 3)
  const first = load<u8>(p)
  if (endsCell(first)) return nullCell(column, p, row, address)
  if (first == QUOTE) return quotedCell(column, p, row, BAD_TIME)
  const negative = first == 0x2d
  let q = p + (negative as usize)
  let micros: u64 = 0
  const firstDigit = q
  while (true) {
    const digit = (load<u8>(q) as u32) - 0x30
    if (digit > 9) break
    micros = micros * 10 + (digit as u64)
    q++
  }
  if (q == firstDigit || q - firstDigit > 18 || !endsCell(load<u8>(q))) return stopUnlessStopped(BAD_TIME)
  store<i64>(address, negative ? -(micros as i64) : (micros as i64))
  return q
}

export function slowNumber(column: usize, p: usize, row: i32): usize {
  const address = load<usize>(column, VALUES) + ((row as usize) << 3)
  const first = load<u8>(p)
  if (endsCell(first)) return nullCell(column, p, row, address)
  if (first == QUOTE) return quotedCell(column, p, row, BAD_NUMBER)
  const value = slowDouble(p)
  if (decimalEnd == 0) return stopUnlessStopped(BAD_NUMBER)
  store<f64>(address, value)
  return decimalEnd
}

export function slowBoolean(column: usize, p: usize, row: i32): usize {
  const first = load<u8>(p)
  if (endsCell(first)) {
    noValue(column, row)
    return p
  }
  if (first == QUOTE) return quotedCell(column, p, row, BAD_BOOLEAN)
  const end = cellEnd(p)
  if (end - p == 5 && load<u32>(p) == 0x736c6166 && load<u8>(p, 4) == 0x65) return end
  if (end - p != 4 || load<u32>(p) != 0x65757274) return stopUnlessStopped(BAD_BOOLEAN)
  setTrue(column, row)
  return end
}

/** `offset` is where the text's start stands. */
export function slowText(column: usize, p: usize, row: i32, offset: usize): usize {
  const first = load<u8>(p)
  if (first == QUOTE) return quotedText(column, p, row)
  if (endsCell(first)) {
    store<u32>(offset, load<u32>(offset), 4)
    noValue(column, row)
    return p
  }
  const end = cellEnd(p)
  return keepText(column, p, (end - p) as u32, offset) ? end : 0
}

/** A time, number or boolean in quotes. Nothing else may stand between the quotes. */
function quotedCell(column: usize, p: usize, row: i32, why: i32): usize {
  const after = unquote(p)
  if (after == 0) return 0
  if (load<u8>(scratch) == QUOTE) return stopUnlessStopped(why)
  const kind = load<u32>(column, KIND)
  let end: usize
  if (kind == TIME) end = slowTime(column, scratch, row)
  else if (kind == DOUBLE) end = slowNumber(column, scratch, row)
  else end = slowBoolean(column, scratch, row)
  return end == scratch + (unquotedLength as usize) ? after : stopUnlessStopped(why)
}

export function quotedText(column: usize, p: usize, row: i32): usize {
  const after = unquote(p)
  if (after == 0) return 0
  const address = load<usize>(column, VALUES) + ((row as usize) << 2)
  const kept =
    load<u32>(column, KIND) == CATEGORY
      ? keepCategory(column, scratch, unquotedLength, address)
      : keepText(column, scratch, unquotedLength, address)
  return kept ? after : 0
}

/**
 * Writes a quoted cell's text to `scratch`, with two quotes as one, and a comma after it.
 * @returns where the cell ends, or 0 with `status` set
 */
function unquote(p: usize): usize {
  countOddCell()
  let to = scratch
  p++
  while (true) {
    if (p >= textEnd) {
      return stop(CUT)
    }
    const byte = load<u8>(p)
    if (byte == QUOTE) {
      if (load<u8>(p, 1) != QUOTE) break
      p++
    } else if (byte == NEWLINE) setQuotedNewlines(quotedNewlines + 1)
    store<u8>(to, byte)
    to++
    p++
  }
  unquotedLength = (to - scratch) as u32
  store<u8>(to, COMMA)
  if (p + 1 < textEnd && endsCell(load<u8>(p, 1))) return p + 1
  return stop(BAD_QUOTES)
}
