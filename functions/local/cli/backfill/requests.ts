import { addDays, countDays } from '../../../market/days.ts'
import type { ScheduleRequest } from '../../../pubsub/messages.ts'

/** A request with its range, and how many venue-days that is. */
export interface Part {
  readonly request: ScheduleRequest & {
    readonly venues: string[]
    readonly startDate: string
    readonly endDate: string
  }
  readonly venueDays: number
}

/**
 * Maximum number of venue-days in one request. schedule makes a few small requests to the bucket for each
 * and publishes it: this many take it seconds, so that one that fails is soon done again, and the scheduler's own
 * request never waits long behind a backfill.
 */
export const MAX_REQUEST_VENUE_DAYS = 500

/**
 * Cuts a request of any length into requests for the same venues that schedule works on in seconds each, the latest days
 * first. Together they request the same. Pure; both dates included.
 */
export function cut(whole: Part['request']): Part[] {
  const { venues, startDate, endDate } = whole
  const daysEach = Math.max(1, Math.floor(MAX_REQUEST_VENUE_DAYS / venues.length))
  const parts: Part[] = []
  for (let last = endDate; last >= startDate; last = addDays(last, -daysEach)) {
    const days = Math.min(daysEach, countDays(startDate, last))
    parts.push({
      request: { ...whole, startDate: addDays(last, 1 - days), endDate: last },
      venueDays: venues.length * days,
    })
  }
  return parts
}
