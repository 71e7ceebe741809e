import { z } from 'zod'
import { MAX_FIELD_ID } from '../ticks/field-ids.ts'
import { DamagedTableError } from './damaged-table.ts'
import { nameMapping, PARTITION_FIELDS, partitionSpec, schemaFields, type TableSchema } from './table-schema.ts'

/** A state of the table that readers can ask for. */
export interface Snapshot {
  readonly snapshotId: number
  readonly parentSnapshotId?: number
  readonly sequenceNumber: number
  readonly timestampMs: number
  readonly schemaId: number
  /** The address of its manifest list. */
  readonly manifestListUri: string
  readonly summary: Summary
}

/** What a snapshot changed, and what it has. */
export interface Summary {
  readonly operation: 'append' | 'overwrite' | 'delete'
  readonly addedFiles: number
  readonly addedRows: number
  readonly deletedFiles: number
  readonly deletedRows: number
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** How many of the files are copies of objects that are being replaced; absent where none is. */
  readonly copies?: number
}

/** A key of our own in a snapshot's summary, where any may stand. */
const COPIES = 'tick-handler.copied-files'

export interface Table {
  readonly uuid: string
  /** The address of the table's folder, without a slash at the end. */
  readonly location: string
  /** Of the snapshots that are kept; the last one is current. */
  readonly schemas: readonly TableSchema[]
  readonly lastUpdatedMs: number
  readonly lastSequenceNumber: number
  /** The oldest first; the last is what readers see. */
  readonly snapshots: readonly Snapshot[]
  /** The addresses of earlier metadata documents that are kept, the oldest first. */
  readonly earlier: readonly { readonly uri: string; readonly timestampMs: number }[]
}

/**
 * The metadata document of Iceberg, format version 2 (https://iceberg.apache.org/spec/#table-metadata). `gc.enabled`
 * keeps other engines from deleting the data files, which are the bucket's and not the table's.
 */
export function encodeTableMetadata(table: Table): Buffer {
  const { uuid, location, schemas, lastUpdatedMs, lastSequenceNumber, snapshots, earlier } = table
  const current = snapshots.at(-1)
  const { schemaId, columns } = schemas.at(-1)!
  const document = {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': lastSequenceNumber,
    'last-updated-ms': lastUpdatedMs,
    // ClickHouse 26.9 refuses a file with a column that the table has not, where the column's id is above this.
    'last-column-id': MAX_FIELD_ID,
    'current-schema-id': schemaId,
    schemas: schemas.map(schemaFields),
    'default-spec-id': 0,
    'partition-specs': [partitionSpec(columns)],
    'last-partition-id': Math.max(...PARTITION_FIELDS.map(({ id }) => id)),
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: { 'gc.enabled': 'false', 'schema.name-mapping.default': JSON.stringify(nameMapping(columns)) },
    'current-snapshot-id': current?.snapshotId ?? -1,
    refs: current ? { main: { 'snapshot-id': current.snapshotId, type: 'branch' } } : {},
    snapshots: snapshots.map(snapshotFields),
    'snapshot-log': snapshots.map(({ snapshotId, timestampMs }) => ({
      'snapshot-id': snapshotId,
      'timestamp-ms': timestampMs,
    })),
    'metadata-log': earlier.map(({ uri, timestampMs }) => ({ 'metadata-file': uri, 'timestamp-ms': timestampMs })),
  }
  return Buffer.from(JSON.stringify(document))
}

function snapshotFields({ summary, ...snapshot }: Snapshot) {
  return {
    'snapshot-id': snapshot.snapshotId,
    ...(snapshot.parentSnapshotId !== undefined && { 'parent-snapshot-id': snapshot.parentSnapshotId }),
    'sequence-number': snapshot.sequenceNumber,
    'timestamp-ms': snapshot.timestampMs,
    'schema-id': snapshot.schemaId,
    'manifest-list': snapshot.manifestListUri,
    summary: {
      operation: summary.operation,
      'added-data-files': String(summary.addedFiles),
      'added-records': String(summary.addedRows),
      'deleted-data-files': String(summary.deletedFiles),
      'deleted-records': String(summary.deletedRows),
      'total-data-files': String(summary.files),
      'total-records': String(summary.rows),
      'total-files-size': String(summary.bytes),
      ...(summary.copies && { [COPIES]: String(summary.copies) }),
    },
  }
}

const number = z.int().min(0)
const countText = z.string().regex(/^\d+$/).transform(Number)
const column = z.object({ id: number, name: z.string(), type: z.enum(['string', 'timestamptz', 'double', 'boolean']) })
const summary = z
  .object({
    operation: z.enum(['append', 'overwrite', 'delete']),
    'added-data-files': countText,
    'added-records': countText,
    'deleted-data-files': countText,
    'deleted-records': countText,
    'total-data-files': countText,
    'total-records': countText,
    'total-files-size': countText,
    [COPIES]: countText.optional(),
  })
  .transform(
    (read): Summary => ({
      operation: read.operation,
      addedFiles: read['added-data-files'],
      addedRows: read['added-records'],
      deletedFiles: read['deleted-data-files'],
      deletedRows: read['deleted-records'],
      files: read['total-data-files'],
      rows: read['total-records'],
      bytes: read['total-files-size'],
      ...(read[COPIES] && { copies: read[COPIES] }),
    }),
  )
const snapshot = z
  .object({
    'snapshot-id': number,
    'parent-snapshot-id': number.optional(),
    'sequence-number': number,
    'timestamp-ms': number,
    'schema-id': number,
    'manifest-list': z.string(),
    summary,
  })
  .transform(
    (read): Snapshot => ({
      snapshotId: read['snapshot-id'],
      ...(read['parent-snapshot-id'] !== undefined && { parentSnapshotId: read['parent-snapshot-id'] }),
      sequenceNumber: read['sequence-number'],
      timestampMs: read['timestamp-ms'],
      schemaId: read['schema-id'],
      manifestListUri: read['manifest-list'],
      summary: read.summary,
    }),
  )
const document = z.object({
  'format-version': z.literal(2),
  'table-uuid': z.string(),
  location: z.string(),
  'last-sequence-number': number,
  'last-updated-ms': number,
  schemas: z.array(z.object({ 'schema-id': number, fields: z.array(column) })).min(1),
  snapshots: z.array(snapshot),
  'metadata-log': z.array(z.object({ 'metadata-file': z.string(), 'timestamp-ms': number })),
})

/**
 * Reads back what `encodeTableMetadata` wrote.
 * @throws Error that names the document's field where another program wrote it in another way
 */
export function decodeTableMetadata(name: string, data: Uint8Array): Table {
  const result = document.safeParse(parseJson(name, data))
  if (!result.success) {
    const [issue] = result.error.issues
    const field = issue!.path.join('.')
    throw new DamagedTableError(`${name}: ${field}: ${issue!.message}; only tick-handler may write this table`)
  }
  const read = result.data
  return {
    uuid: read['table-uuid'],
    location: read.location,
    schemas: read.schemas.map(schema => ({ schemaId: schema['schema-id'], columns: schema.fields })),
    lastUpdatedMs: read['last-updated-ms'],
    lastSequenceNumber: read['last-sequence-number'],
    snapshots: read.snapshots,
    earlier: read['metadata-log'].map(log => ({ uri: log['metadata-file'], timestampMs: log['timestamp-ms'] })),
  }
}

function parseJson(name: string, data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data))
  } catch (cause) {
    throw new DamagedTableError(`${name}: expected a JSON document, found ${data.length} bytes that are none`, {
      cause,
    })
  }
}
