import { listQueuedDays, type QueuedDay } from '../ledger/table-queue.ts'
import { DAY_MS, dayOf } from '../market/days.ts'
import type { DataType } from '../market/names.ts'
import { copiesPrefix } from '../storage/table-names.ts'
import { DamagedTableError, damagedOnly } from './damaged-table.ts'
import { readManifests } from './draft.ts'
import { type LeftOutDay, readLeftOut } from './left-out.ts'
import type { ListedManifest } from './manifest-list.ts'
import { copiesKeptUntilMs } from './old-copies.ts'
import { isBuilt } from './refresh.ts'
import { draftPlace, type TableServices } from './refresh-days.ts'
import type { Table } from './table-metadata.ts'

/** What a table has of one venue. */
export interface VenueInTable {
  readonly venue: string
  readonly days: number
  readonly firstDate: string
  readonly lastDate: string
  readonly files: number
  readonly rows: number
}

export interface TableStatus {
  readonly dataType: DataType
  readonly location: string
  /** Of the metadata document. */
  readonly version: number
  readonly snapshotId: number
  readonly snapshots: number
  /** When the current snapshot was made, ISO 8601. */
  readonly refreshedAt: string
  readonly files: number
  readonly rows: number
  readonly bytes: number
  readonly metadataBytes: number
  /** Copies of objects that were or are being replaced; absent where there are none. */
  readonly copies?: KeptCopies
  readonly venues: readonly VenueInTable[]
}

export interface KeptCopies {
  readonly files: number
  readonly bytes: number
  /** The first refresh after this time removes them, ISO 8601. Absent while the table names some of them. */
  readonly keptUntil?: string
}

export interface TablesStatus {
  readonly tables: readonly TableStatus[]
  /** Tables that cannot be read, and why. */
  readonly damaged: readonly { readonly dataType: DataType; readonly fault: string }[]
  /** False while the first build is not complete. */
  readonly isBuilt: boolean
  /** Venue-days that the next refresh looks at. */
  readonly queued: number
  /** Stored files that no table has, with the reason. */
  readonly leftOut: readonly LeftOutDay[]
}

type ReadServices = Pick<TableServices, 'bucket' | 'prefix' | 'catalog' | 'place' | 'signal'>

/** What the tables have, from their own metadata. Memory: the entries of one manifest list. */
export async function readTablesStatus(services: ReadServices): Promise<TablesStatus> {
  const { bucket, prefix, catalog, signal } = services
  const tables: TableStatus[] = []
  const damaged: { dataType: DataType; fault: string }[] = []
  for (const dataType of await catalog.list(signal)) {
    const table = await readTable(dataType, services).catch(damagedOnly)
    if (table instanceof DamagedTableError) damaged.push({ dataType, fault: table.message })
    else if (table) tables.push(table)
  }
  const queued: QueuedDay[] = []
  for await (const entry of listQueuedDays(bucket, prefix, signal)) queued.push(entry)
  const leftOut = await readLeftOut(bucket, prefix, signal)
  return { tables, damaged, isBuilt: await isBuilt(bucket, prefix, signal), queued: queued.length, leftOut }
}

async function readTable(dataType: DataType, services: ReadServices): Promise<TableStatus | undefined> {
  const { bucket, catalog, signal } = services
  const loaded = await catalog.load(dataType, signal)
  const snapshot = loaded?.table.snapshots.at(-1)
  if (!loaded || !snapshot) return undefined
  const at = draftPlace(dataType, services)
  const manifests = await readManifests(snapshot, at)
  const names = [`${at.folder}metadata/v${loaded.version}.metadata.json`, at.place.objectOf(snapshot.manifestListUri)]
  const objects = await Promise.all(names.map(name => bucket.stat(name, signal)))
  const { files, rows, bytes } = snapshot.summary
  const copies = await readCopies(dataType, loaded.table, services)
  return {
    ...{ dataType, location: loaded.table.location, version: loaded.version, snapshotId: snapshot.snapshotId },
    ...{ snapshots: loaded.table.snapshots.length, refreshedAt: new Date(snapshot.timestampMs).toISOString() },
    ...{ files, rows, bytes, metadataBytes: objects.reduce((sum, object) => sum + (object?.bytes ?? 0), 0) },
    ...(copies && { copies }),
    venues: [...Map.groupBy(manifests, ({ exchange }) => exchange)].map(([venue, days]) => venueInTable(venue, days)),
  }
}

async function readCopies(
  dataType: DataType,
  table: Table,
  { bucket, prefix, signal }: ReadServices,
): Promise<KeptCopies | undefined> {
  let [files, bytes] = [0, 0]
  for await (const copy of bucket.list(copiesPrefix(prefix, dataType), signal)) {
    files += 1
    bytes += copy.bytes
  }
  if (files === 0) return undefined
  const untilMs = copiesKeptUntilMs(table)
  return { files, bytes, ...(untilMs !== undefined && { keptUntil: new Date(untilMs).toISOString() }) }
}

/** The manifests are in order of days. */
function venueInTable(venue: string, manifests: readonly ListedManifest[]): VenueInTable {
  const dateOf = (manifest: ListedManifest | undefined) => dayOf((manifest?.day ?? 0) * DAY_MS)
  const sum = (field: 'files' | 'rows') => manifests.reduce((all, manifest) => all + manifest[field], 0)
  return {
    ...{ venue, days: manifests.length, firstDate: dateOf(manifests[0]), lastDate: dateOf(manifests.at(-1)) },
    ...{ files: sum('files'), rows: sum('rows') },
  }
}
