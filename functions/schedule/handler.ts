import { openLedger } from '../ledger/ledger.ts'
import { type Delivery, rejected } from '../ledger/rejected.ts'
import { type Asked, handedOnBy, isDue, type KeptRequest, type Look } from '../ledger/request.ts'
import { acknowledgedUntilOf, acknowledges, isInForce, type VendorBlock } from '../ledger/vendor-block.ts'
import { addDays, type CalendarDay, countDays, DAY_MS, dayOf } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { selectionOf } from '../market/selector.ts'
import { parseScheduleRequest, type ScheduleRequest, type VenueDayMessage, withVersion } from '../pubsub/messages.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { createDeadline, type Deadline } from '../runtime/deadline.ts'
import { publishIncidentChecks } from './incidents.ts'
import { isComplete, keepRequest, noteLook, openRequests, QUOTA_DAYS, resumeRequests } from './requests.ts'
import type { ScheduleServices } from './services.ts'
import { MAX_SUMMARIES_AT_ONCE, statusOf } from './status.ts'
import {
  countVenueDays,
  isOverdue,
  resolveRequest,
  type Stop,
  venueDays,
  type Wanted,
  withNames,
} from './venue-days.ts'

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

/**
 * Turns a request into one message per venue-day that is not complete for what is asked. At its deadline it finishes the
 * day that it has begun, for all venues, and publishes the earlier days as a further request, so that no venue-day is
 * published twice. Where requests are kept, a message that comes again publishes its own part again, and not the rest. Safe
 * to run twice, because its messages are safe to deliver twice. Memory: 32 summaries, and the messages within the
 * publisher's flow control. Rejects where the bucket or a topic fails: the request comes again and starts from the
 * beginning.
 *
 * Where requests are kept, one for given days is noted first and remembered until it is complete, a scheduled run resumes
 * all that are open, and nothing is published while the vendor's daily quota is used up or it has been down for hours.
 */
export async function handleSchedule(delivery: Delivery, services: ScheduleServices): Promise<ScheduleOutcome> {
  const parsed = parseScheduleRequest(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const today = dayOf(services.clock.now())
  const named = withNames(parsed.message, today, services.config)
  if (!named.ok) return { outcome: 'rejected', reason: named.reason }
  const { request } = named
  const resolved = resolveRequest(request, today, services.config)
  if (!resolved.ok) return { outcome: 'rejected', reason: resolved.reason }
  using deadline = createDeadline(services.config.deadlineMs, services.clock)
  if (!services.keepsRequests) return schedule(resolved.wanted, request, services, deadline)
  if (request.startDate || request.endDate) return scheduleKept(resolved.wanted, request, delivery, services, deadline)
  return scheduleAndResume(resolved.wanted, request, services, deadline)
}

/** A request for given days, or a part of a kept one. */
async function scheduleKept(
  wanted: Wanted,
  request: ScheduleRequest,
  { id }: Delivery,
  services: ScheduleServices,
  deadline: Deadline,
): Promise<ScheduleOutcome> {
  const { block, isBlocked } = await readBlock(services)
  if (countVenueDays(wanted) === 0) return schedule(wanted, request, services, deadline)
  const kept = await keepRequest(askedOf(wanted, request), request, id, isBlocked, services)
  if (!kept || isBlocked) {
    const refusal = block?.reason === 'down' ? 'Tardis has not responded for hours' : "Tardis's daily quota is used up"
    const why = kept ? refusal : 'it was given up, or is complete'
    services.log.info(`request not published: ${why}`, { request: kept?.id ?? request.request })
    return nothing(wanted)
  }
  const force = wanted.force && { forcedBy: kept.id }
  // An earlier delivery of this message handed on the days up to this one, and was not acknowledged.
  const done = handedOnBy(kept, id)
  const startDate = done !== undefined && done >= wanted.startDate ? addDays(done, 1) : wanted.startDate
  const part = { ...request, request: kept.id }
  return schedule({ ...wanted, startDate, ...force }, part, services, deadline, id)
}

/** A scheduled run: the last days, the incidents of the days before, and what is left of the requests that are kept. */
async function scheduleAndResume(
  wanted: Wanted,
  request: ScheduleRequest,
  services: ScheduleServices,
  deadline: Deadline,
): Promise<ScheduleOutcome> {
  const { block, isBlocked } = await readBlock(services)
  // A day that has just left the last days is not looked at any more. Where its messages were acknowledged without work, a
  // request keeps it.
  const acknowledgedUntil = acknowledgedUntilOf(block)
  if (acknowledgedUntil && services.clock.now() - Date.parse(acknowledgedUntil) < 2 * DAY_MS) {
    const date = addDays(wanted.startDate, -1)
    const left = { ...wanted, startDate: date, endDate: date }
    if (!(await isComplete(left, services))) await keepRequest(askedOf(left, request), {}, '', true, services)
  }
  const open = await openRequests(services)
  const waits = isBlocked || isForRequests(block, open, services)
  const outcome = waits ? nothing(wanted) : await schedule(wanted, request, services, deadline)
  if (!(isBlocked && block?.reason === 'down')) await publishIncidentChecks(services)
  await resumeRequests(block, isBlocked, open, deadline, services)
  return outcome
}

/**
 * True where this run leaves the last days to a later one, so that a quota that they use up does not starve a backfill: on
 * every fourth UTC day, where the quota of the day before was used up and a kept request is due.
 */
function isForRequests(block: VendorBlock | undefined, open: readonly KeptRequest[], { clock, log }: ScheduleServices) {
  const nowMs = clock.now()
  const wasUsedUp = block?.reason === 'quota' && nowMs - Date.parse(block.until) < DAY_MS
  if (!wasUsedUp || Math.floor(nowMs / DAY_MS) % QUOTA_DAYS !== 0) return false
  if (!open.some(request => isDue(request, block, nowMs))) return false
  log.info(`the last days wait: every ${QUOTA_DAYS}th day of a quota that is used up begins with the open requests`)
  return true
}

/** Blocked: messages would be acknowledged without work. A refused key is tried in each run, as fetch knows whether it is still the same. */
async function readBlock({ bucket, config, clock, signal }: ScheduleServices) {
  const block = await openLedger(bucket, config.gcsPrefix).readVendorBlock(signal)
  const isBlocked =
    block !== undefined && block.reason !== 'key' && isInForce(block, clock.now()) && acknowledges(block)
  return { block, isBlocked }
}

function nothing({ startDate, endDate }: Wanted): ScheduleOutcome {
  const none = { venueDays: 0, published: 0, alreadyComplete: 0, handedOn: 0 }
  return { outcome: 'scheduled', ...none, startDate, endDate }
}

async function schedule(
  wanted: Wanted,
  request: ScheduleRequest,
  services: ScheduleServices,
  deadline: Deadline,
  messageId?: string,
): Promise<ScheduleOutcome> {
  const { publisher, config, signal } = services
  let alreadyComplete = 0
  let stoppedAt: CalendarDay | undefined
  let open: CalendarDay | undefined
  const stop: Stop = {
    isTimeUp: () => deadline.expired,
    onStop: date => {
      stoppedAt = date
    },
  }
  const messages = unfinished(wanted, request, services, stop, ({ date }, isComplete) => {
    if (isComplete) alreadyComplete += 1
    else if (open === undefined || date > open) open = date
  })
  const options = signal ? { signal } : {}
  // Commit point of each venue-day: the topic has taken its message.
  const published = await publisher.publishMany(config.venueDaysTopic, messages, options)
  // Commit point of the rest. A delivery that ends before it publishes the same venue-days again.
  if (stoppedAt) await publisher.publish(config.scheduleTopic, restOf(wanted, request, stoppedAt), options)
  const { startDate, endDate } = wanted
  const look: Look = { endDate, downTo: stoppedAt ? addDays(stoppedAt, 1) : startDate, open }
  const rest = stoppedAt && messageId !== undefined ? { message: messageId, endDate: stoppedAt } : undefined
  if (request.request !== undefined) await noteLook(request.request, look, services, rest)
  const handedOn = stoppedAt ? wanted.venues.length * countDays(startDate, stoppedAt) : 0
  const summary = { venueDays: countVenueDays(wanted), published, alreadyComplete, handedOn, startDate, endDate }
  const { venues, scope, force, upgrade } = wanted
  const fields = { ...summary, venues: venues.length, scope, force, upgrade, request: request.request }
  if (summary.venueDays === 0) services.log.warn('nothing scheduled: no day of the request has begun', fields)
  else services.log.info('scheduled', fields)
  // The further delivery reports the rest.
  services.observe?.({ kind: 'scheduled', venueDays: summary.venueDays - handedOn, alreadyComplete })
  return { outcome: 'scheduled', ...summary }
}

/** What a request asks, with every default filled in. */
function askedOf(wanted: Wanted, request: ScheduleRequest): Asked {
  const { venues, startDate, endDate } = wanted
  return { venues: [...venues], startDate, endDate, ...askedOfEach(wanted, request) }
}

function askedOfEach({ scope, force, upgrade }: Wanted, request: ScheduleRequest) {
  return {
    dataTypes: Object.keys(scope),
    ...selectionOf(request),
    ...(force && { force: true as const }),
    ...(upgrade && { upgrade: true as const }),
  }
}

/** The request for the days up to `endDate`. Its defaults are filled in, so that it means the same under other settings. */
function restOf(wanted: Wanted, request: ScheduleRequest, endDate: CalendarDay): ScheduleRequest {
  const part = request.request !== undefined && { request: request.request }
  return withVersion({ ...askedOf(wanted, request), endDate, ...part })
}

/** The messages to publish, created only as fast as the publisher takes them. */
async function* unfinished(
  wanted: Wanted,
  request: ScheduleRequest,
  services: ScheduleServices,
  stop: Stop,
  onLook: (day: VenueDay, isComplete: boolean) => void,
): AsyncGenerator<VenueDayMessage> {
  const { startDate, endDate, request: kept } = request
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  // What is done again counts by the request. The others stay messages that older releases read.
  const part = (wanted.force || wanted.upgrade) && kept !== undefined && { request: kept }
  const asked = { ...askedOfEach(wanted, request), ...part }
  // A backfill asks for its days for the first time. Only the days of requests without dates can be overdue.
  const lateMs = startDate || endDate ? Number.NEGATIVE_INFINITY : services.clock.now()
  const readStatus = async (day: VenueDay) => ({
    day,
    status: wanted.force && !wanted.forcedBy ? undefined : await statusOf(ledger, day, wanted, services),
  })
  for await (const { day, status } of mapConcurrently(venueDays(wanted, stop), MAX_SUMMARIES_AT_ONCE, readStatus)) {
    onLook(day, status === 'complete')
    if (status === 'complete') continue
    if (status && status !== 'outdated' && isOverdue(day.date, lateMs)) {
      services.log.warn('venue-day is not complete long after its end', { event: 'venue_day_overdue', ...day, status })
    }
    yield withVersion({ ...day, ...asked })
  }
}
