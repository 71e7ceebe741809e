import type { Ledger } from '../../ledger/ledger.ts'
import { commonPrefix, daysFrom } from '../../market/days.ts'
import type { VenueDay } from '../../market/items.ts'
import { usesVenuePatterns, venuesLike } from '../../market/venues.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { Bucket } from '../../storage/bucket.ts'
import { parseDayFolder, parseVenueFolder, venuesPrefix } from '../../storage/names.ts'
import { type CacheFrom, cachedSummaries } from './summary-cache.ts'
import { type ReadOptions, readVenueDays, type VenueDayReport } from './venue-days.ts'

export interface SurveyRange {
  /** Undefined: every venue that has a ledger. */
  readonly venues?: readonly string[]
  readonly startDate?: string
  readonly endDate?: string
}

/**
 * Every venue-day of the range with what its manifest says. Between the two dates a day without a manifest is `absent`;
 * a date that is left out is the first or last day that the ledger knows of. In order of venue and day.
 * Reads manifests only, and with a cache those that have changed; memory: one report per venue-day.
 */
export async function survey(
  bucket: Bucket,
  ledger: Ledger,
  prefix: string,
  range: SurveyRange,
  onRead?: ReadOptions['onRead'],
  cache?: Pick<CacheFrom, 'files' | 'refresh'>,
): Promise<VenueDayReport[]> {
  const days = await surveyedDays(bucket, prefix, range)
  if (!cache) return await readVenueDays(ledger, days, { onRead })
  const { readSummary, saved } = await cachedSummaries(ledger, { bucket, prefix, ...cache }, days)
  const reports = await readVenueDays({ ...ledger, readSummary }, days, { onRead })
  await saved()
  return reports
}

/** The venue-days of a survey, before anything of them is read. */
export async function surveyedDays(bucket: Bucket, prefix: string, range: SurveyRange): Promise<VenueDay[]> {
  const known = await knownDays(bucket, prefix, range)
  const all = [...known.values()].flatMap(days => [...days]).sort()
  const startDate = range.startDate ?? all[0] ?? range.endDate
  const endDate = range.endDate ?? all.at(-1) ?? range.startDate
  if (startDate === undefined || endDate === undefined) return []
  const days = daysFrom(startDate, endDate)
  const asked = range.startDate !== undefined || range.endDate !== undefined
  const venues = [...(range.venues ?? known.keys())].sort()
  return venues.flatMap(venue => {
    const ofVenue = known.get(venue) ?? new Set()
    // Without a requested range, the days before a venue's first and after its last are not missing.
    const [first, last] = asked ? [startDate, endDate] : endsOf(ofVenue, startDate, endDate)
    return days.filter(date => date >= first && date <= last).map(date => ({ venue, date }))
  })
}

function endsOf(days: ReadonlySet<string>, startDate: string, endDate: string): readonly [string, string] {
  const sorted = [...days].sort()
  return [sorted[0] ?? startDate, sorted.at(-1) ?? endDate]
}

/** The days of each venue that the ledger holds anything of; begun days without a manifest are among them. */
export async function knownDays(bucket: Bucket, prefix: string, range: SurveyRange): Promise<Map<string, Set<string>>> {
  const known = new Map<string, Set<string>>()
  const read = async (venue: string) => ({ venue, days: await daysOf(bucket, prefix, venue, range) })
  for await (const { venue, days } of mapConcurrently(range.venues ?? (await venuesOf(bucket, prefix)), 8, read)) {
    if (days.size > 0) known.set(venue, days)
  }
  return known
}

/** The venues that names and patterns stand for: a name for itself, a pattern for those of the ledger that fit it. */
export async function recordedVenues(bucket: Bucket, prefix: string, patterns: readonly string[]): Promise<string[]> {
  return venuesLike(patterns, usesVenuePatterns(patterns) ? await venuesOf(bucket, prefix) : []).sort()
}

async function venuesOf(bucket: Bucket, prefix: string): Promise<string[]> {
  const venues: string[] = []
  for await (const folder of bucket.listFolders(venuesPrefix(prefix))) {
    const venue = parseVenueFolder(prefix, folder)
    if (venue !== undefined) venues.push(venue)
  }
  return venues
}

/** What both dates begin with narrows the listing: a month of a venue does not need a listing of all its years. */
async function daysOf(bucket: Bucket, prefix: string, venue: string, range: SurveyRange): Promise<Set<string>> {
  const { startDate, endDate } = range
  const beginning = startDate && endDate ? `date=${commonPrefix(startDate, endDate)}` : ''
  const days = new Set<string>()
  for await (const folder of bucket.listFolders(`${venuesPrefix(prefix, venue)}${beginning}`)) {
    const date = parseDayFolder(prefix, venue, folder)
    if (date !== undefined && inRange(date, range)) days.add(date)
  }
  return days
}

function inRange(date: string, { startDate, endDate }: SurveyRange): boolean {
  return (startDate === undefined || date >= startDate) && (endDate === undefined || date <= endDate)
}
