import { listQueuedDays, type QueuedDay } from '../ledger/table-queue.ts'
import type { DataType } from '../market/names.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { tableFolder } from '../storage/table-names.ts'
import type { Loaded } from './catalog.ts'
import { highestNumbers, REMOVED_AT_ONCE, removeLeftOver } from './left-over.ts'
import { knownDays, noteBegun, noteBuilt } from './refresh.ts'
import { type DaysRefreshed, draftPlace, refreshFrom, type TableServices } from './refresh-days.ts'

/**
 * Makes all tables anew from the ledger, whatever is there: after the folder or bucket was moved, or where a table cannot
 * be read. Readers see the old state until the new one is complete; earlier snapshots are gone then. Safe to repeat, and
 * to run beside refreshes. Memory: the entries of a manifest list for each table.
 */
export async function rebuildTables(services: TableServices, onDay: (done: number, total: number) => void) {
  const { bucket, prefix, catalog, signal } = services
  await noteBegun(services)
  const queue: QueuedDay[] = []
  for await (const queued of listQueuedDays(bucket, prefix, signal)) queue.push(queued)
  const days = await knownDays(bucket, prefix, signal)
  let done = 0
  const anew = (dataType: DataType) => blankBase(dataType, services)
  const end: DaysRefreshed = await refreshFrom(anew, days, services, () => onDay(++done, days.length))
  for await (const _ of mapConcurrently(queue, REMOVED_AT_ONCE, ({ object }) => bucket.remove(object, signal)));
  await noteBuilt(services)
  for (const dataType of await catalog.list(signal)) {
    const loaded = await catalog.load(dataType, signal)
    if (loaded) await removeLeftOver(loaded, draftPlace(dataType, services))
  }
  return { ...end, days: days.length, isDone: true }
}

/** A table without a snapshot, of the highest version and sequence number that the folder has. */
async function blankBase(dataType: DataType, services: TableServices): Promise<Loaded | undefined> {
  const { bucket, prefix, place, clock, newUuid, signal } = services
  const { version, sequenceNumber } = await highestNumbers(bucket, tableFolder(prefix, dataType), signal)
  if (version === 0) return undefined
  const location = place.uriOf(draftPlace(dataType, services).folder.slice(0, -1))
  const table = { uuid: newUuid(), location, schemas: [], snapshots: [], earlier: [] }
  return { version, table: { ...table, lastUpdatedMs: clock.now(), lastSequenceNumber: sequenceNumber } }
}
