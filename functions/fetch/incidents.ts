import { isDeepStrictEqual } from 'node:util'
import { LedgerDocumentError } from '../ledger/document.ts'
import type { Incident } from '../ledger/fields.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { commonPrefix } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { createDeadline } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import type { Services } from '../services.ts'
import { parseDayFolder, venuesPrefix } from '../storage/names.ts'
import type { ExchangeDetails } from '../tardis/exchange.ts'
import { knownFields, reportedIncidents } from './plan.ts'

export interface IncidentsReport {
  /** Days whose manifests were compared with what the vendor reports. */
  readonly days: number
  /** Days whose manifests had other incidents: each is folded again. */
  readonly changed: number
}

/** Days that are looked up at once: each takes one small request to the bucket. */
const SUMMARIES_AT_ONCE = 16

/**
 * Compares the incidents that the vendor reports for some days of a venue with those in the manifests, because vendors
 * report late and a complete venue-day is not planned again. Where they differ, the plan gets the new ones and a completion
 * is published, so that the manifest is folded again; nothing is downloaded. Safe to run twice and at once: what a manifest
 * has already is left alone, and a manifest that was not folded yet is folded. A day without a manifest is left to planning.
 * Memory: 16 summaries, one plan. Rejects where the vendor, the bucket or the topic fails, or at the deadline: the days
 * that were folded until then are not changed again.
 * @returns undefined where the vendor does not know the venue
 */
export async function refreshIncidents(
  venue: string,
  { firstDay, lastDay }: { readonly firstDay: string; readonly lastDay: string },
  services: Services,
): Promise<IncidentsReport | undefined> {
  using deadline = createDeadline(services.config.deadlineMs, services.clock, services.signal)
  const outcome = await services.vendor.exchange(venue, { deadline })
  if (outcome.kind === 'unknown') return undefined
  const { signal } = deadline
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const recorded = await recordedDays(venue, firstDay, lastDay, services, signal)
  const compare = (date: string) => {
    const day = { venue, date }
    return ifReadable(day, services.log, () => compareDay(ledger, day, outcome.details, signal))
  }
  let days = 0
  let changed = 0
  for await (const compared of mapConcurrently(recorded, SUMMARIES_AT_ONCE, compare)) {
    if (!compared) continue
    days += 1
    if (!compared.differs) continue
    const replace = () => replaceIncidents(ledger, compared, services, signal)
    if (await ifReadable(compared.day, services.log, replace)) changed += 1
  }
  services.log.info('incidents compared', { firstDay, lastDay, days, changed })
  return { days, changed }
}

/** The days of the range that have a folder in the ledger. What both ends begin with narrows the listing. */
async function recordedDays(
  venue: string,
  firstDay: string,
  lastDay: string,
  { bucket, config: { gcsPrefix } }: Pick<Services, 'bucket' | 'config'>,
  signal: AbortSignal,
): Promise<string[]> {
  const days: string[] = []
  const beginning = `${venuesPrefix(gcsPrefix, venue)}date=${commonPrefix(firstDay, lastDay)}`
  for await (const folder of bucket.listFolders(beginning, signal)) {
    const date = parseDayFolder(gcsPrefix, venue, folder)
    if (date !== undefined && date >= firstDay && date <= lastDay) days.push(date)
  }
  return days
}

/** A document that cannot be read, or is a newer release's, is left to schedule and `status`: the other days go on. */
async function ifReadable<T>(day: VenueDay, log: Log, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    log.warn('the incidents of a day are not compared, because a document of it cannot be read', { ...day, error })
    return undefined
  }
}

interface ComparedDay {
  readonly day: VenueDay
  /** As the vendor reports them now. */
  readonly incidents: Incident[]
  readonly differs: boolean
}

/** Undefined for a day without a manifest. */
async function compareDay(
  ledger: Ledger,
  day: VenueDay,
  details: ExchangeDetails,
  signal: AbortSignal,
): Promise<ComparedDay | undefined> {
  const summary = await ledger.readSummary(day, signal)
  if (!summary) return undefined
  const incidents = reportedIncidents(details, day.date)
  return { day, incidents, differs: !isDeepStrictEqual(summary.incidents.map(knownFields), incidents) }
}

/** True where the manifest is folded again. */
async function replaceIncidents(
  ledger: Ledger,
  { day, incidents }: ComparedDay,
  { clock, random, log, publisher, config }: Services,
  signal: AbortSignal,
): Promise<boolean> {
  // Commit point of the incidents. The manifest still differs, so a delivery that ends here publishes when it comes again.
  const updated = await ledger.update('plan', day, plan => plan && { ...plan, incidents }, {
    ...{ clock, random, log, signal },
  })
  if (!updated) {
    log.warn('manifest without a plan, its incidents stay as they are', { ...day })
    return false
  }
  const completion = { ...day, plan: updated.document.plan, index: 0 }
  await publisher.publish(config.completionsTopic, completion, { signal })
  log.info('Tardis reports other incidents than the manifest has: folding it again', { ...day, incidents })
  return true
}
