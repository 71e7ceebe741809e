/**
 * The fast way for rows that end in many numbers. A book's rows differ in few levels from the row above, so cells are
 * compared with those above them, several at a time, and only the others are parsed: equal text has an equal value.
 */
import { Numbers } from './cells'
import { columns, DESCRIPTOR_BYTES, DOUBLE, KIND, VALUES } from './columns'
import { failed, oddCells, status, tooFewCells } from './row-state'
import { COMMA } from './text'

/** Sixteen bytes each. A constant in memory takes one instruction instead of three. */
const NEWLINES: usize = memory.data(16, 16)
memory.fill(NEWLINES, 0x0a, 16)
const COMMAS: usize = memory.data(16, 16)
memory.fill(COMMAS, 0x2c, 16)

/** With fewer columns, comparing takes longer than it saves. */
const MIN_COLUMNS: usize = 8

/** The first of the columns that hold numbers up to a row's end; behind the last column where the last one holds none. */
export let firstNumber: usize = 0
/** Whether these are so many that they are compared with those above. */
export let manyNumbers: bool = false
/** Where these cells begin in the row above, or 0 where that row has none, or nulls or quotes among them. */
let numbersAbove: usize = 0

/** Finds the columns. The next row has no row above. */
export function beginNumbers(lastColumn: usize): void {
  numbersAbove = 0
  const end = lastColumn + DESCRIPTOR_BYTES
  firstNumber = end
  while (firstNumber != columns && load<u32>(firstNumber - DESCRIPTOR_BYTES, KIND) == DOUBLE)
    firstNumber -= DESCRIPTOR_BYTES
  manyNumbers = end - firstNumber >= MIN_COLUMNS * DESCRIPTOR_BYTES
}

/** Parses the row's cells from `firstNumber` on; returns where the last one ends, or 0 with `status` set. */
export function parseNumbers(start: usize, row: i32, lastColumn: usize): usize {
  const odd = oddCells
  let column = firstNumber
  let p = start
  let above = numbersAbove
  while (true) {
    if (above != 0) {
      const commas = equalCells(p, above)
      if (commas != 0) {
        const bytes = (32 - clz(commas)) as usize
        p += bytes
        above += bytes
        column = repeatNumbers(column, column + (popcnt(commas) as usize) * DESCRIPTOR_BYTES, row)
        continue
      }
    }
    const cell = p
    p = Numbers.doubleCell(column, p, row)
    if (p == 0) return failed(status, cell, column)
    if (column == lastColumn) break
    if (load<u8>(p) != COMMA) return tooFewCells(p, cell, column)
    p++
    if (above != 0) above = nextCell(above)
    column += DESCRIPTOR_BYTES
  }
  numbersAbove = odd == oddCells ? start : 0
  return p
}

/** Gives a row the numbers of the row above, in one column at least; returns the column behind them. */
function repeatNumbers(column: usize, end: usize, row: i32): usize {
  const offset = (row as usize) << 3
  do {
    const value = load<usize>(column, VALUES) + offset
    store<u64>(value, load<u64>(value - 8))
    column += DESCRIPTOR_BYTES
  } while (column != end)
  return end
}

/** Returns where the next cell begins. The numbers of the row have no quotes. */
function nextCell(p: usize): usize {
  while (true) {
    const commas = commasOf(v128.load(p))
    if (commas != 0) return p + (ctz(commas) as usize) + 1
    p += 16
  }
}

/** Which of the next 32 bytes are commas that end a cell equal to the one above, one bit each. */
function equalCells(p: usize, above: usize): u32 {
  const first = v128.load(p)
  const second = v128.load(p, 16)
  const same = sameAs(first, v128.load(above)) | (sameAs(second, v128.load(above, 16)) << 16)
  // Only the bits below the first 0 of `same` count.
  return (commasOf(first) | (commasOf(second) << 16)) & same & ~(same + 1)
}

/** The bytes that equal those above, but for line ends. */
function sameAs(bytes: v128, above: v128): u32 {
  return i8x16.bitmask(v128.and(i8x16.eq(bytes, above), i8x16.gt_s(bytes, v128.load(NEWLINES))))
}

function commasOf(bytes: v128): u32 {
  return i8x16.bitmask(i8x16.eq(bytes, v128.load(COMMAS)))
}
