import { fieldIds } from '../field-ids.ts'
import { KIND, type Kind } from '../kernel-constants.ts'
import type { ColumnType } from '../layout.ts'
import { ThriftWriter } from './thrift.ts'

/**
 * Parquet's metadata structs (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift);
 * the numbers are its field ids and enum values.
 */

export const ENCODING = { PLAIN: 0, RLE: 3, DELTA_BINARY_PACKED: 5, DELTA_BYTE_ARRAY: 7, RLE_DICTIONARY: 8 } as const
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING]

const PHYSICAL = { BOOLEAN: 0, INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const
const PHYSICAL_TYPE: Readonly<Record<Kind, number>> = {
  [KIND.TIME]: PHYSICAL.INT64,
  [KIND.DOUBLE]: PHYSICAL.DOUBLE,
  [KIND.BOOLEAN]: PHYSICAL.BOOLEAN,
  [KIND.CATEGORY]: PHYSICAL.BYTE_ARRAY,
  [KIND.TEXT]: PHYSICAL.BYTE_ARRAY,
}
const PAGE = { DATA: 0, DICTIONARY: 2 } as const
const CONVERTED = { UTF8: 0, TIMESTAMP_MICROS: 10 } as const
const OPTIONAL = 1
const UNORDERED = 0
const ZSTD = 6

/** Smallest and largest value as PLAIN bytes; absent where a column has no value, or texts too long to repeat. */
export interface Range {
  readonly min: Uint8Array
  readonly max: Uint8Array
}

/** A page as it stands in the file. */
export interface Page {
  readonly offset: number
  /** Header included. */
  readonly bytes: number
  readonly firstRow: number
  readonly nulls: number
  readonly range: Range | undefined
}

/** A column chunk as it stands in the file, dictionary page first. */
export interface Chunk extends ColumnType {
  readonly encodings: readonly Encoding[]
  readonly values: number
  readonly nulls: number
  readonly plainBytes: number
  readonly storedBytes: number
  readonly dictionaryOffset: number | undefined
  readonly pages: readonly Page[]
  readonly range: Range | undefined
}

/** @param crc CRC-32 of the compressed page */
export function dataPageHeader(
  values: number,
  encoding: Encoding,
  plainBytes: number,
  storedBytes: number,
  crc: number,
) {
  return pageHeader(PAGE.DATA, plainBytes, storedBytes, crc)
    .struct(5, header => header.i32(1, values).i32(2, encoding).i32(3, ENCODING.RLE).i32(4, ENCODING.RLE))
    .finish()
}

export function dictionaryPageHeader(values: number, plainBytes: number, storedBytes: number, crc: number) {
  return pageHeader(PAGE.DICTIONARY, plainBytes, storedBytes, crc)
    .struct(7, header => header.i32(1, values).i32(2, ENCODING.PLAIN).bool(3, false))
    .finish()
}

function pageHeader(type: number, plainBytes: number, storedBytes: number, crc: number) {
  return new ThriftWriter()
    .i32(1, type)
    .i32(2, plainBytes)
    .i32(3, storedBytes)
    .i32(4, crc | 0)
}

/** ColumnMetaData; the ColumnChunk around it also says where the page indexes are. */
export function columnMetadata(chunk: Chunk): Buffer {
  const writer = new ThriftWriter()
    .i32(1, PHYSICAL_TYPE[chunk.kind])
    .i32s(2, chunk.encodings)
    .binaries(3, [chunk.name])
    .i32(4, ZSTD)
    .i64(5, chunk.values)
    .i64(6, chunk.plainBytes)
    .i64(7, chunk.storedBytes)
    .i64(9, chunk.pages[0]!.offset)
  if (chunk.dictionaryOffset !== undefined) writer.i64(11, chunk.dictionaryOffset)
  writer.struct(12, statistics => {
    statistics.i64(3, chunk.nulls)
    if (chunk.range) statistics.binary(5, chunk.range.max).binary(6, chunk.range.min)
  })
  return writer.finish()
}

/** Where the pages are (https://parquet.apache.org/docs/file-format/pageindex/). */
export function offsetIndex(pages: readonly Page[]): Buffer {
  return new ThriftWriter()
    .structs(1, pages, (location, page) => location.i64(1, page.offset).i32(2, page.bytes).i64(3, page.firstRow))
    .finish()
}

/**
 * The ranges of the pages. Undefined where a page has no range: the format allows that for a page of nulls only, but some
 * readers do not support it.
 */
export function columnIndex(pages: readonly Page[]): Buffer | undefined {
  const ranges = pages.flatMap(page => page.range ?? [])
  if (ranges.length < pages.length) return undefined
  return new ThriftWriter()
    .bools(
      1,
      pages.map(() => false),
    )
    .binaries(
      2,
      ranges.map(range => range.min),
    )
    .binaries(
      3,
      ranges.map(range => range.max),
    )
    .i32(4, UNORDERED)
    .i64s(
      5,
      pages.map(page => page.nulls),
    )
    .finish()
}

export interface IndexPlaces {
  readonly offsetIndex: { readonly offset: number; readonly bytes: number }
  readonly columnIndex: { readonly offset: number; readonly bytes: number } | undefined
}

/** @param metadata of `columnMetadata` */
export function columnChunk(metadata: Uint8Array, places: IndexPlaces): Buffer {
  const writer = new ThriftWriter().i64(2, 0).writtenStruct(3, metadata)
  writer.i64(4, places.offsetIndex.offset).i32(5, places.offsetIndex.bytes)
  if (places.columnIndex) writer.i64(6, places.columnIndex.offset).i32(7, places.columnIndex.bytes)
  return writer.finish()
}

export interface GroupMetadata {
  readonly rows: number
  readonly plainBytes: number
  readonly storedBytes: number
  readonly offset: number
  /** The column that the rows are in ascending order of, if they are. */
  readonly sortedBy: number | undefined
}

export function rowGroup(group: GroupMetadata, chunks: readonly Uint8Array[], ordinal: number): Buffer {
  const writer = new ThriftWriter().written(1, chunks).i64(2, group.plainBytes).i64(3, group.rows)
  if (group.sortedBy !== undefined)
    writer.structs(4, [group.sortedBy], (sorting, column) => sorting.i32(1, column).bool(2, false).bool(3, true))
  writer.i64(5, group.offset).i64(6, group.storedBytes)
  if (ordinal < 32_768) writer.i16(7, ordinal)
  return writer.finish()
}

/** FileMetaData in consecutive parts; most of it are the row groups. */
export function fileMetadata(
  columns: readonly ColumnType[],
  rows: number,
  groups: readonly Uint8Array[],
  keyValues: Readonly<Record<string, string>>,
): Uint8Array[] {
  const ids = fieldIds(columns)
  const elements = [undefined, ...columns.map((column, c) => ({ ...column, id: ids[c]! }))]
  const writer = new ThriftWriter()
    .i32(1, 2)
    .structs(2, elements, (element, column) => {
      if (column) schemaElement(element, column)
      else element.binary(4, 'schema').i32(5, columns.length)
    })
    .i64(3, rows)
    .beginStructs(4, groups.length)
  const head = writer.take()
  const tail = writer
    .structs(5, Object.entries(keyValues), (pair, [key, value]) => pair.binary(1, key).binary(2, value))
    .binary(6, CREATED_BY)
    .structs(7, columns, order => order.struct(1, () => {}))
    .finish()
  return [head, ...groups, tail]
}

/**
 * The version of the converter, a whole number that only increases. It goes up whenever the same source gives other
 * bytes than before, and is a part of every file's bytes.
 */
export const CONVERTER_VERSION = 3
const APPLICATION = 'market-data-tick-handler'
const CREATED_BY = `${APPLICATION} version ${CONVERTER_VERSION}.0.0`

/** The converter version in a file's `created_by`, or undefined where another program wrote the file. */
export function converterVersionOf(createdBy: string | undefined): number | undefined {
  const [, application, version] = /^(.+) version (\d+)\.\d+\.\d+$/.exec(createdBy ?? '') ?? []
  return application === APPLICATION ? Number(version) : undefined
}

function schemaElement(element: ThriftWriter, { name, kind, id }: ColumnType & { readonly id: number }): void {
  element.i32(1, PHYSICAL_TYPE[kind]).i32(3, OPTIONAL).binary(4, name)
  if (kind === KIND.TIME) element.i32(6, CONVERTED.TIMESTAMP_MICROS)
  else if (PHYSICAL_TYPE[kind] === PHYSICAL.BYTE_ARRAY) element.i32(6, CONVERTED.UTF8)
  element.i32(9, id)
  if (kind === KIND.TIME)
    element.struct(10, logical =>
      logical.struct(8, timestamp => timestamp.bool(1, true).struct(2, unit => unit.struct(2, () => {}))),
    )
  else if (PHYSICAL_TYPE[kind] === PHYSICAL.BYTE_ARRAY) element.struct(10, logical => logical.struct(1, () => {}))
}
