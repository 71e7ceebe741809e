import { createHash } from 'node:crypto'
import { type AvroSchema, decodeContainer, encodeBlock, encodeContainer } from './avro.ts'
import { columnId, type TableColumn, tableColumns } from './columns.ts'
import type { DataFile } from './data-files.ts'
import { PARTITION_FIELDS, partitionSpec, schemaFields, type TableSchema } from './table-schema.ts'

/**
 * Manifest files of Iceberg, format version 2 (https://iceberg.apache.org/spec/#manifests): the data files of one
 * venue-day. The numbers are the specification's field ids.
 */

const ADDED = 1
const DATA = 0
const ENTRIES_HASH_CHARACTERS = 32
/** Few: only writers of the same sequence number must differ. */
const SCHEMA_HASH_CHARACTERS = 8

/** A field that may be null. Null stands first: some readers take the second branch for the value. */
function optional(name: string, type: unknown, id: number): AvroSchema {
  return { name, type: ['null', type], default: null, 'field-id': id }
}

function required(name: string, type: unknown, id: number): AvroSchema {
  return { name, type, 'field-id': id }
}

/** Avro's maps have text as keys, so a map by column id is a list of pairs. */
function mapById(keyId: number, valueId: number, value: string): AvroSchema {
  const fields = [required('key', 'int', keyId), required('value', value, valueId)]
  return { type: 'array', logicalType: 'map', items: { type: 'record', name: `k${keyId}_v${valueId}`, fields } }
}

const [EXCHANGE, DAY] = PARTITION_FIELDS
const PARTITION: AvroSchema = {
  type: 'record',
  name: 'r102',
  fields: [
    optional(EXCHANGE.name, 'string', EXCHANGE.id),
    optional(DAY.name, { type: 'int', logicalType: 'date' }, DAY.id),
  ],
}

const DATA_FILE: AvroSchema = {
  type: 'record',
  name: 'r2',
  fields: [
    required('content', 'int', 134),
    required('file_path', 'string', 100),
    required('file_format', 'string', 101),
    required('partition', PARTITION, 102),
    required('record_count', 'long', 103),
    required('file_size_in_bytes', 'long', 104),
    optional('null_value_counts', mapById(121, 122, 'long'), 110),
    optional('lower_bounds', mapById(126, 127, 'bytes'), 125),
    optional('upper_bounds', mapById(129, 130, 'bytes'), 128),
  ],
}

const ENTRY: AvroSchema = {
  type: 'record',
  name: 'manifest_entry',
  fields: [
    required('status', 'int', 0),
    optional('snapshot_id', 'long', 1),
    optional('sequence_number', 'long', 3),
    optional('file_sequence_number', 'long', 4),
    required('data_file', DATA_FILE, 2),
  ],
}

export interface ManifestFile {
  /** Of the entries alone: equal where the files are equal, whatever else the table has. */
  readonly entriesHash: string
  /** Of the schema with its id, and of the partition's columns: these stand in the file too. */
  readonly schemaHash: string
  readonly data: Buffer
}

/**
 * @param uriOf the address of an object, as readers of the table open it: taken literally by all of them
 * @throws RangeError where there are no files: a manifest without entries is of no use
 */
export function encodeManifestFile(
  schema: TableSchema,
  files: readonly DataFile[],
  uriOf: (object: string) => string,
): ManifestFile {
  if (files.length === 0) throw new RangeError('a manifest file needs a data file, found none')
  const { columns, schemaId } = schema
  const entries = files.map(file => ({ status: ADDED, data_file: dataFile(columns, file, uriOf(file.object)) }))
  const block = encodeBlock(ENTRY, entries)
  const metadata = {
    schema: JSON.stringify(schemaFields(schema)),
    'schema-id': String(schemaId),
    'partition-spec': JSON.stringify(partitionSpec(columns).fields),
    'partition-spec-id': '0',
    'format-version': '2',
    content: 'data',
  }
  return {
    entriesHash: sha256(block.plain).slice(0, ENTRIES_HASH_CHARACTERS),
    schemaHash: sha256(JSON.stringify(metadata)).slice(0, SCHEMA_HASH_CHARACTERS),
    data: encodeContainer(ENTRY, block, metadata),
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** A data file as a manifest file names it. */
export interface NamedFile extends Omit<DataFile, 'object'> {
  readonly uri: string
}

interface Bound {
  readonly key: number
  readonly value: Buffer
}

interface Entry {
  readonly data_file: {
    readonly file_path: string
    readonly record_count: number
    readonly file_size_in_bytes: number
    readonly partition: { readonly exchange: string; readonly local_timestamp_day: number }
    readonly lower_bounds: readonly Bound[]
    readonly upper_bounds: readonly Bound[]
  }
}

/** Columns that every data type has, with the same ids in each table. */
const COLUMNS = tableColumns('trades')

/** @throws Error where the content is no manifest file */
export function decodeManifestFile(data: Buffer): NamedFile[] {
  return (decodeContainer(data) as Entry[]).map(({ data_file: file }) => ({
    ...{ uri: file.file_path, rows: file.record_count, bytes: file.file_size_in_bytes },
    ...{ exchange: file.partition.exchange, day: file.partition.local_timestamp_day },
    symbol: boundOf(file.lower_bounds, 'symbol')?.toString(),
    firstMicros: boundOf(file.lower_bounds, 'local_timestamp')!.readBigInt64LE(),
    lastMicros: boundOf(file.upper_bounds, 'local_timestamp')!.readBigInt64LE(),
  }))
}

function boundOf(bounds: readonly Bound[], name: string): Buffer | undefined {
  const value = bounds.find(({ key }) => key === columnId(COLUMNS, name))?.value
  return value && Buffer.from(value)
}

/**
 * Bounds are given for the columns whose bounds a ledger manifest knows. No nulls are counted there, but the list itself
 * must stand: Polars 1.44 fails without it.
 */
function dataFile(columns: readonly TableColumn[], file: DataFile, uri: string) {
  const id = (name: string) => columnId(columns, name)
  const exchange = Buffer.from(file.exchange)
  const bounds = (symbol: string | undefined, micros: bigint) => [
    { key: id('exchange'), value: exchange },
    ...(symbol === undefined ? [] : [{ key: id('symbol'), value: Buffer.from(symbol) }]),
    { key: id('local_timestamp'), value: int64(micros) },
  ]
  return {
    content: DATA,
    file_path: uri,
    file_format: 'PARQUET',
    partition: { exchange: file.exchange, local_timestamp_day: file.day },
    record_count: file.rows,
    file_size_in_bytes: file.bytes,
    null_value_counts: [],
    lower_bounds: bounds(file.symbol, file.firstMicros),
    upper_bounds: bounds(file.symbol, file.lastMicros),
  }
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}
