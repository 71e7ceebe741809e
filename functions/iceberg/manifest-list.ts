import { type AvroSchema, decodeContainer, encodeBlock, encodeContainer } from './avro.ts'
import type { DataFile } from './data-files.ts'

/** Manifest lists of Iceberg, format version 2 (https://iceberg.apache.org/spec/#manifest-lists). */

const SUMMARY: AvroSchema = {
  type: 'record',
  name: 'r508',
  fields: [
    { name: 'contains_null', type: 'boolean', 'field-id': 509 },
    { name: 'lower_bound', type: ['null', 'bytes'], default: null, 'field-id': 510 },
    { name: 'upper_bound', type: ['null', 'bytes'], default: null, 'field-id': 511 },
  ],
}

const MANIFEST_FILE: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    { name: 'manifest_path', type: 'string', 'field-id': 500 },
    { name: 'manifest_length', type: 'long', 'field-id': 501 },
    { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
    { name: 'content', type: 'int', 'field-id': 517 },
    { name: 'sequence_number', type: 'long', 'field-id': 515 },
    { name: 'min_sequence_number', type: 'long', 'field-id': 516 },
    { name: 'added_snapshot_id', type: 'long', 'field-id': 503 },
    { name: 'added_files_count', type: 'int', 'field-id': 504 },
    { name: 'existing_files_count', type: 'int', 'field-id': 505 },
    { name: 'deleted_files_count', type: 'int', 'field-id': 506 },
    { name: 'added_rows_count', type: 'long', 'field-id': 512 },
    { name: 'existing_rows_count', type: 'long', 'field-id': 513 },
    { name: 'deleted_rows_count', type: 'long', 'field-id': 514 },
    {
      name: 'partitions',
      type: ['null', { type: 'array', items: SUMMARY, 'element-id': 508 }],
      default: null,
      'field-id': 507,
    },
  ],
}

/** A manifest file as a list names it. Its entries inherit snapshot and sequence number from here. */
export interface ListedManifest {
  readonly uri: string
  readonly bytes: number
  readonly exchange: string
  readonly day: number
  readonly files: number
  readonly rows: number
  readonly snapshotId: number
  readonly sequenceNumber: number
}

/** What a list says of a manifest file with these data files, all of one venue-day and at least one. */
export function listedManifest(
  files: readonly DataFile[],
  written: Pick<ListedManifest, 'uri' | 'bytes' | 'snapshotId' | 'sequenceNumber'>,
): ListedManifest {
  const { exchange, day } = files[0]!
  return { ...written, exchange, day, files: files.length, rows: files.reduce((rows, file) => rows + file.rows, 0) }
}

/** The list of one snapshot. */
export function encodeManifestList(
  manifests: readonly ListedManifest[],
  snapshot: { readonly snapshotId: number; readonly parentSnapshotId?: number; readonly sequenceNumber: number },
): Buffer {
  return encodeContainer(MANIFEST_FILE, encodeBlock(MANIFEST_FILE, manifests.map(listEntry)), {
    'snapshot-id': String(snapshot.snapshotId),
    'parent-snapshot-id': String(snapshot.parentSnapshotId ?? null),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  })
}

/** The manifest files of a list, as it was encoded. @throws Error where the content is no manifest list */
export function decodeManifestList(data: Buffer): ListedManifest[] {
  return (decodeContainer(data) as ReturnType<typeof listEntry>[]).map(entry => {
    const [exchange, day] = entry.partitions
    return {
      uri: entry.manifest_path,
      bytes: entry.manifest_length,
      exchange: String(exchange!.lower_bound),
      day: day!.lower_bound.readInt32LE(),
      files: entry.added_files_count,
      rows: entry.added_rows_count,
      snapshotId: entry.added_snapshot_id,
      sequenceNumber: entry.sequence_number,
    }
  })
}

function listEntry(manifest: ListedManifest) {
  const day = Buffer.alloc(4)
  day.writeInt32LE(manifest.day)
  return {
    manifest_path: manifest.uri,
    manifest_length: manifest.bytes,
    partition_spec_id: 0,
    content: 0,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.sequenceNumber,
    added_snapshot_id: manifest.snapshotId,
    added_files_count: manifest.files,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: manifest.rows,
    existing_rows_count: 0,
    deleted_rows_count: 0,
    partitions: [onlyValue(Buffer.from(manifest.exchange)), onlyValue(day)],
  }
}

function onlyValue(value: Buffer) {
  return { contains_null: false, lower_bound: value, upper_bound: value }
}
