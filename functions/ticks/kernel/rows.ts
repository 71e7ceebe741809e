/**
 * CSV rows (https://www.rfc-editor.org/rfc/rfc4180) → the columns of the row group.
 *
 * Every cell has a short way for what ticks look like and a slow way, in a function of its own, for all the rest
 * (nothing, quotes, long or odd numbers), so that the loop stays small.
 */
import { categoryCode } from './category'
import {
  BOOLEAN,
  CATEGORY,
  columnCount,
  columns,
  DATA,
  DATA_CAPACITY,
  DESCRIPTOR_BYTES,
  DOUBLE,
  KIND,
  LAST_CODE,
  LAST_LENGTH,
  LAST_TEXT,
  maxRows,
  OFFSETS,
  rowCount,
  setNull,
  setRowCount,
  TEXT,
  TIME,
  takeBackRow,
  VALUES,
} from './columns'
import { DIGITS, decimalEnd, eightDigits, powerOfTen, slowDouble } from './decimal'
import { COMMA, cellEnd, endsCell, equal, equalShort, NEWLINE, QUOTE, RETURN } from './text'

/** Why `parseRows` stopped. */
export const DONE: i32 = 0
/** The row group has no room for the next row. */
export const FULL: i32 = 1
/** The last row is not whole yet: a quoted cell goes on. */
export const CUT: i32 = 2
export const BAD_NUMBER: i32 = 3
export const BAD_TIME: i32 = 4
export const BAD_BOOLEAN: i32 = 5
export const TOO_FEW_CELLS: i32 = 6
export const TOO_MANY_CELLS: i32 = 7
export const BAD_QUOTES: i32 = 8

export let status: i32 = DONE
/** Where the bad cell begins, and its column. */
export let badCell: usize = 0
export let badColumn: i32 = 0
/** Newlines inside quoted cells so far: what a line number has over a row number. */
export let quotedNewlines: i32 = 0

/** Sixteen bytes 0x30: XOR turns digits into their values. Constants in memory are one instruction, not three. */
const ASCII_ZEROS: usize = memory.data(16, 16)
/** Sixteen bytes that, added with saturation, set the top bit of all but the values 0 to 9. */
const ABOVE_NINE: usize = memory.data(16, 16)
memory.fill(ASCII_ZEROS, 0x30, 16)
memory.fill(ABOVE_NINE, 0x76, 16)

/** How the row above begins: the text of its leading categories, then of the times and such that follow; commas too. */
let prefix: usize = 0
let nameBytes: u32 = 0
let timeBytes: u32 = 0
/** The columns where each of the two ends, and where the times of the row in hand begin. */
let namesEnd: usize = 0
let prefixEnd: usize = 0
let timesStart: usize = 0
/** Cells so far that had no value or stood in quotes. */
let oddCells: i32 = 0

/** Where quoted cells are written without their quotes, and where the text in hand ends. */
let scratch: usize = 0
let textEnd: usize = 0

export function setScratch(address: usize): void {
  scratch = address
  quotedNewlines = 0
}

/**
 * Parses whole rows from `start`. The text up to `end` must end with a newline; 16 bytes after it are readable.
 * @returns where the first row begins that was not taken; `status` says why
 */
export function parseRows(start: usize, end: usize): usize {
  const lastColumn = columns + ((columnCount - 1) as usize) * DESCRIPTOR_BYTES
  findPrefix(lastColumn)
  let row = rowCount
  let p = start
  status = DONE
  textEnd = end
  while (p < end) {
    if (row == maxRows) {
      status = FULL
      break
    }
    const rowStart = p
    const newlinesBefore = quotedNewlines
    p = parseRow(p, row, lastColumn)
    if (p == 0) {
      takeBackRow(row)
      setRowCount(row)
      if (status == FULL || status == CUT) quotedNewlines = newlinesBefore
      return rowStart
    }
    row++
  }
  setRowCount(row)
  return p
}

function findPrefix(lastColumn: usize): void {
  nameBytes = 0
  timeBytes = 0
  namesEnd = columns
  while (namesEnd != lastColumn && load<u32>(namesEnd, KIND) == CATEGORY) namesEnd += DESCRIPTOR_BYTES
  prefixEnd = namesEnd
  while (prefixEnd != lastColumn) {
    const kind = load<u32>(prefixEnd, KIND)
    if (kind == DOUBLE || kind == TEXT) return
    prefixEnd += DESCRIPTOR_BYTES
  }
}

/** One row; returns where the next begins, or 0 with `status` set. */
function parseRow(start: usize, row: i32, lastColumn: usize): usize {
  let p = start
  let column = columns
  let stop = namesEnd
  if (nameBytes != 0 && equal(prefix, p, nameBytes)) {
    repeatNames(row)
    stop = prefixEnd
    p += nameBytes as usize
    column = namesEnd
    timesStart = p
    if (timeBytes != 0 && equal(prefix + (nameBytes as usize), p, timeBytes)) {
      repeatTimes(row)
      p += timeBytes as usize
      column = prefixEnd
      stop = 0
    }
  }
  const odd = oddCells
  while (true) {
    const cell = p
    switch (load<u32>(column, KIND)) {
      case TIME:
        p = timeCell(column, p, row)
        break
      case DOUBLE:
        p = doubleCell(column, p, row)
        break
      case BOOLEAN:
        p = booleanCell(column, p, row)
        break
      case CATEGORY:
        p = categoryCell(column, p, row)
        break
      default:
        p = textCell(column, p, row)
    }
    if (p == 0) return failed(status, cell, column)
    if (column == lastColumn) break
    if (load<u8>(p) != COMMA) return failed(TOO_FEW_CELLS, cell, column)
    p++
    column += DESCRIPTOR_BYTES
    if (column == stop) {
      if (stop == namesEnd) keepNames(start, p, odd)
      if (column == prefixEnd) keepTimes(p, odd)
      stop = stop == namesEnd ? prefixEnd : 0
    }
  }
  const byte = load<u8>(p)
  if (byte == NEWLINE) return p + 1
  if (byte == RETURN && load<u8>(p, 1) == NEWLINE) return p + 2
  return failed(TOO_MANY_CELLS, p, column)
}

/**
 * Rows begin like the row above: nearly all with venue and symbol, and in a burst with times and side as well. What
 * is alike to the byte has the same values. A beginning with nulls or quotes is not kept.
 */
function keepNames(start: usize, end: usize, odd: i32): void {
  prefix = start
  timesStart = end
  nameBytes = odd == oddCells ? ((end - start) as u32) : 0
  timeBytes = 0
}

function keepTimes(end: usize, odd: i32): void {
  if (nameBytes == 0 || odd != oddCells) timeBytes = 0
  else {
    // The names stand before the times in every row, so the last row's are as good as those kept.
    timeBytes = (end - timesStart) as u32
    prefix = timesStart - (nameBytes as usize)
  }
}

function repeatNames(row: i32): void {
  for (let column = columns; column != namesEnd; column += DESCRIPTOR_BYTES) {
    const address = load<usize>(column, VALUES) + ((row as usize) << 2)
    store<u32>(address, load<u32>(address - 4))
  }
}

function repeatTimes(row: i32): void {
  for (let column = namesEnd; column != prefixEnd; column += DESCRIPTOR_BYTES) {
    const values = load<usize>(column, VALUES)
    const kind = load<u32>(column, KIND)
    if (kind == TIME) {
      const address = values + ((row as usize) << 3)
      store<u64>(address, load<u64>(address - 8))
    } else if (kind == CATEGORY) {
      const address = values + ((row as usize) << 2)
      store<u32>(address, load<u32>(address - 4))
    } else repeatBoolean(values, row)
  }
}

function repeatBoolean(bits: usize, row: i32): void {
  const above = (load<u8>(bits + ((row - 1) >> 3)) >> (((row - 1) & 7) as u8)) & 1
  const address = bits + (row >> 3)
  store<u8>(address, load<u8>(address) | (above << ((row & 7) as u8)))
}

function failed(why: i32, cell: usize, column: usize): usize {
  status = why
  badCell = cell
  badColumn = ((column - columns) / DESCRIPTOR_BYTES) as i32
  return 0
}

function timeCell(column: usize, p: usize, row: i32): usize {
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

function doubleCell(column: usize, start: usize, row: i32): usize {
  const p = start + ((load<u8>(start) == 0x2d) as usize)
  const digits = v128.xor(v128.load(p), v128.load(ASCII_ZEROS))
  const others = i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(ABOVE_NINE))) | 0x10000
  const point = ctz(others)
  let end = point
  let decimals = 0
  let count = point
  if (load<u8>(p + (point as usize)) == 0x2e) {
    end = ctz(others & (others - 1))
    count = end - 1
    decimals = count - point
  }
  if (((count - 1) as u32) > 14) return slowNumber(column, start, row)
  if (load<u8>(p + (end as usize)) != COMMA) {
    if (!endsCell(load<u8>(p + (end as usize)))) return slowNumber(column, start, row)
  }
  const packed = i8x16.swizzle(digits, v128.load(DIGITS + ((17 * point + end) as usize) * 16))
  const upper = v128.extract_lane<i64>(packed, 0)
  let integer = eightDigits(v128.extract_lane<i64>(packed, 1)) as i64
  if (upper != 0) integer += (eightDigits(upper) as i64) * 100000000
  const value = (integer as f64) / powerOfTen(decimals as usize)
  store<f64>(load<usize>(column, VALUES) + ((row as usize) << 3), p != start ? -value : value)
  return p + (end as usize)
}

function booleanCell(column: usize, p: usize, row: i32): usize {
  const word = load<u32>(p)
  if (word == 0x736c6166 && load<u8>(p, 4) == 0x65 && endsCell(load<u8>(p, 5))) return p + 5
  if (word == 0x65757274 && endsCell(load<u8>(p, 4))) {
    const address = load<usize>(column, VALUES) + ((row >> 3) as usize)
    store<u8>(address, load<u8>(address) | ((1 as u8) << ((row & 7) as u8)))
    return p + 4
  }
  return slowBoolean(column, p, row)
}

function categoryCell(column: usize, p: usize, row: i32): usize {
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

function keepCategory(column: usize, text: usize, length: u32, address: usize): bool {
  const code = categoryCode(column, text, length)
  if (code < 0) {
    status = FULL
    return false
  }
  store<i32>(address, code)
  const from = load<u32>(load<usize>(column, OFFSETS) + ((code as usize) << 2))
  store<i32>(column, code, LAST_CODE)
  store<u32>(column, load<usize>(column, DATA) + from, LAST_TEXT)
  store<u32>(column, length, LAST_LENGTH)
  return true
}

function textCell(column: usize, p: usize, row: i32): usize {
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

function keepText(column: usize, text: usize, length: u32, offset: usize): bool {
  const used = load<u32>(offset)
  if (used + length > load<u32>(column, DATA_CAPACITY)) {
    status = FULL
    return false
  }
  const to = load<usize>(column, DATA) + (used as usize)
  if (length <= 16) v128.store(to, v128.load(text))
  else memory.copy(to, text, length as usize)
  store<u32>(offset, used + length, 4)
  return true
}

function noValue(column: usize, row: i32): void {
  setNull(column, row)
  oddCells++
}

function nullCell(column: usize, p: usize, row: i32, address: usize): usize {
  if (load<u32>(column, KIND) == CATEGORY) store<i32>(address, 0)
  else store<u64>(address, 0)
  noValue(column, row)
  return p
}

function slowTime(column: usize, p: usize, row: i32): usize {
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
  if (q == firstDigit || q - firstDigit > 18 || !endsCell(load<u8>(q))) return badUnlessSet(BAD_TIME)
  store<i64>(address, negative ? -(micros as i64) : (micros as i64))
  return q
}

function slowNumber(column: usize, p: usize, row: i32): usize {
  const address = load<usize>(column, VALUES) + ((row as usize) << 3)
  const first = load<u8>(p)
  if (endsCell(first)) return nullCell(column, p, row, address)
  if (first == QUOTE) return quotedCell(column, p, row, BAD_NUMBER)
  const value = slowDouble(p)
  if (decimalEnd == 0) return badUnlessSet(BAD_NUMBER)
  store<f64>(address, value)
  return decimalEnd
}

function slowBoolean(column: usize, p: usize, row: i32): usize {
  const first = load<u8>(p)
  if (endsCell(first)) {
    noValue(column, row)
    return p
  }
  return first == QUOTE ? quotedCell(column, p, row, BAD_BOOLEAN) : badUnlessSet(BAD_BOOLEAN)
}

/** A time, number or boolean in quotes, which must be all that is between them. */
function quotedCell(column: usize, p: usize, row: i32, why: i32): usize {
  const after = unquote(p)
  if (after == 0) return 0
  if (load<u8>(scratch) == QUOTE) return badUnlessSet(why)
  const kind = load<u32>(column, KIND)
  let end: usize
  if (kind == TIME) end = slowTime(column, scratch, row)
  else if (kind == DOUBLE) end = slowNumber(column, scratch, row)
  else end = booleanCell(column, scratch, row)
  return end == scratch + (unquotedLength as usize) ? after : badUnlessSet(why)
}

function quotedText(column: usize, p: usize, row: i32): usize {
  const after = unquote(p)
  if (after == 0) return 0
  const address = load<usize>(column, VALUES) + ((row as usize) << 2)
  const kept =
    load<u32>(column, KIND) == CATEGORY
      ? keepCategory(column, scratch, unquotedLength, address)
      : keepText(column, scratch, unquotedLength, address)
  return kept ? after : 0
}

let unquotedLength: u32 = 0

/**
 * Writes a quoted cell's text to `scratch`, two quotes as one, and a comma behind it.
 * @returns where the cell ends, or 0 with `status` set
 */
function unquote(p: usize): usize {
  oddCells++
  let to = scratch
  p++
  while (true) {
    if (p >= textEnd) {
      status = CUT
      return 0
    }
    const byte = load<u8>(p)
    if (byte == QUOTE) {
      if (load<u8>(p, 1) != QUOTE) break
      p++
    } else if (byte == NEWLINE) quotedNewlines++
    store<u8>(to, byte)
    to++
    p++
  }
  unquotedLength = (to - scratch) as u32
  store<u8>(to, COMMA)
  if (p + 1 < textEnd && endsCell(load<u8>(p, 1))) return p + 1
  status = BAD_QUOTES
  return 0
}

/** Says why, unless something deeper has said so already. */
function badUnlessSet(why: i32): usize {
  if (status == DONE) status = why
  return 0
}
