import { LedgerDocumentError } from '../ledger/document.ts'
import { openLedger } from '../ledger/ledger.ts'
import type { Manifest } from '../ledger/manifest.ts'
import { DAY_MS, dayStartMs } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import type { DataType } from '../market/names.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { type Clock, sleep } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import type { Bucket } from '../storage/bucket.ts'
import { tableFolder } from '../storage/table-names.ts'
import type { Catalog, Loaded } from './catalog.ts'
import { dataFilesOf, type LeftOut } from './data-files.ts'
import { type DraftPlace, removeDropped, TableDraft } from './draft.ts'
import { LeftOutNotes } from './left-out.ts'
import type { Place } from './place.ts'

export interface TableServices {
  readonly bucket: Bucket
  /** The data's prefix, which the tables are beside. */
  readonly prefix: string
  readonly catalog: Catalog
  readonly place: Place
  readonly clock: Clock
  /** In [0, 1): spreads rivals. */
  readonly random: () => number
  readonly newUuid: () => string
  /** How many snapshots of a table are kept; 100 by default. */
  readonly maxSnapshots?: number
  readonly log: Log
  readonly signal?: AbortSignal | undefined
}

/** What one refresh of some venue-days did. */
export interface DaysRefreshed {
  /** Commits: one for each table that changed. */
  readonly commits: number
  /** Entries of manifest files that were made. */
  readonly entries: number
}

const DAYS_AT_ONCE = 8
export const MAX_ATTEMPTS = 100
const MAX_BACKOFF_MS = 2_000
type ReadServices = Pick<TableServices, 'bucket' | 'prefix' | 'signal'> & { readonly log?: Log }

/**
 * Brings all tables up to date with the manifests of these venue-days: one commit for each table that changes. A venue-day
 * that is not complete stays in the tables as it was. Where another writer is first, everything is done again on its state,
 * the reading of the manifests too. Safe to repeat, and to run at the same time as others.
 * Memory: a few ledger manifests, and the entries of a manifest list for each table.
 * @throws Error where others are first again and again
 */
export async function refreshDays(days: readonly VenueDay[], services: TableServices): Promise<DaysRefreshed> {
  const { catalog, signal } = services
  return await refreshFrom(dataType => catalog.load(dataType, signal), days, services)
}

/** @param load the state to build on; undefined where there is no table */
export async function refreshFrom(
  load: (dataType: DataType) => Promise<Loaded | undefined>,
  days: readonly VenueDay[],
  services: TableServices,
  onDay?: () => void,
): Promise<DaysRefreshed> {
  let commits = 0
  let entries = 0
  let lost: ReadonlySet<DataType> | undefined
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    // Loaded before any manifest is read. So a manifest that changes meanwhile is never newer than what a conflict shows.
    const drafts = await openDrafts(load, lost, services)
    entries += await stageDays(days, drafts, services, attempt === 1 ? onDay : undefined)
    const done = await commitDrafts(drafts, services)
    commits += done.commits
    if (done.lost.size === 0) return { commits, entries }
    lost = done.lost
    services.log.debug('another writer was first, starting again with its tables', { tables: [...lost], attempt })
    await waitForRivals(attempt, services)
  }
  throw new Error(`the tables ${[...(lost ?? [])].join(', ')}: other writers were first ${MAX_ATTEMPTS} times in a row`)
}

/** A while that is not the same for two writers of whom another was first. */
export async function waitForRivals(attempt: number, { random, signal, clock }: TableServices): Promise<void> {
  await sleep(random() * Math.min(MAX_BACKOFF_MS, 50 * 2 ** attempt), signal, clock)
}

async function stageDays(days: readonly VenueDay[], drafts: Drafts, services: TableServices, onDay?: () => void) {
  let entries = 0
  const read = (day: VenueDay) => readComplete(day, services)
  for await (const manifest of mapConcurrently(days, DAYS_AT_ONCE, read)) {
    services.signal?.throwIfAborted()
    if (manifest) entries += await drafts.stage(manifest)
    onDay?.()
  }
  return entries
}

async function commitDrafts({ byType }: Drafts, services: TableServices) {
  const lost = new Set<DataType>()
  let commits = 0
  for (const [dataType, draft] of byType) {
    const outcome = await commit(dataType, draft, services)
    if (outcome === 'conflict') lost.add(dataType)
    if (outcome === 'committed') commits += 1
  }
  return { commits, lost }
}

interface Drafts {
  readonly byType: ReadonlyMap<DataType, TableDraft>
  /** @returns how many data files the manifest has */
  stage(manifest: Manifest): Promise<number>
}

/** @param only undefined for all tables */
async function openDrafts(
  load: (dataType: DataType) => Promise<Loaded | undefined>,
  only: ReadonlySet<DataType> | undefined,
  services: TableServices,
): Promise<Drafts> {
  const { bucket, prefix, catalog, signal } = services
  // An attempt that does some tables again has noted what the others leave out.
  const notes = only ? undefined : await LeftOutNotes.open(bucket, prefix, signal)
  const byType = new Map<DataType, TableDraft>()
  for (const dataType of await catalog.list(signal)) {
    if (only && !only.has(dataType)) continue
    byType.set(dataType, await openDraft(dataType, await load(dataType), services))
  }
  return {
    byType,
    async stage(manifest) {
      const { venue: exchange, date } = manifest
      const day = dayStartMs(date) / DAY_MS
      const types = new Set([...byType.keys(), ...manifest.items.map(({ dataType }) => dataType)])
      let entries = 0
      const all: LeftOut[] = []
      for (const dataType of types) {
        if (only && !only.has(dataType)) continue
        const { files, leftOut, otherColumns } = dataFilesOf(manifest, dataType)
        all.push(...leftOut)
        let draft = byType.get(dataType)
        if (!draft) {
          if (files.length === 0) continue
          // Not loaded now, after the manifest was read: a table that appeared meanwhile is a conflict.
          draft = await openDraft(dataType, undefined, services)
          byType.set(dataType, draft)
        }
        await draft.stage({ exchange, day, files, otherColumns })
        entries += files.length
      }
      await notes?.note(manifest, all, signal)
      return entries
    },
  }
}

function openDraft(dataType: DataType, base: Loaded | undefined, services: TableServices): Promise<TableDraft> {
  return TableDraft.open(dataType, base, draftPlace(dataType, services))
}

export function draftPlace(
  dataType: DataType,
  { bucket, place, prefix, maxSnapshots, signal }: DraftServices,
): DraftPlace {
  return { bucket, place, folder: tableFolder(prefix, dataType), maxSnapshots, signal }
}
type DraftServices = Pick<TableServices, 'bucket' | 'place' | 'prefix' | 'maxSnapshots' | 'signal'>

async function commit(dataType: DataType, draft: TableDraft, services: TableServices) {
  const { catalog, clock, log, newUuid, signal } = services
  const table = await draft.build(newUuid, clock.now())
  if (!table) return 'unchanged'
  const outcome = await catalog.commit(dataType, draft.base, table, signal)
  if (outcome === 'conflict') return outcome
  const { summary, sequenceNumber } = table.snapshots.at(-1)!
  log.info('table refreshed', { event: 'table', dataType, days: draft.changedDays, sequenceNumber, ...summary })
  await removeDropped(draft.base?.table, table, draftPlace(dataType, services)).catch(error =>
    log.warn('files of expired snapshots are left, nothing names them', { dataType, error }),
  )
  return outcome
}

/**
 * The manifest of a venue-day that is complete for its plan as it is now. Undefined where it is not: the plan may have
 * grown, and its objects be replaced, before the manifest says so. Undefined also where a document cannot be read: the
 * ledger heals that. The plan is read after the manifest, and both after the table.
 */
export async function readComplete(day: VenueDay, services: ReadServices): Promise<Manifest | undefined> {
  const { bucket, prefix, log, signal } = services
  const ledger = openLedger(bucket, prefix)
  try {
    const manifest = await ledger.readManifest(day, signal)
    if (manifest?.status !== 'complete') return undefined
    const plan = await ledger.readPlanId(day, signal)
    return plan === undefined || plan === manifest.plan ? manifest : undefined
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    log?.warn('a manifest or a plan cannot be read, its venue-day stays in the tables as it was', { ...day, error })
    return undefined
  }
}
