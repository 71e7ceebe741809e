import { openLedger } from '../ledger/ledger.ts'
import { DAY_MS, dayStartMs } from '../market/days.ts'
import { compareText, type Item, type VenueDay } from '../market/items.ts'
import type { DataType } from '../market/names.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { dataObjectName } from '../storage/names.ts'
import { copyName, tableFolder } from '../storage/table-names.ts'
import type { Loaded } from './catalog.ts'
import { tableColumns } from './columns.ts'
import type { DataFile } from './data-files.ts'
import { isCopy, TableDraft } from './draft.ts'
import type { NamedFile } from './manifest-file.ts'
import { draftPlace, MAX_ATTEMPTS, type TableServices, waitForRivals } from './refresh-days.ts'
import type { Table } from './table-metadata.ts'

const COPIED_AT_ONCE = 16
const CONTENT_TYPE = 'application/vnd.apache.parquet'

/**
 * Makes the tables name copies of the objects that the batches with this plan id replace. Once it has resolved, those
 * objects may be replaced: no table names them until the venue-day is complete for a plan that has these batches.
 *
 * It commits to each table that the items belong to, also where there is nothing to copy. So a refresh that has read the
 * venue-day's manifest before the plan grew is not the next to commit, and starts again with the plan as it is now.
 * Safe to repeat, and to run at the same time as others. Memory: the entries of a manifest list.
 *
 * @returns how many copies the tables name more than before
 * @throws Error where others are first again and again
 */
export async function copyReplaced(day: VenueDay, planId: string, services: TableServices): Promise<number> {
  const { bucket, prefix, signal } = services
  const plan = await openLedger(bucket, prefix).readPlan(day, signal)
  const items = (plan?.batches ?? []).filter(batch => batch.plan === planId).flatMap(batch => batch.items)
  let copies = 0
  for (const [dataType, replaced] of Map.groupBy(items, item => item.dataType)) {
    copies += await copyInTable(dataType, day, objectsOf(replaced, day, prefix), services)
  }
  return copies
}

function objectsOf(items: readonly Item[], day: VenueDay, prefix: string): Set<string> {
  return new Set(
    items.flatMap(({ dataType, symbol }) => {
      try {
        return [dataObjectName(prefix, { ...day, dataType, symbol })]
      } catch {
        // A symbol that cannot be a name has no object.
        return []
      }
    }),
  )
}

async function copyInTable(
  dataType: DataType,
  day: VenueDay,
  objects: ReadonlySet<string>,
  services: TableServices,
): Promise<number> {
  const { catalog, place, prefix, log, signal } = services
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const base = await catalog.load(dataType, signal)
    const location = place.uriOf(tableFolder(prefix, dataType).slice(0, -1))
    if (base && base.table.location !== location) {
      const found = { dataType, found: base.table.location, expected: location }
      log.warn('a table is of another place, nothing here is copied for it; table rebuild makes it anew', found)
      return 0
    }
    const { table, copies } = base
      ? await withCopies(dataType, base, day, objects, services)
      : { table: blankTable(dataType, location, services), copies: 0 }
    // Commit point: readers that begin after it read copies.
    if ((await catalog.commit(dataType, base, table, signal)) === 'committed') {
      if (copies > 0) log.info('the table names copies', { event: 'table_copies', ...day, dataType, copies })
      return copies
    }
    await waitForRivals(attempt, services)
  }
  throw new Error(`the table ${dataType}: other writers were first ${MAX_ATTEMPTS} times in a row`)
}

/** A table without snapshots: what creates one meanwhile loses, and reads the plan. */
function blankTable(dataType: DataType, location: string, { clock, newUuid }: TableServices): Table {
  return {
    ...{ uuid: newUuid(), location, schemas: [{ schemaId: 0, columns: tableColumns(dataType) }] },
    ...{ lastUpdatedMs: clock.now(), lastSequenceNumber: 0, snapshots: [], earlier: [] },
  }
}

/** The next state of a table: the same one where it names none of the objects. */
async function withCopies(
  dataType: DataType,
  base: Loaded,
  { venue: exchange, date }: VenueDay,
  objects: ReadonlySet<string>,
  services: TableServices,
): Promise<{ readonly table: Table; readonly copies: number }> {
  const { place, clock, newUuid, prefix, signal } = services
  const at = draftPlace(dataType, services)
  const draft = await TableDraft.open(dataType, base, at)
  const key = { exchange, day: dayStartMs(date) / DAY_MS }
  const copyOf = async ({ uri, ...facts }: NamedFile) => {
    const object = place.objectOf(uri)
    const file = { ...facts, object }
    if (!objects.has(object)) return { file, isNew: false, isCopy: isCopy(uri, at) }
    const copy = copyName(prefix, dataType, draft.sequenceNumber, object)
    if (!(await copyObject(file, copy, services))) return { file, isNew: false, isCopy: false }
    return { file: { ...file, object: copy }, isNew: true, isCopy: true }
  }
  const named = []
  for await (const file of mapConcurrently(await draft.filesOf(key), COPIED_AT_ONCE, copyOf)) {
    signal?.throwIfAborted()
    named.push(file)
  }
  const copies = named.filter(({ isNew }) => isNew).length
  if (copies === 0) return { table: base.table, copies }
  const files = named.map(({ file }) => file).sort((a, b) => compareText(a.object, b.object))
  await draft.stage({ ...key, files, otherColumns: [], copies: named.filter(({ isCopy }) => isCopy).length })
  return { table: (await draft.build(newUuid, clock.now()))!, copies }
}

/**
 * Copies the object that a table names. An object that was removed or changed by hand stays named as it is: no copy of it
 * is what the table says. @returns false for that
 */
async function copyObject(file: DataFile, name: string, { bucket, log, signal }: TableServices): Promise<boolean> {
  const { object, bytes } = file
  const source = await bucket.stat(object, signal)
  const isAsNamed = source?.bytes === bytes
  const options = { contentType: CONTENT_TYPE, ...(signal && { signal }) }
  const { outcome } = source && isAsNamed ? await bucket.copy(source, name, options) : { outcome: 'gone' }
  if (outcome === 'committed') return true
  log.warn('an object is not what its table names, so it is not copied before it is replaced', {
    ...{ object, outcome, bytes: source?.bytes, expected: bytes },
  })
  return false
}
