/**
 * The fast way for rows that begin like the row above. Nearly all rows repeat venue and symbol, and rows of one message
 * repeat times and side too. Equal bytes have equal values, so the values of such rows are written together, when a row
 * that differs follows or the text ends. A beginning with nulls or quotes is not kept.
 */
import { CATEGORY, columns, DESCRIPTOR_BYTES, DOUBLE, KIND, setTrue, TEXT, TIME, VALUES } from './columns'
import { oddCells } from './row-state'

/** The text of the leading categories with their commas, and after it the text of the times that follow. */
export let prefix: usize = 0
export let nameBytes: u32 = 0
export let timeBytes: u32 = 0
/** The columns at which these two parts end. */
export let namesEnd: usize = 0
export let prefixEnd: usize = 0
/** Where the times of the current row begin. */
let timesStart: usize = 0
/** Rows below these numbers have their names and times written; the rows from there on repeat the last one. */
let namesFilled: i32 = 0
let timesFilled: i32 = 0

/** Starts anew at `row` and finds the columns that can repeat; the last column is never one of them. */
export function beginPrefix(lastColumn: usize, row: i32): void {
  namesFilled = row
  timesFilled = row
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

export function keepNames(start: usize, end: usize, odd: i32): void {
  prefix = start
  timesStart = end
  nameBytes = odd == oddCells ? ((end - start) as u32) : 0
  timeBytes = 0
}

export function keepTimes(end: usize, odd: i32): void {
  if (nameBytes == 0 || odd != oddCells) timeBytes = 0
  else {
    // The names stand right before the times in every row, so the last row's text can stand in for the kept one.
    timeBytes = (end - timesStart) as u32
    prefix = timesStart - (nameBytes as usize)
  }
}

/** The row repeats the names of the row above; its times begin at `start`. */
export function beginTimes(start: usize): void {
  timesStart = start
}

/** Writes the names of the rows before `row` that repeat. The names of `row` are parsed next. */
export function fillNames(row: i32): void {
  if (namesFilled < row) fillColumns(columns, namesEnd, namesFilled, row)
  namesFilled = row + 1
}

/** The same for the times. */
export function fillTimes(row: i32): void {
  if (timesFilled < row) fillColumns(namesEnd, prefixEnd, timesFilled, row)
  timesFilled = row + 1
}

/** Repeats the value before `from` up to `to`. Writes up to 16 bytes more, where no row is yet. */
function fillColumns(column: usize, endColumn: usize, from: i32, to: i32): void {
  for (; column != endColumn; column += DESCRIPTOR_BYTES) {
    const values = load<usize>(column, VALUES)
    const kind = load<u32>(column, KIND)
    if (kind == TIME) fill(values + ((from as usize) << 3), values + ((to as usize) << 3), 8)
    else if (kind == CATEGORY) fill(values + ((from as usize) << 2), values + ((to as usize) << 2), 4)
    else if (isTrue(values, from - 1)) for (let row = from; row < to; row++) setTrue(column, row)
  }
}

function fill(from: usize, to: usize, valueBytes: usize): void {
  const above = from - valueBytes
  const value = valueBytes == 8 ? v128.load64_splat(above) : v128.load32_splat(above)
  for (; from < to; from += 16) v128.store(from, value)
}

function isTrue(bits: usize, row: i32): bool {
  return ((load<u8>(bits + (row >> 3)) >> ((row & 7) as u8)) & 1) != 0
}
