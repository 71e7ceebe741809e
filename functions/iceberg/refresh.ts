import { z } from 'zod'
import { decodeDocument, encodeDocument } from '../ledger/document.ts'
import { fields, SCHEMA_VERSION, schemaVersion } from '../ledger/fields.ts'
import { listQueuedDays, type QueuedDay } from '../ledger/table-queue.ts'
import { compareVenueDays, type VenueDay, venueDayKey } from '../market/items.ts'
import { day, venue } from '../market/schemas.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { ABSENT, type Bucket, type Generation } from '../storage/bucket.ts'
import { parseDayFolder, parseVenueFolder, venuesPrefix } from '../storage/names.ts'
import { tableBuildName } from '../storage/table-names.ts'
import { REMOVED_AT_ONCE } from './left-over.ts'
import { removeOldCopies } from './old-copies.ts'
import { type DaysRefreshed, refreshDays, type TableServices } from './refresh-days.ts'

/** Venue-days in one commit. More take longer until they are visible, fewer make more snapshots. */
const DAYS_PER_COMMIT = 500

export interface RefreshOptions {
  /** True when no further commit shall begin; what is left is for the next refresh. */
  readonly isOver?: () => boolean
  readonly daysPerCommit?: number
  /** Called after each commit with the venue-days that are done, and how many there are of the first build. */
  readonly onProgress?: (progress: Refreshed & { readonly total: number | undefined }) => void
}

export interface Refreshed extends DaysRefreshed {
  readonly days: number
  /** False where it was over before everything was done. */
  readonly isDone: boolean
}

/** How far the first build has come: it goes through the venue-days in order. */
const build = fields({ schemaVersion, done: fields({ venue, date: day }).optional(), isDone: z.boolean() })
type Build = z.infer<typeof build>

/**
 * Brings the tables up to date: the first time with every complete venue-day of the ledger, then with those that wait in
 * the queue. Safe to stop at any line, to repeat, and to run at the same time as others.
 * Memory: names of the venue-days, a few ledger manifests, and the entries of a manifest list for each table.
 */
export async function refreshTables(services: TableServices, options: RefreshOptions = {}): Promise<Refreshed> {
  const { bucket, prefix, signal } = services
  // Listed before any manifest is read: what is queued later is not taken off.
  const queue = new Map<string, QueuedDay>()
  for await (const queued of listQueuedDays(bucket, prefix, signal)) queue.set(venueDayKey(queued), queued)
  const built = await buildTables(queue, services, options)
  if (!built.isDone) return built
  const left = [...queue.values()]
  let progress = built
  for (const chunk of chunksOf(left, options)) {
    if (options.isOver?.()) return { ...progress, isDone: false }
    progress = add(progress, await refreshChunk(chunk, queue, services))
    options.onProgress?.({ ...progress, total: built.days + left.length })
  }
  await removeOldCopies(services)
  return progress
}

async function buildTables(queue: Map<string, QueuedDay>, services: TableServices, options: RefreshOptions) {
  const { bucket, prefix, signal } = services
  let progress: Refreshed = { commits: 0, entries: 0, days: 0, isDone: true }
  let position = await readBuild(bucket, prefix, signal)
  if (position.build.isDone) return progress
  position = await noteBegun(services, position)
  const { done } = position.build
  const all = await knownDays(bucket, prefix, signal)
  const left = done ? all.filter(known => compareVenueDays(known, done) > 0) : all
  for (const chunk of chunksOf(left, options)) {
    if (options.isOver?.()) return { ...progress, isDone: false }
    progress = add(progress, await refreshChunk(chunk, queue, services))
    const { venue, date } = chunk.at(-1)!
    const { isDone } = position.build
    position = await writeBuild(services, position, { schemaVersion: SCHEMA_VERSION, done: { venue, date }, isDone })
    options.onProgress?.({ ...progress, total: left.length })
  }
  await writeBuild(services, position, { ...position.build, isDone: true })
  return progress
}

/** A venue-day is taken off the queue after the commit, and only if nobody has queued it again since it was listed. */
async function refreshChunk(
  chunk: readonly VenueDay[],
  queue: Map<string, QueuedDay>,
  services: TableServices,
): Promise<Refreshed> {
  const { bucket, signal } = services
  const done = await refreshDays(chunk, services)
  const queued = chunk.flatMap(day => queue.get(venueDayKey(day)) ?? [])
  for await (const _ of mapConcurrently(queued, REMOVED_AT_ONCE, ({ object }) => bucket.remove(object, signal)));
  for (const day of queued) queue.delete(venueDayKey(day))
  return { ...done, days: chunk.length, isDone: true }
}

function add(a: Refreshed, b: Refreshed): Refreshed {
  return { commits: a.commits + b.commits, entries: a.entries + b.entries, days: a.days + b.days, isDone: b.isDone }
}

function* chunksOf<T>(values: readonly T[], { daysPerCommit: length = DAYS_PER_COMMIT }: RefreshOptions) {
  for (let at = 0; at < values.length; at += length) yield values.slice(at, at + length)
}

/** Every venue-day that the ledger has a folder of, in order of venue and day. */
export async function knownDays(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<VenueDay[]> {
  const days: VenueDay[] = []
  for await (const venueFolder of bucket.listFolders(venuesPrefix(prefix), signal)) {
    const venue = parseVenueFolder(prefix, venueFolder)
    if (venue === undefined) continue
    for await (const dayFolder of bucket.listFolders(venueFolder, signal)) {
      const date = parseDayFolder(prefix, venue, dayFolder)
      if (date !== undefined) days.push({ venue, date })
    }
  }
  return days.sort(compareVenueDays)
}

/** True once the tables have every venue-day that was complete at some moment: the queue has the others. */
export async function isBuilt(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<boolean> {
  return (await readBuild(bucket, prefix, signal)).build.isDone
}

/** Notes that the tables have every venue-day but those that are queued. */
export async function noteBuilt(services: TableServices): Promise<void> {
  const { bucket, prefix, signal } = services
  const position = await readBuild(bucket, prefix, signal)
  if (!position.build.isDone) await writeBuild(services, position, { ...position.build, isDone: true })
}

/**
 * Notes that there are tables, before any manifest is read: from then on a batch that replaces objects asks for copies
 * first, and one that was planned before is seen in the plans.
 */
export async function noteBegun(services: TableServices, found?: Position): Promise<Position> {
  const position = found ?? (await readBuild(services.bucket, services.prefix, services.signal))
  return position.generation === ABSENT ? await writeBuild(services, position, position.build) : position
}

interface Position {
  readonly build: Build
  readonly generation: Generation
}

async function readBuild(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<Position> {
  const name = tableBuildName(prefix)
  const found = await bucket.read(name, signal)
  if (!found) return { build: { schemaVersion: SCHEMA_VERSION, isDone: false }, generation: ABSENT }
  return { build: decodeDocument(build, name, found.data), generation: found.object.generation }
}

/** Where another writer has noted its progress meanwhile, that note stays, and each goes on with its own venue-days. */
async function writeBuild({ bucket, prefix, signal }: TableServices, { generation }: Position, next: Build) {
  const name = tableBuildName(prefix)
  const options = { contentType: 'application/json', ...(signal && { signal }) }
  const written = await bucket.write(name, encodeDocument(build, name, next), generation, options)
  if (written.outcome === 'committed') return { build: next, generation: written.object.generation }
  return await readBuild(bucket, prefix, signal)
}
