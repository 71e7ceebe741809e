import { MalformedDataError } from './errors.ts'
import { hexBytes, quoteBytes } from './excerpt.ts'
import { STATUS } from './kernel-constants.ts'

export const LINE_END = 'a line end of LF or CRLF, not CR alone'

/** What the kernel expected where it stopped. */
const EXPECTED: Readonly<Record<number, string>> = {
  [STATUS.BAD_NUMBER]: 'a decimal number that a double can hold',
  [STATUS.BAD_TIME]: 'a whole number of microseconds',
  [STATUS.BAD_BOOLEAN]: 'true or false',
  [STATUS.TOO_FEW_CELLS]: 'a comma and the next column',
  [STATUS.TOO_MANY_CELLS]: 'the end of the row after its last column',
  [STATUS.BAD_QUOTES]: 'a comma or the end of the row after the closing quote',
  [STATUS.BAD_LINE_END]: LINE_END,
}

/** Where in a file something is wrong: `line` counts from 1, the header included. */
export interface Where {
  readonly line: number
  readonly column: string
}

/** @param cell the text from the bad cell on */
export function badCell(where: Where, status: number, cell: Uint8Array): MalformedDataError {
  return expected(where, cell, EXPECTED[status]!)
}

export function expected({ line, column }: Where, cell: Uint8Array, what: string): MalformedDataError {
  const found = quoteBytes(cell.subarray(0, endOfLine(cell)))
  return new MalformedDataError(`line ${line}, column ${column}: found ${found}, expected ${what}`, { line, column })
}

/**
 * @param cell the text from the beginning of the cell on
 * @param at where in it the first byte stands that is not UTF-8
 */
export function badUtf8({ line, column }: Where, cell: Uint8Array, at: number): MalformedDataError {
  const bytes = hexBytes(cell.subarray(at, endOfBadSequence(cell, at)))
  const before = at === 0 ? 'at the beginning of the text' : `after ${quoteBytes(textBefore(cell, at))}`
  return new MalformedDataError(`line ${line}, column ${column}: found the bytes ${bytes} ${before}, expected UTF-8`, {
    line,
    column,
  })
}

/** A row that is too long; where lines end in CR alone, all of them are one. */
export function tooLongRow(where: Where, row: Uint8Array, maxBytes: number): MalformedDataError {
  return expected(where, row, hasLoneReturn(row) ? LINE_END : `a row of at most ${maxBytes} bytes`)
}

/** @param line the first blank line */
export function blankLine(line: number): MalformedDataError {
  return new MalformedDataError(
    `line ${line}: found a blank line between rows, expected a row: only the end of a file may be blank lines`,
    { line },
  )
}

const NEWLINE = 10
const RETURN = 13

/** Whether a carriage return stands anywhere but before a newline or at the end. */
export function hasLoneReturn(text: Uint8Array): boolean {
  for (let at = text.indexOf(RETURN); at >= 0 && at < text.length - 1; at = text.indexOf(RETURN, at + 1))
    if (text[at + 1] !== NEWLINE) return true
  return false
}

function endOfLine(cell: Uint8Array): number {
  const newline = cell.indexOf(NEWLINE)
  const end = newline < 0 ? cell.length : newline
  return cell[end - 1] === RETURN ? end - 1 : end
}

/** The byte at `at`, and up to three that could have gone on with it. */
function endOfBadSequence(cell: Uint8Array, at: number): number {
  let end = at + 1
  while (end < at + 4 && (cell[end]! & 0xc0) === 0x80) end++
  return end
}

/** The last characters before `at`, which are whole. */
function textBefore(cell: Uint8Array, at: number): Uint8Array {
  let start = Math.max(0, at - CONTEXT_BYTES)
  while ((cell[start]! & 0xc0) === 0x80) start++
  return cell.subarray(start, at)
}

const CONTEXT_BYTES = 40
