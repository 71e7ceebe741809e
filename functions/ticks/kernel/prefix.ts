/**
 * Rows begin like the row above: nearly all with venue and symbol, and in a burst with times and side as well. What is
 * alike to the byte has the same values, which are written for all such rows at once, before a row that differs. A
 * beginning with nulls or quotes is not kept.
 */
import { CATEGORY, columns, DESCRIPTOR_BYTES, DOUBLE, KIND, setTrue, TEXT, TIME, VALUES } from './columns'
import { oddCells } from './row-state'

/** The text of the leading categories, commas included, and behind it that of the times and such that follow. */
export let prefix: usize = 0
export let nameBytes: u32 = 0
export let timeBytes: u32 = 0
/** The columns where each of the two ends. */
export let namesEnd: usize = 0
export let prefixEnd: usize = 0
/** Where the times of the row in hand begin. */
let timesStart: usize = 0
/** Rows before these have their names and times; those behind them, up to the row in hand, repeat the one before. */
let namesFilled: i32 = 0
let timesFilled: i32 = 0

/** Forgets the rows before `row`, and looks where the columns end that can be alike; the last column is never one. */
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
    // The names stand before the times in every row, so the last row's are as good as those kept.
    timeBytes = (end - timesStart) as u32
    prefix = timesStart - (nameBytes as usize)
  }
}

/** The row's times begin at `start`, its names being those of the row above. */
export function beginTimes(start: usize): void {
  timesStart = start
}

/** Writes the names of the rows before `row` that were alike; the row's own are parsed next. */
export function fillNames(row: i32): void {
  if (namesFilled < row) fillColumns(columns, namesEnd, namesFilled, row)
  namesFilled = row + 1
}

/** The same for the times. */
export function fillTimes(row: i32): void {
  if (timesFilled < row) fillColumns(namesEnd, prefixEnd, timesFilled, row)
  timesFilled = row + 1
}

/** Repeats the value before `from` up to `to`. Up to 16 bytes further are written, where no row has been yet. */
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
