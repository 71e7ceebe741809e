/**
 * Rows begin like the row above: nearly all with venue and symbol, and in a burst with times and side as well. What is
 * alike to the byte has the same values. A beginning with nulls or quotes is not kept.
 */
import { CATEGORY, columns, DESCRIPTOR_BYTES, DOUBLE, KIND, TEXT, TIME, VALUES } from './columns'
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

/** Forgets the row above, and looks where the columns end that can be alike; the last column is never one of them. */
export function beginPrefix(lastColumn: usize): void {
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

/** Gives the row the names of the row above; its times begin at `after`. */
export function repeatNames(row: i32, after: usize): void {
  timesStart = after
  for (let column = columns; column != namesEnd; column += DESCRIPTOR_BYTES) {
    const address = load<usize>(column, VALUES) + ((row as usize) << 2)
    store<u32>(address, load<u32>(address - 4))
  }
}

export function repeatTimes(row: i32): void {
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
