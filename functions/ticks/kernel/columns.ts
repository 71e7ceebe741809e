/**
 * A row group in memory: one descriptor a column, and behind it exactly the buffers that Arrow asks for
 * (https://arrow.apache.org/docs/format/Columnar.html), so that a record batch is a view and nothing is copied.
 *
 * The host lays the buffers out and writes the descriptors (see `layout.ts`); the kernel fills them row by row.
 */

// What a column holds, and how its values lie in `values`.
/** Microseconds since 1970: i64. */
export const TIME: u32 = 0
/** A decimal number: f64. */
export const DOUBLE: u32 = 1
/** Bits, least significant first. */
export const BOOLEAN: u32 = 2
/** Text with few distinct values: i32 codes; the distinct texts in `data` between consecutive `offsets`. */
export const CATEGORY: u32 = 3
/** Any text: i32 offsets (one more than rows) into `data`. */
export const TEXT: u32 = 4

// Offsets of the fields of a descriptor, in bytes; all are u32.
export const KIND: usize = 0
export const VALUES: usize = 4
/** One bit a row, least significant first: 1 where there is a value. */
export const VALIDITY: usize = 8
export const DATA: usize = 12
export const DATA_CAPACITY: usize = 16
/** CATEGORY: i32 offsets of the distinct texts, one more than there are. */
export const OFFSETS: usize = 20
/** CATEGORY: the hash table: u32 code + 1, or 0 where free. */
export const SLOTS: usize = 24
/** CATEGORY: slots in use, less one; a power of two less one. */
export const SLOT_MASK: usize = 28
/** CATEGORY: distinct texts so far, and the maximum. */
export const ENTRIES: usize = 32
export const MAX_ENTRIES: usize = 36
/** CATEGORY: u32 hash of each distinct text. */
export const HASHES: usize = 40
/** CATEGORY: the code, address and length of the text seen last. */
export const LAST_CODE: usize = 44
export const LAST_TEXT: usize = 48
export const LAST_LENGTH: usize = 52
export const DESCRIPTOR_BYTES: usize = 64

/** The slots that a category's hash table starts with. */
const FIRST_SLOTS: u32 = 256

/** The columns of the row group being filled, set by `setColumns`. */
export let columns: usize = 0
export let columnCount: i32 = 0
/** Rows in the group so far, and the maximum. */
export let rowCount: i32 = 0
export let maxRows: i32 = 0

export function setColumns(address: usize, count: i32, rows: i32): void {
  columns = address
  columnCount = count
  maxRows = rows
  beginGroup()
}

export function setRowCount(rows: i32): void {
  rowCount = rows
}

/** Empties the row group: every row valid, every boolean false, every category without texts. */
export function beginGroup(): void {
  rowCount = 0
  const bitmapBytes = ((maxRows + 7) >> 3) as usize
  for (let c = 0; c < columnCount; c++) {
    const column = columns + (c as usize) * DESCRIPTOR_BYTES
    memory.fill(load<usize>(column, VALIDITY), 0xff, bitmapBytes)
    const kind = load<u32>(column, KIND)
    if (kind == BOOLEAN) memory.fill(load<usize>(column, VALUES), 0, bitmapBytes)
    else if (kind == TEXT) store<u32>(load<usize>(column, VALUES), 0)
    else if (kind == CATEGORY) emptyCategory(column)
  }
}

function emptyCategory(column: usize): void {
  store<u32>(column, 0, ENTRIES)
  store<u32>(column, FIRST_SLOTS - 1, SLOT_MASK)
  store<u32>(column, 0, LAST_LENGTH)
  store<u32>(load<usize>(column, OFFSETS), 0)
  memory.fill(load<usize>(column, SLOTS), 0, FIRST_SLOTS * 4)
}

/** Marks the row's cell as having no value. */
export function setNull(column: usize, row: i32): void {
  const address = load<usize>(column, VALIDITY) + ((row >> 3) as usize)
  store<u8>(address, load<u8>(address) & ~((1 as u8) << ((row & 7) as u8)))
}

/** Sets a boolean, which is false until then. */
export function setTrue(column: usize, row: i32): void {
  const address = load<usize>(column, VALUES) + ((row >> 3) as usize)
  store<u8>(address, load<u8>(address) | ((1 as u8) << ((row & 7) as u8)))
}

/** Undoes what an unfinished row wrote to bitmaps. Its values need no undoing: the next row overwrites them. */
export function undoRow(row: i32): void {
  const bit = (1 as u8) << ((row & 7) as u8)
  for (let c = 0; c < columnCount; c++) {
    const column = columns + (c as usize) * DESCRIPTOR_BYTES
    const validity = load<usize>(column, VALIDITY) + ((row >> 3) as usize)
    store<u8>(validity, load<u8>(validity) | bit)
    if (load<u32>(column, KIND) == BOOLEAN) {
      const values = load<usize>(column, VALUES) + ((row >> 3) as usize)
      store<u8>(values, load<u8>(values) & ~bit)
    }
  }
}
