import type { Manifest } from '../ledger/manifest.ts'
import { listQueuedDays } from '../ledger/table-queue.ts'
import { DAY_MS, dayOf } from '../market/days.ts'
import { type VenueDay, venueDayKey } from '../market/items.ts'
import type { DataType } from '../market/names.ts'
import { dataFolder } from '../storage/names.ts'
import { DamagedTableError, damagedOnly } from './damaged-table.ts'
import { dataFilesOf } from './data-files.ts'
import { type DraftPlace, isCopy, namesCopies, readManifestFile, readManifests } from './draft.ts'
import { leftOver } from './left-over.ts'
import type { ListedManifest } from './manifest-list.ts'
import { knownDays } from './refresh.ts'
import { draftPlace, readComplete, type TableServices } from './refresh-days.ts'

/** Something that does not hold. */
export interface TableFault {
  readonly dataType: DataType
  readonly fault: string
}

interface Verified {
  readonly faults: readonly TableFault[]
  /** Data files that were compared with the ledger and the bucket. */
  readonly files: number
  /** Objects that nothing names. They cost their storage and no more; `rebuildTables` removes them. */
  readonly leftOver: number
}

type ReadServices = Pick<TableServices, 'bucket' | 'prefix' | 'catalog' | 'place' | 'signal'>

/**
 * Compares the tables with the ledger's manifests and with the bucket: every data type that has rows has a table, which can
 * be read; every kept snapshot's files are there; the current one names exactly the files of the complete venue-days, with
 * their rows and sizes; and each of them is there. Venue-days that wait in the queue are left out. Reads all manifests, and
 * lists the data. Memory: manifest entries of each table.
 */
export async function verifyTables(
  services: ReadServices,
  onDay: (done: number, total: number) => void,
): Promise<Verified> {
  const { bucket, prefix, catalog, signal } = services
  const verifiers = new Map<DataType, TableVerifier>()
  const damaged: TableFault[] = []
  for (const dataType of await catalog.list(signal)) {
    const verifier = await openVerifier(dataType, services).catch(damagedOnly)
    if (verifier instanceof DamagedTableError) damaged.push({ dataType, fault: verifier.message })
    else if (verifier) verifiers.set(dataType, verifier)
  }
  const without = new Map<DataType, number>()
  const queued = new Set<string>()
  for await (const day of listQueuedDays(bucket, prefix, signal)) queued.add(venueDayKey(day))
  const days = await knownDays(bucket, prefix, signal)
  for (const [at, day] of days.entries()) {
    // A document that cannot be read is the ledger's own fault, which `status` tells.
    const manifest = queued.has(venueDayKey(day)) ? undefined : await readComplete(day, services)
    if (manifest) {
      for (const verifier of verifiers.values()) await verifier.verify(manifest)
      for (const dataType of new Set(manifest.items.map(({ dataType }) => dataType))) {
        if (verifiers.has(dataType)) continue
        without.set(dataType, (without.get(dataType) ?? 0) + dataFilesOf(manifest, dataType).files.length)
      }
    }
    onDay(at + 1, days.length)
  }
  for (const { dataType } of damaged) without.delete(dataType)
  return sumOf([...verifiers.values()], [...damaged, ...missing(without)], days)
}

/** Data types without a table, with the number of their data files. */
function missing(without: ReadonlyMap<DataType, number>): TableFault[] {
  return [...without]
    .filter(([, files]) => files > 0)
    .map(([dataType, files]) => ({
      dataType,
      fault: `there is no table, but ${files} recorded files belong into one; table rebuild makes it`,
    }))
}

function sumOf(
  verifiers: readonly TableVerifier[],
  others: readonly TableFault[],
  days: readonly VenueDay[],
): Verified {
  for (const verifier of verifiers) verifier.end(new Set(days.map(venueDayKey)))
  const sum = (field: 'files' | 'leftOver') => verifiers.reduce((total, one) => total + one[field], 0)
  const faults = [...others, ...verifiers.flatMap(({ faults }) => faults)]
  return { faults, files: sum('files'), leftOver: sum('leftOver') }
}

async function openVerifier(dataType: DataType, services: ReadServices): Promise<TableVerifier | undefined> {
  const { bucket, catalog, signal } = services
  const loaded = await catalog.load(dataType, signal)
  if (!loaded) return undefined
  const at = draftPlace(dataType, services)
  const faults: string[] = []
  const stored = new Map<string, number>()
  for await (const { name, bytes } of bucket.list(at.folder, signal)) stored.set(name, bytes)
  let current: ListedManifest[] = []
  const seen = new Set<string>()
  for (const snapshot of loaded.table.snapshots) {
    const isThere = stored.has(at.place.objectOf(snapshot.manifestListUri))
    if (!isThere) faults.push(`${snapshot.manifestListUri} is not there, but a snapshot names it`)
    current = isThere ? await readManifests(snapshot, at) : []
    for (const { uri, bytes } of current) {
      const found = stored.get(at.place.objectOf(uri))
      if (found === undefined && !seen.has(uri)) faults.push(`${uri} is not there, but a snapshot names it`)
      else if (found !== bytes && !seen.has(uri)) faults.push(`${uri} has ${found} bytes, expected ${bytes}`)
      if (!seen.has(uri) && found === bytes && namesCopies({ uri })) faults.push(...(await copyFaults(uri, stored, at)))
      seen.add(uri)
    }
  }
  const readable = current.filter(({ uri, bytes }) => stored.get(at.place.objectOf(uri)) === bytes)
  let unnamed = 0
  if (faults.length === 0) for await (const _ of leftOver(loaded, at)) unnamed += 1
  return new TableVerifier({ dataType, prefix: services.prefix, at, faults, leftOver: unnamed, current: readable })
}

/** A manifest file names copies that are not there, or have another size. */
async function copyFaults(uri: string, stored: ReadonlyMap<string, number>, at: DraftPlace): Promise<string[]> {
  const copies = (await readManifestFile(uri, at)).filter(file => isCopy(file.uri, at))
  return copies.flatMap(file => {
    const found = stored.get(at.place.objectOf(file.uri))
    return found === file.bytes ? [] : [`${file.uri} has ${found ?? 'no'} bytes, expected ${file.bytes}`]
  })
}

interface Opened {
  readonly dataType: DataType
  readonly prefix: string
  readonly at: DraftPlace
  readonly faults: readonly string[]
  readonly leftOver: number
  readonly current: readonly ListedManifest[]
}

class TableVerifier {
  readonly faults: TableFault[]
  readonly leftOver: number
  files = 0
  readonly #opened: Opened
  readonly #byDay: ReadonlyMap<string, ListedManifest>

  constructor(opened: Opened) {
    const { dataType, faults, leftOver, current } = opened
    this.faults = faults.map(fault => ({ dataType, fault }))
    this.leftOver = leftOver
    this.#opened = opened
    this.#byDay = new Map(current.map(listed => [venueDayKey(dayOfManifest(listed)), listed]))
  }

  /** Compares a venue-day of the table with its manifest, and with the objects that are there. */
  async verify(manifest: Manifest): Promise<void> {
    const { dataType, at } = this.#opened
    const expected = dataFilesOf(manifest, dataType).files
    const listed = this.#byDay.get(venueDayKey(manifest))
    const files = listed ? await readManifestFile(listed.uri, at).catch(damagedOnly) : []
    if (files instanceof DamagedTableError) return this.#fault(files.message)
    const named = new Map(files.map(file => [file.uri, file]))
    const objects = expected.length > 0 ? await this.#objectsOf(manifest) : new Map<string, number>()
    for (const { object, rows, bytes } of expected) {
      const file = named.get(at.place.uriOf(object))
      named.delete(at.place.uriOf(object))
      this.files += 1
      if (!file) this.#fault(`${object} is recorded, but the table lacks it`)
      else if (file.rows !== rows || file.bytes !== bytes)
        this.#fault(
          `${object}: the table has ${file.rows} rows in ${file.bytes} bytes, recorded are ${rows} in ${bytes}`,
        )
      const found = objects.get(object)
      if (found === undefined) this.#fault(`${object} is recorded with ${bytes} bytes, but is not in the bucket`)
      else if (found !== bytes) this.#fault(`${object} has ${found} bytes in the bucket, recorded are ${bytes}`)
    }
    for (const uri of named.keys()) this.#fault(`the table names ${uri}, which is not recorded`)
  }

  /** @param known the venue-days of the ledger */
  end(known: ReadonlySet<string>): void {
    for (const day of this.#byDay.keys()) {
      if (!known.has(day)) this.#fault(`the table has ${day}, which the ledger does not know`)
    }
  }

  async #objectsOf({ venue, date }: VenueDay): Promise<Map<string, number>> {
    const { dataType, prefix, at } = this.#opened
    const objects = new Map<string, number>()
    const folder = `${dataFolder(prefix, { dataType, venue })}date=${date}/`
    for await (const { name, bytes } of at.bucket.list(folder, at.signal)) objects.set(name, bytes)
    return objects
  }

  #fault(fault: string): void {
    this.faults.push({ dataType: this.#opened.dataType, fault })
  }
}

function dayOfManifest({ exchange, day }: ListedManifest): VenueDay {
  return { venue: exchange, date: dayOf(day * DAY_MS) }
}
