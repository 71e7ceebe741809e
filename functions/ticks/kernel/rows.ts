/** CSV rows (https://www.rfc-editor.org/rfc/rfc4180) → the columns of the row group. */
import { beginNumbers, firstNumber, manyNumbers, parseNumbers } from './above'
import { booleanCell, categoryCell, Numbers, textCell, timeCell } from './cells'
import {
  BOOLEAN,
  CATEGORY,
  columnCount,
  columns,
  DESCRIPTOR_BYTES,
  DOUBLE,
  KIND,
  maxRows,
  rowCount,
  setRowCount,
  TIME,
  undoRow,
} from './columns'
import {
  beginPrefix,
  beginTimes,
  fillNames,
  fillTimes,
  keepNames,
  keepTimes,
  nameBytes,
  namesEnd,
  prefix,
  prefixEnd,
  timeBytes,
} from './prefix'
import {
  BAD_LINE_END,
  beginText,
  CUT,
  FULL,
  failed,
  oddCells,
  quotedNewlines,
  setQuotedNewlines,
  status,
  stop,
  TOO_MANY_CELLS,
  tooFewCells,
} from './row-state'
import { COMMA, equal, NEWLINE, RETURN } from './text'

/** Only methods can ask to be inlined. */
class Rows {
  /** One row; returns where the next begins, or 0 with `status` set. */
  @inline
  static parseRow(start: usize, row: i32, lastColumn: usize): usize {
    let p = start
    let column = columns
    // The column at which the next part of the row's beginning ends.
    let until = namesEnd
    if (timeBytes != 0 && equal(prefix, p, nameBytes + timeBytes)) {
      p += (nameBytes + timeBytes) as usize
      column = prefixEnd
      until = 0
    } else if (nameBytes != 0 && equal(prefix, p, nameBytes)) {
      p += nameBytes as usize
      beginTimes(p)
      column = namesEnd
      until = prefixEnd
      fillTimes(row)
    } else {
      fillNames(row)
      fillTimes(row)
    }
    const odd = oddCells
    while (column != firstNumber) {
      const cell = p
      switch (load<u32>(column, KIND)) {
        case TIME:
          p = timeCell(column, p, row)
          break
        case DOUBLE:
          p = Numbers.doubleCell(column, p, row)
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
      if (load<u8>(p) != COMMA) return tooFewCells(p, cell, column)
      p++
      column += DESCRIPTOR_BYTES
      if (column == until) {
        if (until == namesEnd) keepNames(start, p, odd)
        if (column == prefixEnd) keepTimes(p, odd)
        until = until == namesEnd ? prefixEnd : 0
      }
    }
    if (column == firstNumber) {
      p = manyNumbers ? parseNumbers(p, row, lastColumn) : Rows.fewNumbers(p, row, lastColumn)
      if (p == 0) return 0
      column = lastColumn
    }
    const byte = load<u8>(p)
    if (byte == NEWLINE) return p + 1
    if (byte == RETURN && load<u8>(p, 1) == NEWLINE) return p + 2
    return byte == RETURN ? failed(BAD_LINE_END, p, column) : failed(TOO_MANY_CELLS, p, column)
  }

  /** The numbers up to the row's end; returns where the last one ends, or 0 with `status` set. */
  @inline
  static fewNumbers(start: usize, row: i32, lastColumn: usize): usize {
    let p = start
    let column = firstNumber
    while (true) {
      const cell = p
      p = Numbers.doubleCell(column, p, row)
      if (p == 0) return failed(status, cell, column)
      if (column == lastColumn) return p
      if (load<u8>(p) != COMMA) return tooFewCells(p, cell, column)
      p++
      column += DESCRIPTOR_BYTES
    }
  }
}

/**
 * Parses whole rows from `start`. The text up to `end` must end with a newline; 16 bytes after it are readable.
 * @returns the address of the first row that was not parsed; `status` says why
 */
export function parseRows(start: usize, end: usize): usize {
  const lastColumn = columns + ((columnCount - 1) as usize) * DESCRIPTOR_BYTES
  let row = rowCount
  beginPrefix(lastColumn, row)
  beginNumbers(lastColumn)
  beginText(end)
  let p = start
  while (p < end) {
    if (row == maxRows) {
      stop(FULL)
      break
    }
    const rowStart = p
    const newlinesBefore = quotedNewlines
    p = Rows.parseRow(p, row, lastColumn)
    if (p == 0) {
      undoRow(row)
      if (status == FULL || status == CUT) setQuotedNewlines(newlinesBefore)
      p = rowStart
      break
    }
    row++
  }
  fillNames(row)
  fillTimes(row)
  setRowCount(row)
  return p
}
