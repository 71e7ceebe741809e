import { openLedger } from '../ledger/ledger.ts'
import { type Delivery, rejected } from '../ledger/rejected.ts'
import { type CalendarDay, countDays, dayOf } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { parseScheduleRequest, type ScheduleRequest, type VenueDayMessage, withVersion } from '../pubsub/messages.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { createDeadline } from '../runtime/deadline.ts'
import type { Services } from '../services.ts'
import { statusOf } from './status.ts'
import { countVenueDays, isOverdue, resolveRequest, type Stop, venueDays, type Wanted } from './venue-days.ts'

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
      /** Venue-days that this delivery had no time for: a further request was published for them. */
      readonly handedOn: number
      readonly startDate: string
      readonly endDate: string
    }
  | { readonly outcome: 'rejected'; readonly reason: string }

/** Venue-days that are looked up at once: each takes two to four small requests to the bucket. */
const SUMMARIES_AT_ONCE = 32

/**
 * Turns a request into one message per venue-day that is not complete for what is asked. At its deadline it finishes the
 * day that it has begun, for all venues, and publishes the earlier days as a further request, so that no venue-day is
 * published twice. Safe to run twice, because its messages are safe to deliver twice. Memory: 32 summaries, and the
 * messages within the publisher's flow control. Rejects where the bucket or a topic fails: the request comes again and
 * starts from the beginning.
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
  const { publisher, config, clock, signal } = services
  using deadline = createDeadline(config.deadlineMs, clock)
  let alreadyComplete = 0
  let stoppedAt: CalendarDay | undefined
  const stop: Stop = {
    isTimeUp: () => deadline.expired,
    onStop: date => {
      stoppedAt = date
    },
  }
  const messages = unfinished(wanted, request, services, stop, () => {
    alreadyComplete += 1
  })
  const options = signal ? { signal } : {}
  // Commit point of each venue-day: the topic has taken its message.
  const published = await publisher.publishMany(config.venueDaysTopic, messages, options)
  // Commit point of the rest. A delivery that ends before it publishes the same venue-days again.
  if (stoppedAt) await publisher.publish(config.scheduleTopic, restOf(wanted, request, stoppedAt), options)
  const { startDate, endDate } = wanted
  const handedOn = stoppedAt ? wanted.venues.length * countDays(startDate, stoppedAt) : 0
  const summary = { venueDays: countVenueDays(wanted), published, alreadyComplete, handedOn, startDate, endDate }
  const { venues, scope, force, upgrade } = wanted
  const fields = { ...summary, venues: venues.length, scope, force, upgrade }
  if (summary.venueDays === 0) services.log.warn('nothing scheduled: no day of the request has begun', fields)
  else services.log.info('scheduled', fields)
  // The further delivery reports the rest.
  services.observe?.({ kind: 'scheduled', venueDays: summary.venueDays - handedOn, alreadyComplete })
  return { outcome: 'scheduled', ...summary }
}

/** What a request asks of each venue-day, with every default filled in. */
function askedOf({ scope, force, upgrade }: Wanted, { symbols }: ScheduleRequest) {
  return {
    dataTypes: Object.keys(scope),
    ...(symbols && { symbols: [...symbols] }),
    ...(force && { force: true }),
    ...(upgrade && { upgrade: true }),
  }
}

/** The request for the days up to `endDate`. Its defaults are filled in, so that it means the same under other settings. */
function restOf(wanted: Wanted, request: ScheduleRequest, endDate: CalendarDay): ScheduleRequest {
  const { venues, startDate } = wanted
  return withVersion({ venues: [...venues], startDate, endDate, ...askedOf(wanted, request) })
}

/** The messages to publish, created only as fast as the publisher takes them. */
async function* unfinished(
  wanted: Wanted,
  request: ScheduleRequest,
  services: ScheduleServices,
  stop: Stop,
  onComplete: (day: VenueDay) => void,
): AsyncGenerator<VenueDayMessage> {
  const { startDate, endDate } = request
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const asked = askedOf(wanted, request)
  // A backfill asks for its days for the first time. Only the days of requests without dates can be overdue.
  const lateMs = startDate || endDate ? Number.NEGATIVE_INFINITY : services.clock.now()
  const readStatus = async (day: VenueDay) => ({
    day,
    status: wanted.force ? undefined : await statusOf(ledger, day, wanted, services),
  })
  for await (const { day, status } of mapConcurrently(venueDays(wanted, stop), SUMMARIES_AT_ONCE, readStatus)) {
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
