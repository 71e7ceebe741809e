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
 * Most venue-days in one request, whatever the venues. schedule makes a few small requests to the bucket for each
 * and publishes it: this many take it seconds, so that one that fails is soon done again, and the scheduler's own
 * request never waits long behind a backfill.
 */
export const MOST_VENUE_DAYS = 500

const DAY_MS = 86_400_000

/**
 * Cuts a request of any length into requests for the same venues that schedule works on in seconds each, the latest days
 * first. Together they ask for the same. Pure; both dates included.
 */
export function cut(whole: Part['request']): Part[] {
  const { venues, startDate, endDate } = whole
  const daysEach = Math.max(1, Math.floor(MOST_VENUE_DAYS / venues.length))
  const parts: Part[] = []
  const firstMs = Date.parse(startDate)
  for (let lastMs = Date.parse(endDate); lastMs >= firstMs; lastMs -= daysEach * DAY_MS) {
    const fromMs = Math.max(firstMs, lastMs - (daysEach - 1) * DAY_MS)
    const venueDays = venues.length * ((lastMs - fromMs) / DAY_MS + 1)
    parts.push({ request: { ...whole, startDate: dateOf(fromMs), endDate: dateOf(lastMs) }, venueDays })
  }
  return parts
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
