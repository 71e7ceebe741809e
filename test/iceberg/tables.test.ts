import assert from 'node:assert/strict'
import { inflateRawSync } from 'node:zlib'
import avro from 'avsc'
import { evolveColumns, tableColumns } from '../../functions/iceberg/columns.ts'
import { type DataFile, dataFilesOf } from '../../functions/iceberg/data-files.ts'
import { encodeManifestFile } from '../../functions/iceberg/manifest-file.ts'
import { decodeManifestList, encodeManifestList, listedManifest } from '../../functions/iceberg/manifest-list.ts'
import {
  decodeTableMetadata,
  encodeTableMetadata,
  type Snapshot,
  type Table,
} from '../../functions/iceberg/table-metadata.ts'
import type { Manifest, ManifestItem } from '../../functions/ledger/manifest.ts'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { archivedDays } from '../support/archive.ts'

const DATE = '2024-01-01'
const DAY = 19_723
const START = BigInt(DAY) * 86_400_000_000n
const LAST = START + 86_399_999_999n

/** A venue-day with one stored item of trades, changed by `change`. */
function venueDayWith(change: Partial<ManifestItem>): Manifest {
  const { manifest } = [...archivedDays({ venues: 1, days: 1, firstDate: DATE, symbols: 1, seed: 1 })][0]!
  const item: ManifestItem = {
    dataType: 'trades',
    symbol: 'BTCUSDT',
    status: 'stored',
    object: 'ticks/BTCUSDT.parquet',
    bytes: 2000,
    rows: 7,
    firstTimestampMicros: String(START),
    lastTimestampMicros: String(LAST),
    ...change,
  }
  return { ...manifest, venue: 'binance', date: DATE, items: [item] }
}

const FILE: DataFile = dataFilesOf(venueDayWith({}), 'trades').files[0]!
const COLUMNS = tableColumns('trades')
const SCHEMA = { schemaId: 3, columns: COLUMNS }
const uriOf = (object: string) => `gs://lake/${object}`

describe('data files of a venue-day', () => {
  it('hold rows of the whole UTC day, from its first to its last microsecond', () => {
    assert.deepEqual(FILE, {
      object: 'ticks/BTCUSDT.parquet',
      bytes: 2000,
      rows: 7,
      exchange: 'binance',
      day: DAY,
      symbol: 'BTCUSDT',
      firstMicros: START,
      lastMicros: LAST,
    })
  })

  for (const [name, change] of [
    ['a microsecond before the day', { firstTimestampMicros: String(START - 1n) }],
    ['a microsecond after the day', { lastTimestampMicros: String(LAST + 1n) }],
    ['a time before 1970', { firstTimestampMicros: '-1' }],
    ['no timestamps', { firstTimestampMicros: undefined }],
    ['rows of another exchange', { exchanges: ['binance', 'ftx'] as string[] }],
    ['no size', { bytes: undefined }],
  ] as const)
    it(`leave out an object with ${name}, and say why`, () => {
      const { files, leftOut } = dataFilesOf(venueDayWith(change), 'trades')
      assert.deepEqual(files, [])
      assert.equal(leftOut.length, 1)
      assert.equal(leftOut[0]!.object, 'ticks/BTCUSDT.parquet')
      assert.match(
        leftOut[0]!.reason,
        /its rows are from|exchange "binance" and "ftx", expected binance alone|no first and last timestamp|no object, bytes or rows/,
      )
    })

  it('are neither empty, nor failed, nor of another data type', () => {
    for (const change of [{ rows: 0 }, { status: 'failed' }, { status: 'empty' }, { dataType: 'quotes' }] as const)
      assert.deepEqual(dataFilesOf(venueDayWith(change), 'trades'), { files: [], leftOut: [], otherColumns: [] })
  })

  it('have a symbol only where the rows are sure to have the same', () => {
    const symbolOf = (symbol: string) => dataFilesOf(venueDayWith({ symbol }), 'trades').files[0]!.symbol
    assert.deepEqual(
      ['BTC_USDT', 'OPTIONS', 'BTC-PERPETUAL', 'btcusdt', 'A'.repeat(16), 'A'.repeat(17)].map(symbolOf),
      ['BTC_USDT', undefined, undefined, undefined, 'A'.repeat(16), undefined],
    )
  })
})

describe('columns of a table', () => {
  it('have different ids and names, and the four common ones have the same ids in every data type', () => {
    for (const dataType of KNOWN_DATA_TYPES) {
      const columns = tableColumns(dataType)
      assert.equal(new Set(columns.map(({ id }) => id)).size, columns.length, dataType)
      assert.equal(new Set(columns.map(({ name }) => name)).size, columns.length, dataType)
      assert.deepEqual(columns.slice(0, 4), [
        { id: 1, name: 'exchange', type: 'string' },
        { id: 2, name: 'symbol', type: 'string' },
        { id: 3, name: 'timestamp', type: 'timestamptz' },
        { id: 4, name: 'local_timestamp', type: 'timestamptz' },
      ])
    }
  })
})

describe('columns of a table that gets files with other columns', () => {
  it('stay as they are where nothing is new', () => {
    assert.equal(evolveColumns(COLUMNS, COLUMNS), COLUMNS)
    assert.equal(evolveColumns(COLUMNS, COLUMNS.slice(0, 4)), COLUMNS)
  })

  it('get a new one at the end, as text, with the id of its name', () => {
    const wider = evolveColumns(COLUMNS, tableColumns('trades', ['fee', 'venue_time']))
    assert.deepEqual(wider.slice(0, COLUMNS.length), COLUMNS)
    assert.deepEqual(
      wider.slice(COLUMNS.length).map(({ name, type }) => [name, type]),
      [
        ['fee', 'string'],
        ['venue_time', 'string'],
      ],
    )
    assert.equal(evolveColumns(wider, tableColumns('trades', ['venue_time'])), wider)
  })

  it('keep the type that a column had first: one that is typed later gets another name', () => {
    const wider = evolveColumns(COLUMNS, tableColumns('trades', ['fee']))
    const typed = { id: 34, name: 'fee', type: 'double' } as const
    const both = evolveColumns(wider, [...COLUMNS, typed])
    assert.deepEqual(both.at(-2), wider.at(-1))
    assert.deepEqual(both.at(-1), { ...typed, name: 'fee_double' })
    assert.equal(evolveColumns(both, [...COLUMNS, typed]), both)
  })
})

describe('a manifest file', () => {
  it('names the object with its partition, size, rows and bounds', () => {
    const { schema, properties, records } = readContainer(encodeManifestFile(SCHEMA, [FILE], uriOf).data)
    const file = records[0].data_file
    assert.equal(records[0].status, 1)
    assert.equal(records[0].snapshot_id, null)
    assert.equal(file.file_path, 'gs://lake/ticks/BTCUSDT.parquet')
    assert.deepEqual({ ...file.partition }, { exchange: 'binance', local_timestamp_day: DAY })
    assert.deepEqual([file.record_count, file.file_size_in_bytes], [7, 2000])
    assert.deepEqual(boundsOf(file.lower_bounds), { 1: text('binance'), 2: text('BTCUSDT'), 4: micros(START) })
    assert.deepEqual(boundsOf(file.upper_bounds), { 1: text('binance'), 2: text('BTCUSDT'), 4: micros(LAST) })
    assert.equal(properties['format-version'], '2')
    assert.match(schema, /"field-id":134/)
  })

  it('has no bounds of the symbol where it is not known', () => {
    const { records } = readContainer(encodeManifestFile(SCHEMA, [{ ...FILE, symbol: undefined }], uriOf).data)
    assert.deepEqual(Object.keys(boundsOf(records[0].data_file.lower_bounds)), ['1', '4'])
  })

  it('has the same bytes and hashes for the same files, and another hash for other files and for other columns', () => {
    const [once, again] = [encodeManifestFile(SCHEMA, [FILE], uriOf), encodeManifestFile(SCHEMA, [FILE], uriOf)]
    assert.deepEqual(once, again)
    const longer = encodeManifestFile(SCHEMA, [{ ...FILE, rows: 8 }], uriOf)
    assert.notEqual(longer.entriesHash, once.entriesHash)
    assert.equal(longer.schemaHash, once.schemaHash)
    const columns = evolveColumns(COLUMNS, tableColumns('trades', ['extra']))
    for (const other of [
      { ...SCHEMA, columns },
      { ...SCHEMA, schemaId: SCHEMA.schemaId + 1 },
    ]) {
      const { entriesHash, schemaHash } = encodeManifestFile(other, [FILE], uriOf)
      assert.equal(entriesHash, once.entriesHash)
      assert.notEqual(schemaHash, once.schemaHash)
    }
  })

  it('is not made without a file', () => {
    assert.throws(() => encodeManifestFile(SCHEMA, [], uriOf), /needs a data file, found none/)
  })
})

describe('a manifest list', () => {
  const written = { uri: 'gs://lake/m.avro', bytes: 900, snapshotId: 5, sequenceNumber: 2 }

  it('has the sums of a manifest and its one partition', () => {
    const listed = listedManifest([FILE, { ...FILE, rows: 5 }], written)
    const { records } = readContainer(encodeManifestList([listed], { snapshotId: 6, sequenceNumber: 3 }))
    const [manifest] = records
    assert.deepEqual(
      [manifest.manifest_path, manifest.manifest_length, manifest.added_files_count, manifest.added_rows_count],
      ['gs://lake/m.avro', 900, 2, 12],
    )
    assert.deepEqual([manifest.added_snapshot_id, manifest.sequence_number], [5, 2])
    const day = Buffer.from([0x0b, 0x4d, 0, 0])
    assert.deepEqual(
      manifest.partitions.map((partition: { lower_bound: Buffer }) => Buffer.from(partition.lower_bound)),
      [text('binance'), day],
    )
  })

  it('is read back as it was', () => {
    const listed = listedManifest([FILE], written)
    assert.deepEqual(decodeManifestList(encodeManifestList([listed], { snapshotId: 6, sequenceNumber: 3 })), [listed])
  })

  it('may be of no manifest', () => {
    assert.deepEqual(readContainer(encodeManifestList([], { snapshotId: 6, sequenceNumber: 3 })).records, [])
  })
})

describe('metadata of a table', () => {
  const summary = { operation: 'append', addedFiles: 1, addedRows: 7, deletedFiles: 0, deletedRows: 0 } as const
  const of = (snapshotId: number): Snapshot => ({
    ...{ snapshotId, sequenceNumber: snapshotId, timestampMs: snapshotId, schemaId: 3 },
    ...{ manifestListUri: `/lake/${snapshotId}.avro`, summary: { ...summary, files: 1, rows: 7, bytes: 2000 } },
  })
  const table: Table = {
    ...{ uuid: 'f79c3e09-677c-4bbd-a479-3f349cb785e7', location: '/lake/_iceberg/trades', schemas: [SCHEMA] },
    ...{ lastUpdatedMs: 9, lastSequenceNumber: 2, snapshots: [of(1), { ...of(2), parentSnapshotId: 1 }] },
    earlier: [{ uri: '/lake/v1.metadata.json', timestampMs: 1 }],
  }
  const parse = (changed: Partial<Table>) => JSON.parse(encodeTableMetadata({ ...table, ...changed }).toString())

  it('names the last snapshot as the current one', () => {
    const metadata = parse({})
    assert.equal(metadata['current-snapshot-id'], 2)
    assert.equal(metadata['last-sequence-number'], 2)
    assert.deepEqual(metadata.refs, { main: { 'snapshot-id': 2, type: 'branch' } })
    assert.deepEqual(
      metadata.snapshots.map((snapshot: Record<string, unknown>) => snapshot['parent-snapshot-id']),
      [undefined, 1],
    )
  })

  it('says that any column of a file may be one of its own', () => {
    const noted = tableColumns('trades', ['note'])
    assert.ok(parse({})['last-column-id'] >= noted.at(-1)!.id)
    assert.ok(parse({})['last-column-id'] < 2_147_483_447, 'the specification reserves the ids above')
  })

  it('keeps engines from deleting files, and maps the names of all columns', () => {
    const { properties } = parse({ snapshots: [] })
    assert.equal(properties['gc.enabled'], 'false')
    const mapping = JSON.parse(properties['schema.name-mapping.default'])
    assert.deepEqual(
      mapping,
      COLUMNS.map(({ id, name }) => ({ 'field-id': id, names: [name] })),
    )
  })

  it('is read back as it was', () => {
    assert.deepEqual(decodeTableMetadata('v2', encodeTableMetadata(table)), table)
  })

  it('that another program wrote is refused, with the field and what to do', () => {
    const other = Buffer.from(JSON.stringify({ ...parse({}), 'format-version': 3 }))
    assert.throws(() => decodeTableMetadata('a/v2', other), /^Error: a\/v2: format-version: .*table rebuild/)
    assert.throws(() => decodeTableMetadata('a/v2', Buffer.from('{')), /a\/v2: expected a JSON document, found 1 bytes/)
  })
})

// biome-ignore lint/suspicious/noExplicitAny: records of any Avro schema
type Records = any[]

/** Reads a container of at most one block by hand, so that the encoder does not check itself. */
function readContainer(data: Buffer): { schema: string; properties: Record<string, string>; records: Records } {
  assert.equal(data.toString('latin1', 0, 4), 'Obj\u0001')
  const meta = avro.Type.forSchema({ type: 'map', values: 'bytes' }).decode(data, 4)
  const properties = Object.fromEntries(Object.entries(meta.value).map(([key, value]) => [key, String(value)]))
  const schema = properties['avro.schema']!
  const sync = data.subarray(meta.offset, meta.offset + 16)
  if (data.length === meta.offset + 16) return { schema, properties, records: [] }
  const count = avro.Type.forSchema('long').decode(data, meta.offset + 16)
  assert.ok(count.value > 0, 'a block holds a record')
  const length = avro.Type.forSchema('long').decode(data, count.offset)
  assert.equal(data.length, length.offset + length.value + 16)
  assert.deepEqual(data.subarray(-16), sync)
  const plain = inflateRawSync(data.subarray(length.offset, length.offset + length.value))
  const type = avro.Type.forSchema(JSON.parse(schema))
  const records: Records = []
  for (let offset = 0; records.length < count.value; ) {
    const record = type.decode(plain, offset)
    records.push(record.value)
    offset = record.offset
  }
  return { schema, properties, records }
}

function boundsOf(pairs: { key: number; value: Buffer }[]): Record<number, Buffer> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Buffer.from(value)]))
}

function text(value: string): Buffer {
  return Buffer.from(value)
}

function micros(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}
