import { MalformedDataError } from './errors.ts'
import { type Kernel, MAX_KERNEL_BYTES, type Memory } from './kernel.ts'
import { FIELD, KIND, type Kind } from './kernel-constants.ts'

export interface ColumnType {
  readonly name: string
  readonly kind: Kind
}

/** A column of the row group in the kernel's memory: Arrow's buffers, by address. */
export interface Column extends ColumnType {
  /** TIME i64, DOUBLE f64, BOOLEAN bits, CATEGORY i32 codes, TEXT i32 offsets (one more than rows). */
  readonly values: number
  /** One bit a row: 1 where there is a value. */
  readonly validity: number
  /** The bytes of TEXT, or of CATEGORY's distinct texts, which lie between consecutive `offsets`. */
  readonly data: number
  readonly offsets: number
}

/** Everything that a conversion keeps, by address; the sizes depend on the columns and on `Sizes` alone. */
export interface Layout {
  readonly input: number
  readonly inputBytes: number
  readonly window: number
  readonly windowEnd: number
  /** The places for row groups: one, or two so that one can be encoded while the other is filled. */
  readonly groups: readonly GroupLayout[]
  readonly maxRows: number
  /** What the kernel's memory must hold in all. */
  readonly totalBytes: number
}

/** The memory of one row group. All row groups share the encoder's scratch. */
export interface GroupLayout {
  /** The address of the column descriptors, which tell the kernel where each column's buffers are. */
  readonly descriptors: number
  readonly columns: readonly Column[]
  readonly scratch: Scratch
}

/** A row group that is filled. */
export interface GroupRows {
  readonly layout: GroupLayout
  readonly rows: number
}

/** The areas that the Parquet encoders work in. */
export interface Scratch {
  readonly table: number
  readonly dictionary: number
  readonly codes: number
  readonly gathered: number
  readonly lengths: number
  readonly page: number
}

export interface Sizes {
  /** The most rows in a row group, and the most bytes of their fixed-width values. */
  readonly groupRows: number
  readonly groupBytes: number
  /** The most bytes of one text column in a row group; where there are many, they share twice as much. */
  readonly textBytes: number
}

/** 122,880 rows is what DuckDB reads at a time; 16 MiB hold 91,136 of a five-level book. */
export const SMALL: Sizes = { groupRows: 122_880, groupBytes: 16 << 20, textBytes: 4 << 20 }
export const LARGE: Sizes = { groupRows: 1_048_576, groupBytes: 128 << 20, textBytes: 32 << 20 }

/** Rows to a data page: a multiple of 8, so that bitmaps can be copied; readers skip by pages. */
export const PAGE_ROWS = 40_960
/** The longest row, in bytes. */
export const MAX_ROW_BYTES = 1 << 20
/** How much text is inflated at a time; the processor's second-level cache holds it. */
export const TEXT_BYTES = 256 << 10
/** What DEFLATE may refer back to (https://www.rfc-editor.org/rfc/rfc1951). */
export const HISTORY_BYTES = 32 << 10
/** The kernel reads and writes up to 16 bytes past an area's end, and inflate writes up to 64. */
const SLACK_BYTES = 128
const INPUT_BYTES = 64 << 10
const MAX_CATEGORIES = 65_536
const CATEGORY_BYTES = 1 << 20

/**
 * Lays a dataset's columns out behind the kernel's own memory, grows the memory to it and begins the first row group.
 * Where `groupCount` row groups do not fit, there is room for one.
 * @throws MalformedDataError where even that does not fit
 */
export function layOut(kernel: Kernel, columns: readonly ColumnType[], sizes: Sizes, groupCount: 1 | 2 = 1): Layout {
  let end = kernel.heapBase()
  const area = (bytes: number) => {
    const start = Math.ceil(end / 64) * 64
    end = start + bytes + SLACK_BYTES
    return start
  }
  const kinds = columns.map(column => column.kind)
  const maxRows = rowsThatFit(kinds, sizes)
  const textBytes = bytesOfText(kinds, sizes)
  const descriptorBytes = kernel.DESCRIPTOR_BYTES.value
  const input = area(INPUT_BYTES)
  const window = area(HISTORY_BYTES + MAX_ROW_BYTES + TEXT_BYTES)
  const windowEnd = window + HISTORY_BYTES + MAX_ROW_BYTES + TEXT_BYTES
  const quoted = area(MAX_ROW_BYTES + HISTORY_BYTES + TEXT_BYTES)
  const scratch = layOutScratch(kernel, kinds, maxRows, textBytes, area)
  const filled = Array.from({ length: groupCount }, () => ({
    descriptors: area(descriptorBytes * kinds.length),
    columns: columns.map(column => layOutColumn(column, maxRows, textBytes, area)),
  }))
  if (end > MAX_KERNEL_BYTES) {
    if (groupCount === 2) return layOut(kernel, columns, sizes, 1)
    throw new MalformedDataError(
      `line 1: found ${columns.length} columns, expected as many as ${MAX_KERNEL_BYTES >> 20} MiB have room for`,
      { line: 1 },
    )
  }
  growTo(kernel.memory, end)
  const view = new DataView(kernel.memory.buffer)
  for (const { descriptors, columns } of filled)
    for (const [c, { descriptor }] of columns.entries())
      for (const [offset, value] of descriptor) view.setUint32(descriptors + c * descriptorBytes + offset, value, true)
  const groups = filled.map(({ descriptors, columns }) => ({
    descriptors,
    columns: columns.map(c => c.column),
    scratch,
  }))
  const layout = { input, inputBytes: INPUT_BYTES, window, windowEnd, groups, maxRows, totalBytes: end }
  kernel.setScratch(quoted)
  beginGroup(kernel, layout, groups[0]!)
  return layout
}

/** Makes the kernel fill this row group, from its first row on. */
export function beginGroup(kernel: Kernel, { maxRows }: Layout, { descriptors, columns }: GroupLayout): void {
  kernel.setColumns(descriptors, columns.length, maxRows)
}

function growTo(memory: Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
}

/** Bytes per row in a column's `values`. */
const VALUE_BYTES: Readonly<Record<Kind, number>> = {
  [KIND.TIME]: 8,
  [KIND.DOUBLE]: 8,
  [KIND.BOOLEAN]: 1 / 8,
  [KIND.CATEGORY]: 4,
  [KIND.TEXT]: 4,
}

function rowsThatFit(kinds: readonly Kind[], { groupRows, groupBytes }: Sizes): number {
  const rowBytes = kinds.reduce<number>((sum, kind) => sum + VALUE_BYTES[kind], 0)
  const rows = Math.min(groupRows, groupBytes / rowBytes)
  return Math.max(1024, Math.floor(rows / 1024) * 1024)
}

/** A header may name any number of columns that are new to us. Each has room for the longest row. */
function bytesOfText(kinds: readonly Kind[], { textBytes }: Sizes): number {
  const columns = kinds.filter(kind => kind === KIND.TEXT).length
  return Math.max(MAX_ROW_BYTES, Math.min(textBytes, Math.floor((textBytes * 2) / columns)))
}

type Area = (bytes: number) => number

function layOutColumn({ name, kind }: ColumnType, rows: number, textBytes: number, area: Area) {
  const values = area(Math.ceil((rows + 1) * VALUE_BYTES[kind]))
  const validity = area(Math.ceil(rows / 8))
  const descriptor: [number, number][] = [
    [FIELD.KIND, kind],
    [FIELD.VALUES, values],
    [FIELD.VALIDITY, validity],
  ]
  if (kind !== KIND.CATEGORY && kind !== KIND.TEXT)
    return { column: { name, kind, values, validity, data: 0, offsets: 0 }, descriptor }
  const capacity = kind === KIND.TEXT ? textBytes : CATEGORY_BYTES
  const data = area(capacity)
  descriptor.push([FIELD.DATA, data], [FIELD.DATA_CAPACITY, capacity])
  if (kind === KIND.TEXT) return { column: { name, kind, values, validity, data, offsets: values }, descriptor }
  const offsets = area((MAX_CATEGORIES + 1) * 4)
  descriptor.push([FIELD.OFFSETS, offsets], [FIELD.SLOTS, area(MAX_CATEGORIES * 2 * 4)])
  descriptor.push([FIELD.MAX_ENTRIES, MAX_CATEGORIES], [FIELD.HASHES, area(MAX_CATEGORIES * 4)])
  return { column: { name, kind, values, validity, data, offsets }, descriptor }
}

function layOutScratch(kernel: Kernel, kinds: readonly Kind[], rows: number, textBytes: number, area: Area): Scratch {
  const widestPage = PAGE_ROWS * 9
  const texts = kinds.includes(KIND.TEXT) ? textBytes + PAGE_ROWS * 18 : 0
  const categories = kinds.includes(KIND.CATEGORY) ? CATEGORY_BYTES + MAX_CATEGORIES * 4 : 0
  return {
    table: area(kernel.TABLE_BYTES.value),
    dictionary: area(kernel.MAX_DISTINCT.value * 8),
    codes: area(rows * 4),
    gathered: area((rows + 1) * 8),
    lengths: area(PAGE_ROWS * 16),
    page: area(Math.max(widestPage, texts, categories, kernel.MAX_DISTINCT.value * 8) + 4096),
  }
}
