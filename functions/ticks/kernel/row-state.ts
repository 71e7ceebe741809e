/** The state of the current row: what its cells report to the loop over the rows. */
import { columns, DESCRIPTOR_BYTES } from './columns'
import { NEWLINE, RETURN } from './text'

/** Why `parseRows` stopped. */
export const DONE: i32 = 0
/** The row group has no room for the next row. */
export const FULL: i32 = 1
/** The last row is not complete: a quoted cell has not ended. */
export const CUT: i32 = 2
export const BAD_NUMBER: i32 = 3
export const BAD_TIME: i32 = 4
export const BAD_BOOLEAN: i32 = 5
export const TOO_FEW_CELLS: i32 = 6
export const TOO_MANY_CELLS: i32 = 7
export const BAD_QUOTES: i32 = 8
/** A text that is not UTF-8. */
export const BAD_UTF8: i32 = 9
/** A carriage return without a newline behind it. */
export const BAD_LINE_END: i32 = 10

export let status: i32 = DONE
/** Cells so far that had no value or stood in quotes. */
export let oddCells: i32 = 0
/** Newlines inside quoted cells so far; line numbers count them, row numbers do not. */
export let quotedNewlines: i32 = 0
/** The end of the current text. */
export let textEnd: usize = 0
/** Where quoted cells are written without their quotes. */
export let scratch: usize = 0

export function setScratch(address: usize): void {
  scratch = address
  quotedNewlines = 0
}

export function beginText(end: usize): void {
  textEnd = end
  status = DONE
}

/** The address of the bad cell, and its column. */
export let badCell: usize = 0
export let badColumn: i32 = 0

/** Stops the row at a bad cell. Returns 0. */
export function failed(why: i32, cell: usize, column: usize): usize {
  badCell = cell
  badColumn = ((column - columns) / DESCRIPTOR_BYTES) as i32
  return stop(why)
}

/** The same where the row has more columns and the cell ends at `p` without a comma. */
export function tooFewCells(p: usize, cell: usize, column: usize): usize {
  return failed(isLoneReturn(p) ? BAD_LINE_END : TOO_FEW_CELLS, cell, column)
}

function isLoneReturn(p: usize): bool {
  return load<u8>(p) == RETURN && load<u8>(p, 1) != NEWLINE
}

/** Stops the row. Returns 0, which the cell returns in turn. */
export function stop(why: i32): usize {
  status = why
  return 0
}

/** The same, but keeps a status that is set already. */
export function stopUnlessStopped(why: i32): usize {
  if (status == DONE) status = why
  return 0
}

export function countOddCell(): void {
  oddCells++
}

export function setQuotedNewlines(count: i32): void {
  quotedNewlines = count
}
