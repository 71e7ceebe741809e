import type { DataType } from '../market/names.ts'
import { copiesPrefix } from '../storage/table-names.ts'
import type { Loaded } from './catalog.ts'
import type { DraftPlace } from './draft.ts'
import { leftOver, removeLeftOver } from './left-over.ts'
import { draftPlace, type TableServices } from './refresh-days.ts'
import type { Table } from './table-metadata.ts'

/** How long readers under way may need what the table has not named since: the queries of most engines take minutes. */
export const COPIES_KEPT_MS = 60 * 60 * 1000

/**
 * Drops the snapshots that name copies, once the table has named the objects themselves for an hour, and removes the copies
 * that no snapshot names. Where another writer is first, it is left for the next time. Safe to repeat, and to run at the
 * same time as others. Takes one request for each table without copies.
 */
export async function removeOldCopies(services: TableServices): Promise<void> {
  const { catalog, signal } = services
  for (const dataType of await catalog.list(signal)) {
    if (await hasCopies(dataType, services)) await removeFrom(dataType, services)
  }
}

async function hasCopies(dataType: DataType, { bucket, prefix, signal }: TableServices): Promise<boolean> {
  for await (const _ of bucket.list(copiesPrefix(prefix, dataType), signal)) return true
  return false
}

async function removeFrom(dataType: DataType, services: TableServices): Promise<void> {
  const { catalog, clock, log, signal } = services
  const before = clock.now() - COPIES_KEPT_MS
  const at = draftPlace(dataType, services)
  const loaded = await catalog.load(dataType, signal)
  if (!loaded) return
  const table = withoutOldCopies(loaded.table, before)
  const [oldest] = table.snapshots
  // Readers of the snapshots before the oldest one need their time too.
  if (!oldest || oldest.timestampMs > before) return
  if (table === loaded.table && !(await hasLeftOver(loaded, at))) return
  // Commit point: readers that begin after it read none of the snapshots that it drops. It is made also where it drops none,
  // because a writer that was killed may have left the hint at a version whose files are removed now.
  if ((await catalog.commit(dataType, loaded, table, signal)) === 'conflict') return
  const dropped = loaded.table.snapshots.length - table.snapshots.length
  log.info('removing files that no snapshot names', { event: 'table_copies_removed', dataType, dropped })
  const current = await catalog.load(dataType, signal)
  // The hint may not name a version yet that another writer has committed since: it is left for the next time.
  if (current?.version === loaded.version + 1) await removeLeftOver(current, at)
}

async function hasLeftOver(loaded: Loaded, at: DraftPlace): Promise<boolean> {
  for await (const _ of leftOver(loaded, at)) return true
  return false
}

/**
 * When readers need the copies no more, in milliseconds since the epoch: the first refresh after that removes them. Undefined
 * while the current snapshot names copies, because the venue-day is not complete yet. Pure.
 */
export function copiesKeptUntilMs({ snapshots }: Table): number | undefined {
  const last = snapshots.findLastIndex(({ summary }) => (summary.copies ?? 0) > 0)
  // Where no snapshot names copies, they are left over, and go when the readers of the oldest snapshot had their time.
  const next = snapshots[last + 1]
  return next && next.timestampMs + COPIES_KEPT_MS
}

/** Without the snapshots up to the last one that names copies and was followed by another before this time. Pure. */
export function withoutOldCopies(table: Table, beforeMs: number): Table {
  const { snapshots } = table
  const isOver = (at: number) => (snapshots[at + 1]?.timestampMs ?? Number.POSITIVE_INFINITY) <= beforeMs
  const last = snapshots.findLastIndex(({ summary }, at) => (summary.copies ?? 0) > 0 && isOver(at))
  return last < 0 ? table : { ...table, snapshots: snapshots.slice(last + 1) }
}
