import { addDays, type CalendarDay, countDays, DAY_MS, dayStartMs } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { PERIOD_EXPECTED, readPeriod } from '../market/periods.ts'
import { type Scope, scopeOf } from '../market/scope.ts'
import { selectorsOf } from '../market/selector.ts'
import { venuePatternsOfNone, venuesLike } from '../market/venues.ts'
import type { ScheduleRequest } from '../pubsub/messages.ts'
import type { Config } from '../runtime/config/config.ts'
import { shown } from '../runtime/shown.ts'

/** A request with everything that it left out filled in. */
export interface Wanted {
  readonly venues: readonly string[]
  /** UTC days, both included; none if the end is before the start. */
  readonly startDate: string
  readonly endDate: string
  readonly scope: Scope
  readonly force: boolean
  /** With `force`: the kept request that is done once, whatever is redelivered. */
  readonly forcedBy?: string
  /** Also what is complete, but converted by an older converter version. */
  readonly upgrade?: boolean
}

export type Resolved = { readonly ok: true; readonly wanted: Wanted } | { readonly ok: false; readonly reason: string }

/**
 * The request with names for patterns of venues, which stand for those of VENUES, and both dates for `dates` as they are on
 * the UTC day `today`; or why there are none.
 */
export function withNames<T extends ScheduleRequest>(
  { dates, ...request }: T,
  today: CalendarDay,
  config: Pick<Config, 'venues'>,
): { readonly ok: true; readonly request: Omit<T, 'dates'> } | { readonly ok: false; readonly reason: string } {
  const [none] = venuePatternsOfNone(request.venues ?? [], config.venues)
  if (none !== undefined) return { ok: false, reason: `venues: none of VENUES is like ${shown(none)}` }
  const period = dates === undefined ? undefined : readPeriod(dates, today)
  if (dates !== undefined && !period)
    return { ok: false, reason: `dates: found ${shown(dates)}, expected ${PERIOD_EXPECTED}` }
  const venues = request.venues && { venues: venuesLike(request.venues, config.venues) }
  const range = period && { startDate: period.first, endDate: period.last }
  return { ok: true, request: { ...request, ...venues, ...range } }
}

/**
 * What a request means on the UTC day `today` (`YYYY-MM-DD`). Without dates: the last `lookbackDays` up to yesterday. Only
 * a start: from there up to yesterday. Only an end: the `lookbackDays` up to it. Days that have not begun are left out.
 */
export function resolveRequest(
  request: ScheduleRequest,
  today: string,
  config: Pick<Config, 'venues' | 'dataTypes' | 'lookbackDays' | 'maxVenueDays'>,
): Resolved {
  const venues = request.venues ?? config.venues
  if (venues.length === 0) return { ok: false, reason: 'the request names no venues, and VENUES is empty' }
  const yesterday = addDays(today, -1)
  const asked = request.endDate ?? ((request.startDate ?? '') > yesterday ? today : yesterday)
  const endDate = asked > today ? today : asked
  const startDate = request.startDate ?? addDays(request.endDate ?? yesterday, 1 - config.lookbackDays)
  const scope = scopeOf(request.dataTypes ?? config.dataTypes, selectorsOf(request))
  const { force = false, upgrade = false } = request
  const wanted = { venues, startDate, endDate, scope, force, upgrade }
  const count = countVenueDays(wanted)
  if (count > config.maxVenueDays) {
    const found = `the request has ${count} venue-days (${venues.length} venues from ${startDate} to ${endDate})`
    return {
      ok: false,
      reason: `${found}, expected at most ${config.maxVenueDays}: check its dates, split it, or raise MAX_VENUE_DAYS`,
    }
  }
  return { ok: true, wanted }
}

/** Ends an iteration over venue-days early. */
export interface Stop {
  /** Asked before each day but the first. */
  isTimeUp(): boolean
  /** Gets the latest day that is left, once. */
  onStop(date: CalendarDay): void
}

/**
 * The venue-days one by one, the latest day first, because users wait for a backfill's newest data most. With `stop` it may
 * end early, between two days and never before the first has been given for all venues.
 */
export function* venueDays({ venues, startDate, endDate }: Wanted, stop?: Stop): Generator<VenueDay, void, undefined> {
  for (let date = endDate; date >= startDate; date = addDays(date, -1)) {
    if (date !== endDate && stop?.isTimeUp()) return stop.onStop(date)
    for (const venue of venues) yield { venue, date }
  }
}

/** How many venue-days that is. */
export function countVenueDays({ venues, startDate, endDate }: Wanted): number {
  return venues.length * Math.max(0, countDays(startDate, endDate))
}

/** The vendor exports a day about six hours after its end; a run or two of the schedule later it should be complete. */
const OVERDUE_MS = 1.5 * DAY_MS

/** True where a UTC day ended so long before `nowMs` (since the epoch) that it should be complete by now. */
export function isOverdue(date: string, nowMs: number): boolean {
  return nowMs >= dayStartMs(date) + DAY_MS + OVERDUE_MS
}
