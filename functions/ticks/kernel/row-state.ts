/** The state of the current row: what its cells report to the loop over the rows. */

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
