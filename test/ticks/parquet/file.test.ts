import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type ColumnChunk, type FileMetaData, type RowGroup, readOffsetIndex } from 'hyparquet'
import { type OracleColumn, readText, type Value } from '../../support/csv-oracle.ts'
import { toParquet } from '../../support/dataset.ts'
import { hostileDatasets } from '../../support/hostile.ts'
import { hyparquetMetadata } from '../../support/readers/hyparquet.ts'
import { readThrift, walkPages } from '../../support/readers/parquet-pages.ts'
import { sampleOf } from '../../support/sample-text.ts'

const FIXTURES = new URL('../../fixtures/datasets/', import.meta.url)
/** Longer texts are left out of statistics. */
const LONGEST_STATISTIC = 256

const KEY_VALUES = { 'tick-handler': '{"ä":"€"}', other: 'x'.repeat(3000), empty: '' }

/** A row group's part of a column, and what the file says of it. */
interface Part {
  readonly column: OracleColumn
  readonly values: readonly Value[]
  readonly chunk: ColumnChunk
}

interface File {
  readonly parquet: Buffer
  readonly metadata: FileMetaData
  readonly groups: readonly { readonly group: RowGroup; readonly parts: readonly Part[] }[]
}

async function fileOf(text: string, dataType: string): Promise<File> {
  const options = { dataType, metadata: () => KEY_VALUES }
  const { parquet } = await toParquet(gzipSync(text, { level: 1 }), options)
  const metadata = hyparquetMetadata(parquet)
  const oracle = readText(text, dataType)
  let row = 0
  const groups = metadata.row_groups.map(group => {
    const from = row
    row += Number(group.num_rows)
    const parts = oracle.columns.map((column, c) => {
      return { column, values: column.values.slice(from, row), chunk: group.columns[c]! }
    })
    return { group, parts }
  })
  assert.equal(row, oracle.rows)
  return { parquet, metadata, groups }
}

function order(a: Value, b: Value): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

/** What statistics should say, or nothing where they should be silent. */
function expectedRange(values: readonly Value[]): { min: Value; max: Value } | undefined {
  const present = values.filter(value => value !== null)
  if (present.length === 0) return undefined
  const min = present.reduce((a, b) => (order(b, a) < 0 ? b : a))
  const max = present.reduce((a, b) => (order(b, a) > 0 ? b : a))
  const tooLong = [min, max].some(value => typeof value === 'string' && Buffer.byteLength(value) > LONGEST_STATISTIC)
  if (tooLong) return undefined
  // A zero may stand for either of its signs: https://github.com/apache/parquet-format, ColumnOrder
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }
}

function assertStatistics({ column, values, chunk }: Part): void {
  const { statistics, num_values, path_in_schema } = chunk.meta_data!
  assert.deepEqual(path_in_schema, [column.name])
  assert.equal(num_values, BigInt(values.length))
  assert.equal(statistics!.null_count, BigInt(values.filter(value => value === null).length), column.name)
  const range = expectedRange(values)
  assert.ok(Object.is(statistics!.min_value, range?.min), `${column.name}: ${statistics!.min_value}, ${range?.min}`)
  assert.ok(Object.is(statistics!.max_value, range?.max), `${column.name}: ${statistics!.max_value}, ${range?.max}`)
}

function assertPages({ parquet }: File, { column, values, chunk }: Part): void {
  const { meta_data: metadata } = chunk
  const pages = walkPages(parquet, chunk)
  for (const page of pages) assert.equal(page.statedCrc, page.crc, column.name)
  const plainBytes = pages.reduce((sum, page) => sum + page.plainBytes, 0)
  assert.equal(metadata!.total_uncompressed_size, BigInt(plainBytes))

  const dictionaries = pages.filter(page => page.isDictionary)
  const hasDictionary = metadata!.dictionary_page_offset !== undefined
  assert.deepEqual(
    dictionaries.map(page => page.offset),
    hasDictionary ? [Number(metadata!.dictionary_page_offset)] : [],
  )
  const distinct = new Set(values.filter(value => value !== null).map(bitsOf)).size
  if (hasDictionary) assert.equal(dictionaries[0]!.values, distinct, `${column.name}: entries in the dictionary`)

  const data = pages.filter(page => !page.isDictionary)
  assert.equal(Number(metadata!.data_page_offset), data[0]!.offset)
  assert.equal(
    data.reduce((sum, page) => sum + page.values, 0),
    values.length,
  )
  const encodings = new Set(['RLE', ...pages.map(page => ENCODINGS[page.encoding]!)])
  assert.deepEqual([...metadata!.encodings].sort(), [...encodings].sort())
}

const ENCODINGS: Readonly<Record<number, string>> = {
  0: 'PLAIN',
  5: 'DELTA_BINARY_PACKED',
  7: 'DELTA_BYTE_ARRAY',
  8: 'RLE_DICTIONARY',
}

/** −0 and 0 are two values. */
function bitsOf(value: Value): Value {
  return Object.is(value, -0) ? '-0' : value
}

function assertPageIndex(file: File, part: Part): void {
  const { column, values, chunk } = part
  const { page_locations: locations } = readOffsetIndex(readerAt(file.parquet, chunk.offset_index_offset!))
  const pages = walkPages(file.parquet, chunk).filter(page => !page.isDictionary)
  let firstRow = 0
  const parts = pages.map((page, p) => {
    assert.equal(Number(locations[p]!.offset), page.offset)
    assert.equal(locations[p]!.compressed_page_size, page.bytes)
    assert.equal(Number(locations[p]!.first_row_index), firstRow)
    firstRow += page.values
    return values.slice(firstRow - page.values, firstRow)
  })
  assert.equal(locations.length, pages.length)
  // Not every reader knows what the range of a page without values looks like, so such a column has no index.
  const everyPageHasValues = parts.every(page => page.some(value => value !== null))
  const isTime = column.type.startsWith('TIMESTAMP')
  assert.equal(chunk.column_index_offset !== undefined, isTime && everyPageHasValues, `${column.name}: a column index`)
  if (chunk.column_index_offset === undefined) return
  const { header: index } = readThrift(file.parquet, Number(chunk.column_index_offset))
  const ranges = parts.map(expectedRange)
  assert.deepEqual(
    index.field_1,
    ranges.map(range => range === undefined),
  )
  assert.deepEqual(
    index.field_2.map(microsOf),
    ranges.map(range => range?.min),
    column.name,
  )
  assert.deepEqual(
    index.field_3.map(microsOf),
    ranges.map(range => range?.max),
    column.name,
  )
  assert.deepEqual(
    index.field_5.map(Number),
    parts.map(page => page.filter(value => value === null).length),
  )
}

function microsOf(bytes: Uint8Array): bigint | undefined {
  return bytes.length === 0 ? undefined : Buffer.from(bytes).readBigInt64LE()
}

function readerAt(bytes: Uint8Array, offset: bigint) {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: Number(offset) }
}

function assertSorting({ group, parts }: File['groups'][number]): void {
  const c = parts.findIndex(({ column }) => column.name === 'local_timestamp' && column.type.startsWith('TIMESTAMP'))
  const times = parts[c]?.values ?? [null]
  const ascending = times.every((time, i) => time !== null && (i === 0 || times[i - 1]! <= time))
  const expected = [{ column_idx: c, descending: false, nulls_first: true }]
  assert.deepEqual(group.sorting_columns, ascending ? expected : undefined)
}

/** The file is made of the magic bytes, pages without gaps, indexes, footer, its length, and the magic bytes. */
function assertNoGaps({ parquet, metadata, groups }: File): void {
  assert.equal(parquet.toString('latin1', 0, 4), 'PAR1')
  let end = 4
  for (const { group, parts } of groups) {
    assert.equal(Number(group.file_offset), end)
    for (const { chunk } of parts) {
      const { dictionary_page_offset, data_page_offset, total_compressed_size } = chunk.meta_data!
      assert.equal(Number(dictionary_page_offset ?? data_page_offset), end)
      end += Number(total_compressed_size)
    }
    assert.equal(Number(group.file_offset! + group.total_compressed_size!), end)
    const plainBytes = parts.reduce((sum, { chunk }) => sum + chunk.meta_data!.total_uncompressed_size, 0n)
    assert.equal(group.total_byte_size, plainBytes)
  }
  const chunks = groups.flatMap(({ parts }) => parts.map(({ chunk }) => chunk))
  const indexBytes = chunks.reduce((sum, c) => sum + c.offset_index_length! + (c.column_index_length ?? 0), 0)
  assert.equal(end + indexBytes + metadata.metadata_length + 8, parquet.length)
}

function assertFooter({ parquet, metadata }: File): void {
  assert.deepEqual(
    metadata.key_value_metadata,
    Object.entries(KEY_VALUES).map(([key, value]) => ({ key, value })),
  )
  assert.match(metadata.created_by!, /^market-data-tick-handler version \d+\.\d+\.\d+$/)
  // Without an order of the columns, readers do not trust min_value and max_value: field 7 of FileMetaData.
  const { header } = readThrift(parquet, parquet.length - 8 - metadata.metadata_length)
  assert.equal(header.field_7.length, metadata.schema.length - 1)
}

async function assertTrue(text: string, dataType: string): Promise<File> {
  const file = await fileOf(text, dataType)
  assertNoGaps(file)
  assertFooter(file)
  for (const group of file.groups) {
    assertSorting(group)
    for (const part of group.parts) {
      assertStatistics(part)
      assertPages(file, part)
      assertPageIndex(file, part)
    }
  }
  return file
}

describe('what a Parquet file says of itself is true', () => {
  it('of several row groups and pages', async () => {
    const { groups, parquet } = await assertTrue(sampleOf('trades', 125_000), 'trades')
    assert.deepEqual(
      groups.map(({ group }) => Number(group.num_rows)),
      [122_880, 2_120],
    )
    const pages = walkPages(parquet, groups[0]!.parts[3]!.chunk)
    assert.deepEqual(
      pages.map(page => page.values),
      [40_960, 40_960, 40_960],
    )
  })

  for (const [dataType, rows] of [
    ['incremental_book_L2', 42_000],
    ['options_chain', 6_000],
    ['book_snapshot_25', 3_000],
  ] as const)
    it(`of generated ${dataType}`, () => assertTrue(sampleOf(dataType, rows), dataType))

  for (const name of readdirSync(FIXTURES).filter(name => name.endsWith('.csv')))
    it(`of ${name}`, () => assertTrue(readFileSync(new URL(name, FIXTURES), 'utf8'), name.split('.')[0]!))

  for (const { what, dataType, text } of hostileDatasets())
    it(`of ${dataType} with ${what}`, () => assertTrue(text, dataType))
})
