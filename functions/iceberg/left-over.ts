import type { Bucket, StoredObject } from '../storage/bucket.ts'
import { type DraftPlace, readManifests } from './draft.ts'
import { versionOf } from './file-catalog.ts'
import type { Table } from './table-metadata.ts'

/** The sequence number that the name of a manifest file or a list begins with; undefined for any other name. */
function sequenceNumberOf(folder: string, name: string): number | undefined {
  const [, list, manifest] = /^(?:snap-(\d+)-\d+|(\d+)(?:-[0-9a-f]+)+-m0)\.avro$/.exec(name.slice(folder.length)) ?? []
  const digits = list ?? manifest
  return digits === undefined ? undefined : Number(digits)
}

/** The highest version and sequence number that objects of the folder have, whether they can be read or not. */
export async function highestNumbers(bucket: Bucket, folder: string, signal?: AbortSignal) {
  let [version, sequenceNumber] = [0, 0]
  for await (const { name } of bucket.list(folder, signal)) {
    version = Math.max(version, versionOf(folder, name) ?? 0)
    sequenceNumber = Math.max(sequenceNumber, sequenceNumberOf(folder, name) ?? 0)
  }
  return { version, sequenceNumber }
}

/**
 * The objects of a table's folder that nothing names, and nothing will: of writers that were killed or came second, and of
 * snapshots that expired. What a writer stores for the next commit is not among them. `version`: of the table as loaded.
 */
export async function* leftOver(table: Table, version: number, at: DraftPlace): AsyncGenerator<StoredObject> {
  const { bucket, place, signal } = at
  const folder = `${at.folder}metadata/`
  const named = new Set(table.earlier.map(({ uri }) => uri))
  for (const snapshot of table.snapshots) {
    named.add(snapshot.manifestListUri)
    for (const { uri } of await readManifests(snapshot, at)) named.add(uri)
  }
  for await (const object of bucket.list(folder, signal)) {
    const { name } = object
    const isOldVersion = (versionOf(folder, name) ?? version) < version
    const isOldFile = (sequenceNumberOf(folder, name) ?? Number.POSITIVE_INFINITY) <= table.lastSequenceNumber
    if ((isOldVersion || isOldFile) && !named.has(place.uriOf(name))) yield object
  }
}
