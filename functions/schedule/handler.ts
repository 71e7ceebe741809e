import { openLedger } from '../ledger/ledger.ts'
import { type Delivery, rejected } from '../ledger/rejected.ts'
import { dayOf } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { parseScheduleRequest, type ScheduleRequest, type VenueDayMessage, withVersion } from '../pubsub/messages.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import type { Services } from '../services.ts'
import { statusOf } from './status.ts'
import { countVenueDays, isOverdue, resolveRequest, venueDays, type Wanted } from './venue-days.ts'

export type ScheduleServices = Pick<
  Services,
  'bucket' | 'publisher' | 'config' | 'log' | 'clock' | 'observe' | 'signal'
>

export type ScheduleOutcome =
  | {
      readonly outcome: 'scheduled'
      readonly venueDays: number
      readonly published: number
      readonly alreadyComplete: number
      readonly startDate: string
      readonly endDate: string
    }
  | { readonly outcome: 'rejected'; readonly reason: string }

/** Waiting for the bucket is nearly all there is to do: two to four small requests for each venue-day. */
const SUMMARIES_AT_ONCE = 32

/**
 * Turns a request into one message per venue-day that is not complete for what is asked. Safe to run twice: it reads,
 * and publishes what is safe to deliver twice. Memory: 32 summaries, and what the publisher's flow control lets wait.
 * Rejects where the bucket or the topic fails: the request comes again and is worked on from the start.
 */
export async function handleSchedule(delivery: Delivery, services: ScheduleServices): Promise<ScheduleOutcome> {
  const parsed = parseScheduleRequest(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const today = dayOf(services.clock.now())
  const resolved = resolveRequest(parsed.message, today, services.config)
  if (!resolved.ok) return { outcome: 'rejected', reason: resolved.reason }
  return schedule(resolved.wanted, parsed.message, services)
}

async function schedule(
  wanted: Wanted,
  request: ScheduleRequest,
  services: ScheduleServices,
): Promise<ScheduleOutcome> {
  const { publisher, config, signal } = services
  let alreadyComplete = 0
  const messages = unfinished(wanted, request, services, () => {
    alreadyComplete += 1
  })
  // Commit point of each venue-day: its message is taken. What follows only tells of it.
  const published = await publisher.publishMany(config.venueDaysTopic, messages, signal ? { signal } : {})
  const { startDate, endDate } = wanted
  const summary = { venueDays: countVenueDays(wanted), published, alreadyComplete, startDate, endDate }
  const { venues, scope, force, upgrade } = wanted
  const fields = { ...summary, venues: venues.length, scope, force, upgrade }
  if (summary.venueDays === 0) services.log.warn('nothing scheduled: no day of the request has begun', fields)
  else services.log.info('scheduled', fields)
  services.observe?.({ kind: 'scheduled', venueDays: summary.venueDays, alreadyComplete })
  return { outcome: 'scheduled', ...summary }
}

/** The messages to publish, made only as fast as they are taken. They say what was asked for, defaults and all. */
async function* unfinished(
  wanted: Wanted,
  { symbols, startDate, endDate }: ScheduleRequest,
  services: ScheduleServices,
  onComplete: (day: VenueDay) => void,
): AsyncGenerator<VenueDayMessage> {
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const asked = {
    dataTypes: Object.keys(wanted.scope),
    ...(symbols && { symbols: [...symbols] }),
    ...(wanted.force && { force: true }),
    ...(wanted.upgrade && { upgrade: true }),
  }
  // A backfill's old days were never asked for before: only the days that are looked after all the time can be late.
  const lateMs = startDate || endDate ? Number.NEGATIVE_INFINITY : services.clock.now()
  const look = async (day: VenueDay) => ({
    day,
    status: wanted.force ? undefined : await statusOf(ledger, day, wanted, services),
  })
  for await (const { day, status } of mapConcurrently(venueDays(wanted), SUMMARIES_AT_ONCE, look)) {
    if (status === 'complete') {
      onComplete(day)
      continue
    }
    if (status && status !== 'outdated' && isOverdue(day.date, lateMs)) {
      services.log.warn('venue-day is not complete long after its end', { event: 'venue_day_overdue', ...day, status })
    }
    yield withVersion({ ...day, ...asked })
  }
}
