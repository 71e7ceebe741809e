import type { DataType } from '../market/names.ts'
import { ABSENT, type Bucket } from '../storage/bucket.ts'
import type { Loaded } from './catalog.ts'
import { evolveColumns, type TableColumn, tableColumns } from './columns.ts'
import { DamagedTableError } from './damaged-table.ts'
import type { DataFile } from './data-files.ts'
import { removeObject } from './file-catalog.ts'
import { decodeManifestFile, encodeManifestFile, type NamedFile } from './manifest-file.ts'
import { decodeManifestList, encodeManifestList, type ListedManifest, listedManifest } from './manifest-list.ts'
import type { Place } from './place.ts'
import { changedManifests, type DayChange, type DayEntry, dayKey, snapshotIdOf, summaryOf } from './snapshot.ts'
import type { Snapshot, Table } from './table-metadata.ts'
import type { TableSchema } from './table-schema.ts'

const MAX_SNAPSHOTS = 100

export interface DraftPlace {
  readonly bucket: Bucket
  readonly place: Place
  /** The folder of the table, with its slash. */
  readonly folder: string
  /** How many snapshots readers can go back; 100 by default. */
  readonly maxSnapshots?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a data type of a venue-day shall have in its table. */
export interface StagedDay {
  readonly exchange: string
  readonly day: number
  readonly files: readonly DataFile[]
  /** Columns of the files that the data type does not document. */
  readonly otherColumns: readonly string[]
  /**
   * How many of the files are copies of objects that will be replaced: 0 by default. The snapshots before this one name
   * the objects themselves, so they are dropped.
   */
  readonly copies?: number
}

/** What the names of manifest files end with: of those that name copies, and of all others. */
const ENDS = { copies: '-m1.avro', own: '-m0.avro' } as const

/** True for a manifest file that names copies. */
export function namesCopies({ uri }: Pick<ListedManifest, 'uri'>): boolean {
  return uri.endsWith(ENDS.copies)
}

/**
 * The next state of one table, built on a state that was loaded before the ledger was read. What it stores before the
 * commit (manifest files, a list) has names that begin with its sequence number, and each sequence number is committed
 * once. So a name that no later state has is never used again, and can be removed at any time.
 * Memory: the entries of a manifest list.
 */
export class TableDraft {
  readonly base: Loaded | undefined
  readonly #at: DraftPlace
  readonly #dataType: DataType
  readonly #present: readonly ListedManifest[]
  readonly #byDay: ReadonlyMap<string, ListedManifest>
  readonly #sequenceNumber: number
  readonly #changes = new Map<string, DayChange>()
  #schemas: readonly TableSchema[]
  #endsHistory = false

  private constructor(
    dataType: DataType,
    base: Loaded | undefined,
    present: readonly ListedManifest[],
    at: DraftPlace,
  ) {
    this.base = base
    this.#at = at
    this.#dataType = dataType
    this.#present = present
    this.#byDay = new Map(present.map(manifest => [dayKey(manifest), manifest]))
    this.#sequenceNumber = (base?.table.lastSequenceNumber ?? 0) + 1
    this.#schemas = base?.table.schemas ?? []
  }

  /** @param base undefined where there is no table yet */
  static async open(dataType: DataType, base: Loaded | undefined, at: DraftPlace): Promise<TableDraft> {
    return new TableDraft(dataType, base, base ? await readManifests(base.table.snapshots.at(-1), at) : [], at)
  }

  /** Stores the manifest file of a venue-day, unless the table has the same already. Safe to repeat. */
  async stage(staged: StagedDay): Promise<void> {
    const { files, copies = 0 } = staged
    if (copies > 0) this.#endsHistory = true
    const before = this.#byDay.get(dayKey(staged))
    if (files.length === 0) {
      if (before) this.#changes.set(dayKey(staged), { before: await this.#entryOf(before) })
      return
    }
    const schema = this.#evolve(tableColumns(this.#dataType, staged.otherColumns))
    const encoded = encodeManifestFile(schema, files, object => this.#at.place.uriOf(object))
    if (before?.uri.includes(`-${encoded.entriesHash}-`)) return
    // The schema's hash keeps rivals apart that store the same entries with other columns: each reads its own file.
    const end = `${encoded.entriesHash}-${encoded.schemaHash}${copies > 0 ? ENDS.copies : ENDS.own}`
    const name = this.#name(`${this.#sequenceNumber}-${end}`)
    const stored = await this.#store(name, encoded.data)
    const uri = this.#at.place.uriOf(name)
    const after: DayEntry = {
      // The snapshot's id follows from all manifest files. `build` sets it.
      listed: listedManifest(files, { uri, bytes: stored, snapshotId: 0, sequenceNumber: this.#sequenceNumber }),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      copies,
    }
    this.#changes.set(dayKey(staged), { before: before && (await this.#entryOf(before)), after })
  }

  /** Stores the manifest list. @returns the table to commit, or undefined where nothing changes */
  async build(newUuid: () => string, nowMs: number): Promise<Table | undefined> {
    // A table without a snapshot, which is made anew, gets one in any case.
    if (this.#changes.size === 0 && this.base?.table.snapshots.length !== 0) return undefined
    const { place, folder } = this.#at
    const table: Table = this.base?.table ?? {
      ...{ uuid: newUuid(), location: place.uriOf(folder.slice(0, -1)), schemas: [] },
      ...{ lastUpdatedMs: 0, lastSequenceNumber: 0, snapshots: [], earlier: [] },
    }
    const before = table.snapshots.at(-1)
    const manifests = changedManifests(this.#present, this.#changes)
    const sequenceNumber = this.#sequenceNumber
    const snapshotId = snapshotIdOf(
      table,
      sequenceNumber,
      manifests.map(({ uri }) => uri),
    )
    const parent = before && { parentSnapshotId: before.snapshotId }
    const listed = manifests.map(entry => (entry.sequenceNumber === sequenceNumber ? { ...entry, snapshotId } : entry))
    const list = this.#name(`snap-${sequenceNumber}-${snapshotId}.avro`)
    await this.#store(list, encodeManifestList(listed, { snapshotId, ...parent, sequenceNumber }))
    const { schemaId } = this.#schemas.at(-1) ?? this.#evolve(tableColumns(this.#dataType))
    // A clock that was set back must not make time run backwards for readers that look for a moment.
    const timestampMs = Math.max(nowMs, table.lastUpdatedMs + 1)
    const snapshot: Snapshot = {
      ...{ snapshotId, ...parent, sequenceNumber, timestampMs, schemaId },
      ...{ manifestListUri: place.uriOf(list), summary: summaryOf(before, this.#changes) },
    }
    return {
      ...table,
      schemas: this.#schemas,
      lastUpdatedMs: timestampMs,
      lastSequenceNumber: sequenceNumber,
      snapshots: this.#endsHistory
        ? [snapshot]
        : [...table.snapshots, snapshot].slice(-(this.#at.maxSnapshots ?? MAX_SNAPSHOTS)),
    }
  }

  /** The sequence number of the next state. */
  get sequenceNumber(): number {
    return this.#sequenceNumber
  }

  /** The data files that a venue-day has before the draft's changes; none where the table does not have it. */
  async filesOf(day: Pick<StagedDay, 'exchange' | 'day'>): Promise<NamedFile[]> {
    const listed = this.#byDay.get(dayKey(day))
    return listed ? await readManifestFile(listed.uri, this.#at) : []
  }

  /** The days that the draft adds, changes or takes away. */
  get changedDays(): number {
    return this.#changes.size
  }

  /** Every change has an id of its own, also within one commit: ClickHouse refuses an id that stands for two schemas. */
  #evolve(found: readonly TableColumn[]): TableSchema {
    const current = this.#schemas.at(-1)
    const columns = evolveColumns(current?.columns ?? found, found)
    if (columns === current?.columns) return current
    const schema = { schemaId: (current?.schemaId ?? -1) + 1, columns }
    this.#schemas = [...this.#schemas, schema]
    return schema
  }

  async #entryOf(listed: ListedManifest): Promise<DayEntry> {
    const files = await readManifestFile(listed.uri, this.#at)
    const copies = files.filter(({ uri }) => isCopy(uri, this.#at)).length
    return { listed, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), copies }
  }

  #name(file: string): string {
    return `${this.#at.folder}metadata/${file}`
  }

  /** @returns the stored object's size: another release of zlib may have stored the same entries in other bytes */
  async #store(name: string, data: Buffer): Promise<number> {
    const { bucket, signal } = this.#at
    const options = { contentType: 'application/octet-stream', ...(signal && { signal }) }
    if ((await bucket.write(name, data, ABSENT, options)).outcome === 'committed') return data.length
    const found = await bucket.stat(name, signal)
    if (found) return found.bytes
    throw new Error(
      `${name} was removed while it was written: another writer has committed sequence number ${this.#sequenceNumber}`,
    )
  }
}

/** True for a copy, false for an object below the data's prefix. */
export function isCopy(uri: string, { place, folder }: Pick<DraftPlace, 'place' | 'folder'>): boolean {
  return uri.startsWith(place.uriOf(`${folder}data/`))
}

/** The manifest files of a snapshot, in order of venue and day; none without a snapshot. */
export async function readManifests(snapshot: Snapshot | undefined, at: DraftPlace): Promise<ListedManifest[]> {
  return snapshot ? await readAvro(snapshot.manifestListUri, at, decodeManifestList) : []
}

export async function readManifestFile(uri: string, at: DraftPlace) {
  return await readAvro(uri, at, decodeManifestFile)
}

async function readAvro<T>(uri: string, { bucket, place, signal }: DraftPlace, decode: (data: Buffer) => T) {
  const name = place.objectOf(uri)
  const found = await bucket.read(name, signal)
  if (!found) throw new DamagedTableError(`${name} is not there, but the table names it`)
  const { buffer, byteOffset, byteLength } = found.data
  try {
    return decode(Buffer.from(buffer, byteOffset, byteLength))
  } catch (cause) {
    throw new DamagedTableError(`${name} is damaged: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Removes what only snapshots have that a commit dropped: their lists, and the manifest files that the next snapshot does
 * not have. Nothing is ever added again under its old name, so what one snapshot lacks all later ones lack. Safe to
 * repeat, and to leave half-way: what is left then is named by nothing.
 */
export async function removeDropped(before: Table | undefined, after: Table, at: DraftPlace): Promise<void> {
  const kept = new Set(after.snapshots.map(({ snapshotId }) => snapshotId))
  const all = before?.snapshots ?? []
  for (const [index, snapshot] of all.entries()) {
    if (kept.has(snapshot.snapshotId)) return
    const next = new Set((await readManifests(all[index + 1] ?? after.snapshots[0], at)).map(({ uri }) => uri))
    for (const { uri } of await readManifests(snapshot, at)) {
      if (!next.has(uri)) await removeObject(at.bucket, at.place.objectOf(uri), at.signal)
    }
    await removeObject(at.bucket, at.place.objectOf(snapshot.manifestListUri), at.signal)
  }
}
