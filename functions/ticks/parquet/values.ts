import { bytesOf, type Encoder } from '../kernel.ts'
import { KIND } from '../kernel-constants.ts'
import { type Column, type GroupLayout, PAGE_ROWS } from '../layout.ts'
import { ENCODING, type Encoding, type Range } from './metadata.ts'

/** Texts longer than this are left out of statistics. */
const MAX_STATISTIC_BYTES = 256

/** The entries of each column's dictionary in the row group before, by name: about as many as the next has. */
export type EntriesBefore = Map<string, number>

/** A column of a row group: `validity` is 0 where all rows have a value, and `count` is how many have. */
export interface ColumnRows {
  readonly kernel: Encoder
  readonly layout: GroupLayout
  readonly column: Column
  readonly rows: number
  readonly validity: number
  readonly count: number
  readonly entriesBefore: EntriesBefore
}

/** The values of a column without its nulls, in the kernel's memory, and how they are to be written. */
export interface Prepared {
  readonly encoding: Encoding
  /** Complete once all pages are written. */
  readonly range: Range | undefined
  readonly dictionary: (() => { end: number; entries: number }) | undefined
  /** Writes `count` values from the `first` one on, those of the page that begins at `row`; returns the address after. */
  readonly write: (first: number, count: number, out: number, row: number) => number
  readonly pageRange?: (first: number, count: number) => Range
}

/** Chooses a column's encoding and finds the range of its values, in one pass. */
export function prepare(of: ColumnRows): Prepared {
  if (of.count === 0)
    return {
      encoding: ENCODING.PLAIN,
      range: undefined,
      dictionary: undefined,
      write: (_first, _count, out) => out,
    }
  switch (of.column.kind) {
    case KIND.TIME:
      return prepareTimes(of)
    case KIND.DOUBLE:
      return prepareDoubles(of)
    case KIND.BOOLEAN:
      return prepareBooleans(of)
    case KIND.CATEGORY:
      return prepareCategories(of)
    default:
      return prepareTexts(of)
  }
}

/** The address of the column's 8-byte values without gaps for nulls. */
function gather64({ kernel, layout, column, rows, validity }: ColumnRows): number {
  if (validity === 0) return column.values
  kernel.gather64(column.values, validity, rows, layout.scratch.gathered)
  return layout.scratch.gathered
}

function prepareTimes(of: ColumnRows): Prepared {
  const { kernel } = of
  const values = gather64(of)
  let smallest = 2n ** 63n - 1n
  let largest = -(2n ** 63n)
  return {
    encoding: ENCODING.DELTA_BINARY_PACKED,
    get range() {
      return { min: int64(smallest), max: int64(largest) }
    },
    dictionary: undefined,
    write: (first, n, out) => kernel.writeDeltaBinaryPacked(values + first * 8, n, out),
    pageRange(first, n) {
      kernel.integerRange(values + first * 8, n)
      const { value: min } = kernel.smallestInteger
      const { value: max } = kernel.largestInteger
      if (min < smallest) smallest = min
      if (max > largest) largest = max
      return { min: int64(min), max: int64(max) }
    },
  }
}

function prepareDoubles(of: ColumnRows): Prepared {
  const { kernel, layout, column, count, entriesBefore } = of
  const { table, codes, dictionary, page } = layout.scratch
  const values = gather64(of)
  const expected = entriesBefore.get(column.name) ?? 0
  const distinct = kernel.buildDictionary(values, count, table, codes, dictionary, expected)
  entriesBefore.set(column.name, Math.max(0, distinct))
  if (distinct < 0) {
    const write = (first: number, n: number, out: number) => copy(kernel, values + first * 8, n * 8, out)
    return { encoding: ENCODING.PLAIN, range: doubleRange(kernel, values, count), dictionary: undefined, write }
  }
  const width = kernel.bitWidth(distinct - 1)
  let ranks = 0
  return {
    encoding: ENCODING.RLE_DICTIONARY,
    range: doubleRange(kernel, dictionary, distinct),
    dictionary() {
      // Codes of one byte take as much room in any order.
      if (width === 16) ranks = kernel.sortDictionary(dictionary, distinct, table, page)
      else copy(kernel, dictionary, distinct * 8, page)
      return { end: page + distinct * 8, entries: distinct }
    },
    write: (first, n, out) => writeCodes(kernel, codes + first * 4, n, width, ranks, out),
  }
}

function prepareBooleans({ kernel, column, rows, validity, count }: ColumnRows): Prepared {
  const bits = column.values
  // A boolean without a value has its bit at 0, so the bits can be counted as they are.
  const trues = kernel.countValues(bits, 0, rows)
  const range = { min: Uint8Array.of(trues === count ? 1 : 0), max: Uint8Array.of(trues > 0 ? 1 : 0) }
  const write = (_first: number, _n: number, out: number, row: number) =>
    kernel.writeBooleans(bits, validity, row, Math.min(rows, row + PAGE_ROWS), out)
  return { encoding: ENCODING.PLAIN, range, dictionary: undefined, write }
}

function prepareCategories({ kernel, layout, column, rows, validity, count }: ColumnRows): Prepared {
  const { codes: gathered, page } = layout.scratch
  if (validity !== 0) kernel.gather32(column.values, validity, rows, gathered)
  const codes = validity === 0 ? column.values : gathered
  // An undone row may have left texts that no row uses. Codes count up, so these are the last ones.
  const entries = kernel.largestCode(codes, count) + 1
  const width = kernel.bitWidth(entries - 1)
  return {
    encoding: ENCODING.RLE_DICTIONARY,
    range: textRange(kernel, column.offsets, column.data, entries),
    dictionary: () => ({ end: kernel.writeTexts(column.offsets, column.data, entries, page), entries }),
    write: (first, n, out) => writeCodes(kernel, codes + first * 4, n, width, 0, out),
  }
}

function prepareTexts({ kernel, layout, column, rows, validity, count }: ColumnRows): Prepared {
  const { gathered, lengths } = layout.scratch
  if (validity !== 0) kernel.gatherOffsets(column.values, validity, rows, gathered)
  const offsets = validity === 0 ? column.values : gathered
  return {
    encoding: ENCODING.DELTA_BYTE_ARRAY,
    range: textRange(kernel, offsets, column.data, count),
    dictionary: undefined,
    write: (first, n, out) => kernel.writeDeltaByteArray(offsets + first * 4, column.data, n, lengths, out),
  }
}

/** Dictionary codes of a data page: their bit width in one byte, then the hybrid. */
function writeCodes(kernel: Encoder, codes: number, count: number, width: number, ranks: number, out: number): number {
  new Uint8Array(kernel.memory.buffer)[out] = width
  return kernel.writeHybrid(codes, count, width, ranks, out + 1)
}

function copy(kernel: Encoder, from: number, bytes: number, to: number): number {
  const memory = bytesOf(kernel.memory)
  memory.copy(memory, to, from, from + bytes)
  return to + bytes
}

/** Zeros are widened to −0 and +0, as the specification asks of statistics. */
function doubleRange(kernel: Encoder, values: number, count: number): Range {
  kernel.doubleRange(values, count)
  const smallest = kernel.smallestDouble.value
  const largest = kernel.largestDouble.value
  return { min: double(smallest === 0 ? -0 : smallest), max: double(largest === 0 ? 0 : largest) }
}

function textRange(kernel: Encoder, offsets: number, data: number, count: number): Range | undefined {
  kernel.textRange(offsets, data, count)
  const ends = new Int32Array(kernel.memory.buffer, offsets, count + 1)
  const text = (i: number) => view(kernel, data + ends[i]!, data + ends[i + 1]!).slice()
  const min = text(kernel.firstText.value)
  const max = text(kernel.lastText.value)
  return min.length > MAX_STATISTIC_BYTES || max.length > MAX_STATISTIC_BYTES ? undefined : { min, max }
}

/** A part of the kernel's memory; holds until the kernel writes there. */
export function view(kernel: Encoder, from: number, to: number): Uint8Array {
  return new Uint8Array(kernel.memory.buffer, from, to - from)
}

function int64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

function double(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
