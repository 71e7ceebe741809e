import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Manifest, ManifestItem } from '../../ledger/manifest.ts'
import { addDays, commonPrefix } from '../../market/days.ts'
import { compareText, type VenueDay, venueDayKey } from '../../market/items.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'
import { dataFolder } from '../../storage/names.ts'
import { counted } from '../terminal/human.ts'
import { endsOf } from './ends.ts'
import type { Problem, VenueDayReport } from './venue-days.ts'

export interface CheckOptions {
  readonly bucket: Bucket
  readonly ledger: Ledger
  readonly prefix: string
  /** Called after each venue-day with how many have been compared. */
  readonly onChecked?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Compares what the manifests record as stored with a list of the bucket: existence, size, generation and checksum.
 * Returns the reports, with a problem for each object that is gone or is another one; a complete venue-day with such a
 * problem is incomplete. Reads no object. Memory: the manifests and objects of a few days of one venue.
 */
export async function checkBucket(
  reports: readonly VenueDayReport[],
  options: CheckOptions,
): Promise<VenueDayReport[]> {
  const checked = new Map<string, VenueDayReport>()
  for (const days of Map.groupBy(reports.filter(hasObjects), ({ venue }) => venue).values()) {
    for await (const report of checkVenue(days, options)) {
      checked.set(venueDayKey(report), report)
      options.onChecked?.(checked.size, reports.length)
    }
  }
  return reports.map(report => checked.get(venueDayKey(report)) ?? report)
}

const hasObjects = ({ counts }: VenueDayReport) => counts !== undefined && counts.stored + counts.empty > 0

const MANIFESTS_AT_ONCE = 16

/** One pass over the days, side by side with one list per data type: both are in order of days. */
async function* checkVenue(days: readonly VenueDayReport[], options: CheckOptions): AsyncGenerator<VenueDayReport> {
  const sorted = days.toSorted((a, b) => compareText(a.date, b.date))
  const lists = new Map<string, DayList>()
  for (let at = 0; at < sorted.length; at += MANIFESTS_AT_ONCE) {
    const some = sorted.slice(at, at + MANIFESTS_AT_ONCE)
    const manifests = await Promise.all(some.map(day => readManifest(options, day)))
    for (const [index, report] of some.entries()) {
      const items = (manifests[index]?.items ?? []).filter(({ object }) => object !== undefined)
      const found = new Map<string, StoredObject>()
      for (const dataType of new Set(items.map(item => item.dataType))) {
        const list = lists.get(dataType) ?? listOf(report.venue, dataType, sorted, options)
        lists.set(dataType, list)
        for (const object of await list.objectsOf(report.date)) found.set(object.name, object)
      }
      yield withProblems(
        report,
        items.flatMap(item => problemOf(item, found.get(item.object!))),
      )
    }
  }
}

/** Undefined where there is none, or none that can be read: the ledger heals that, and a report says it. */
async function readManifest({ ledger, signal }: CheckOptions, day: VenueDay): Promise<Manifest | undefined> {
  try {
    return await ledger.readManifest(day, signal)
  } catch (error) {
    if (error instanceof LedgerDocumentError) return undefined
    throw error
  }
}

function problemOf(item: ManifestItem, found: StoredObject | undefined): Problem[] {
  const { dataType, symbol, object, bytes = 0, generation, crc32c } = item
  if (!found) return [{ dataType, symbol, status: 'gone', error: `${object} is not there` }]
  if (found.bytes !== bytes) {
    const error = `${object} has ${counted(found.bytes, 'byte')}, recorded are ${counted(bytes, 'byte')}`
    return [{ dataType, symbol, status: 'changed', error }]
  }
  // A copy of the same content, as in a folder that was restored, is as good.
  if (found.generation === generation || found.crc32c === crc32c) return []
  return [{ dataType, symbol, status: 'changed', error: `${object} was written again since it was recorded` }]
}

function withProblems(report: VenueDayReport, problems: readonly Problem[]): VenueDayReport {
  if (problems.length === 0) return report
  const status = report.status === 'complete' ? 'incomplete' : report.status
  return { ...report, status, problems: [...report.problems, ...problems] }
}

/** The objects of a data type of a venue, a day at a time; the days must be asked for in order. */
interface DayList {
  objectsOf(date: string): Promise<readonly StoredObject[]>
}

function listOf(
  venue: string,
  dataType: string,
  days: readonly VenueDay[],
  { bucket, prefix, signal }: CheckOptions,
): DayList {
  const [first, last] = endsOf(days)
  const folder = dataFolder(prefix, { dataType, venue })
  const objects = bucket.list(`${folder}date=${commonPrefix(first.date, last.date)}`, signal)[Symbol.asyncIterator]()
  let next: StoredObject | undefined
  const advance = async () => {
    const result = await objects.next()
    next = result.done ? undefined : result.value
  }
  let isStarted = false
  return {
    async objectsOf(date) {
      if (!isStarted) await advance()
      isStarted = true
      const [from, to] = [`${folder}date=${date}/`, `${folder}date=${addDays(date, 1)}`]
      while (next && next.name < from) await advance()
      const found: StoredObject[] = []
      while (next && next.name < to) {
        found.push(next)
        await advance()
      }
      return found
    },
  }
}
