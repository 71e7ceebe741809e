import { mapConcurrently } from '../runtime/concurrently.ts'
import type { Bucket, StoredObject } from '../storage/bucket.ts'
import type { Loaded } from './catalog.ts'
import { type DraftPlace, isCopy, namesCopies, readManifestFile, readManifests } from './draft.ts'
import { versionOf } from './file-catalog.ts'
import type { Table } from './table-metadata.ts'

export const REMOVED_AT_ONCE = 16

/** The sequence number that the name of a manifest file, a list or a copy begins with; undefined for any other name. */
function sequenceNumberOf(folder: string, name: string): number | undefined {
  const own = /^metadata\/(?:snap-(\d+)-\d+|(\d+)(?:-[0-9a-f]+)+-m[01])\.avro$|^data\/(\d+)\//
  const [, list, manifest, copy] = own.exec(name.slice(folder.length)) ?? []
  const digits = list ?? manifest ?? copy
  return digits === undefined ? undefined : Number(digits)
}

/** The highest version and sequence number that objects of the table have, whether they can be read or not. */
export async function highestNumbers(bucket: Bucket, folder: string, signal?: AbortSignal) {
  let [version, sequenceNumber] = [0, 0]
  for await (const { name } of bucket.list(folder, signal)) {
    version = Math.max(version, versionOf(`${folder}metadata/`, name) ?? 0)
    sequenceNumber = Math.max(sequenceNumber, sequenceNumberOf(folder, name) ?? 0)
  }
  return { version, sequenceNumber }
}

/**
 * The objects of a table's folder that nothing names, and nothing will: of writers that were killed or came second, and of
 * snapshots that were dropped. What a writer stores for the next commit is not among them. Copies come last.
 */
export async function* leftOver({ table, version }: Loaded, at: DraftPlace): AsyncGenerator<StoredObject> {
  const { bucket, place, folder, signal } = at
  const named = await namedBy(table, at)
  for (const part of ['metadata/', 'data/']) {
    for await (const object of bucket.list(`${folder}${part}`, signal)) {
      const { name } = object
      const isOldVersion = (versionOf(`${folder}metadata/`, name) ?? version) < version
      const isOldFile = (sequenceNumberOf(folder, name) ?? Number.POSITIVE_INFINITY) <= table.lastSequenceNumber
      if ((isOldVersion || isOldFile) && !named.has(place.uriOf(name))) yield object
    }
  }
}

/** What a table and its kept snapshots name below the table's folder. */
async function namedBy(table: Table, at: DraftPlace): Promise<Set<string>> {
  const named = new Set(table.earlier.map(({ uri }) => uri))
  for (const snapshot of table.snapshots) {
    named.add(snapshot.manifestListUri)
    for (const listed of await readManifests(snapshot, at)) {
      if (named.has(listed.uri)) continue
      named.add(listed.uri)
      if (!namesCopies(listed)) continue
      for (const { uri } of await readManifestFile(listed.uri, at)) if (isCopy(uri, at)) named.add(uri)
    }
  }
  return named
}

/**
 * Removes what `leftOver` finds. Safe to repeat, and to leave half-way: copies go last, so where one is left there may be
 * more to remove.
 */
export async function removeLeftOver(loaded: Loaded, at: DraftPlace): Promise<void> {
  const objects: StoredObject[] = []
  for await (const object of leftOver(loaded, at)) objects.push(object)
  const isMetadata = ({ name }: StoredObject) => name.startsWith(`${at.folder}metadata/`)
  for (const part of [objects.filter(isMetadata), objects.filter(object => !isMetadata(object))]) {
    const remove = (object: StoredObject) => at.bucket.remove(object, at.signal)
    for await (const _ of mapConcurrently(part, REMOVED_AT_ONCE, remove));
  }
}
