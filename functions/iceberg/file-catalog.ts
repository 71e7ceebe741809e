import type { DataType } from '../market/names.ts'
import { ABSENT, type Bucket } from '../storage/bucket.ts'
import { parseTableFolder, tableFolder, tablesPrefix } from '../storage/table-names.ts'
import type { Catalog, CommitOutcome, Loaded } from './catalog.ts'
import { DamagedTableError } from './damaged-table.ts'
import type { Place } from './place.ts'
import { decodeTableMetadata, encodeTableMetadata, type Table } from './table-metadata.ts'

export interface FileCatalogOptions {
  /** How many earlier metadata documents are kept; 100 by default. */
  readonly maxEarlier?: number
}

const MAX_EARLIER = 100
const MAX_HINT_READS = 8

/**
 * A catalog of files, https://iceberg.apache.org/spec/#file-system-tables: the current state of a table is the document
 * `vN.metadata.json` of the highest version. The commit is the creation of the next one, if it is absent. The
 * specification has a rename there, which object storage does not have; a conditional create is as good.
 *
 * `version-hint.text` says where readers begin to look. It is written after the document, so it never names one that is
 * not there, and it only rises. It holds digits alone: some readers take a newline for a part of the file's name.
 */
export function createFileCatalog(
  bucket: Bucket,
  prefix: string,
  place: Place,
  { maxEarlier = MAX_EARLIER }: FileCatalogOptions = {},
): Catalog {
  return {
    async list(signal) {
      const found: DataType[] = []
      for await (const folder of bucket.listFolders(tablesPrefix(prefix), signal)) {
        const dataType = parseTableFolder(prefix, folder)
        if (dataType !== undefined) found.push(dataType)
      }
      return found
    },
    load: (dataType, signal) => load(bucket, metadataFolder(prefix, dataType), signal),
    async commit(dataType, base, table, signal) {
      const folder = metadataFolder(prefix, dataType)
      const version = (base?.version ?? 0) + 1
      const earlier = base ? [...base.table.earlier, earlierOf(folder, base, place)] : []
      const kept = { ...table, earlier: earlier.slice(-maxEarlier) }
      const outcome = await create(bucket, folder, version, kept, signal)
      if (outcome === 'committed') {
        const dropped = earlier.slice(0, -maxEarlier).map(({ uri }) => place.objectOf(uri))
        for (const name of dropped) await removeObject(bucket, name, signal)
      }
      return outcome
    },
  }
}

export function metadataFolder(prefix: string, dataType: DataType): string {
  return `${tableFolder(prefix, dataType)}metadata/`
}

/** Removes an object whatever its generation: only for names that are never written again. */
export async function removeObject(bucket: Bucket, name: string, signal?: AbortSignal): Promise<void> {
  const object = await bucket.stat(name, signal)
  if (object) await bucket.remove(object, signal)
}

/** The hint can be old: its writer may have died before it wrote it. So the versions after it are tried. */
async function load(bucket: Bucket, folder: string, signal?: AbortSignal): Promise<Loaded | undefined> {
  for (let tries = 0; tries < MAX_HINT_READS; tries += 1) {
    const hinted = (await readHint(bucket, folder, signal))?.version ?? (await highestListed(bucket, folder, signal))
    if (hinted === undefined) return undefined
    let newest = await read(bucket, folder, hinted, signal)
    // Removed since the hint was read: then there is a newer hint.
    if (!newest) continue
    for (let next: Loaded | undefined = newest; next; next = await read(bucket, folder, next.version + 1, signal))
      newest = next
    return newest
  }
  throw new DamagedTableError(`${folder}version-hint.text names a version that is not there`)
}

async function read(
  bucket: Bucket,
  folder: string,
  version: number,
  signal?: AbortSignal,
): Promise<Loaded | undefined> {
  const name = documentName(folder, version)
  const found = await bucket.read(name, signal)
  return found && { version, table: decodeTableMetadata(name, found.data) }
}

async function highestListed(bucket: Bucket, folder: string, signal?: AbortSignal): Promise<number | undefined> {
  let highest: number | undefined
  for await (const { name } of bucket.list(`${folder}v`, signal)) {
    const version = versionOf(folder, name)
    if (version !== undefined && version > (highest ?? 0)) highest = version
  }
  return highest
}

async function create(
  bucket: Bucket,
  folder: string,
  version: number,
  table: Table,
  signal?: AbortSignal,
): Promise<CommitOutcome> {
  const options = { contentType: 'application/json', ...(signal && { signal }) }
  const name = documentName(folder, version)
  // Commit point of a table's snapshot.
  const { outcome } = await bucket.write(name, encodeTableMetadata(table), ABSENT, options)
  if (outcome === 'conflict') return outcome
  const hinted = await raiseHint(bucket, folder, version, signal)
  if (hinted <= version) return outcome
  // Others are ahead. Where they built on this version, it counts. Where this version had been removed long ago, they
  // do not know of it: the document is of a writer that was asleep for a hundred commits.
  return (await isBehind(bucket, folder, table, signal)) ? outcome : 'conflict'
}

async function isBehind(bucket: Bucket, folder: string, table: Table, signal?: AbortSignal): Promise<boolean> {
  const newest = await load(bucket, folder, signal)
  const id = table.snapshots.at(-1)?.snapshotId
  return newest?.table.uuid === table.uuid && newest.table.snapshots.some(({ snapshotId }) => snapshotId === id)
}

/** Raises the hint to `version`, if it is lower. @returns the hint as it is now */
async function raiseHint(bucket: Bucket, folder: string, version: number, signal?: AbortSignal): Promise<number> {
  const options = { contentType: 'text/plain', ...(signal && { signal }) }
  for (let tries = 0; tries < MAX_HINT_READS; tries += 1) {
    const hint = await readHint(bucket, folder, signal)
    if (hint?.version !== undefined && hint.version >= version) return hint.version
    const data = Buffer.from(String(version))
    const { outcome } = await bucket.write(`${folder}version-hint.text`, data, hint?.generation ?? ABSENT, options)
    if (outcome === 'committed') return version
  }
  // The commit stands without the hint: whoever loads the table tries the versions after it.
  return version
}

interface Hint {
  /** Undefined where the text is no number. */
  readonly version: number | undefined
  readonly generation: string
}

async function readHint(bucket: Bucket, folder: string, signal?: AbortSignal): Promise<Hint | undefined> {
  const found = await bucket.read(`${folder}version-hint.text`, signal)
  if (!found) return undefined
  const text = new TextDecoder().decode(found.data).trim()
  return { version: /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined, generation: found.object.generation }
}

function documentName(folder: string, version: number): string {
  return `${folder}v${version}.metadata.json`
}

/** The version of a metadata document by its name; undefined for any other object. */
export function versionOf(folder: string, name: string): number | undefined {
  const [, digits] = /^v([1-9]\d{0,14})\.metadata\.json$/.exec(name.slice(folder.length)) ?? []
  return digits === undefined ? undefined : Number(digits)
}

function earlierOf(folder: string, { version, table }: Loaded, place: Place) {
  return { uri: place.uriOf(documentName(folder, version)), timestampMs: table.lastUpdatedMs }
}
