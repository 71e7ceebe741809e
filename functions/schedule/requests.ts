import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { sortOutRequests } from '../ledger/open-requests.ts'
import {
  type Asked,
  afterLook,
  isDue,
  type KeptRequest,
  type Look,
  openedBy,
  requestIdOf,
  withHandedOn,
  withRound,
} from '../ledger/request.ts'
import type { VendorBlock } from '../ledger/vendor-block.ts'
import { addDays, type CalendarDay, DAY_MS } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { scopeOf } from '../market/scope.ts'
import { selectorsOf } from '../market/selector.ts'
import { type ScheduleRequest, withVersion } from '../pubsub/messages.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import type { Deadline } from '../runtime/deadline.ts'
import type { ScheduleServices } from './services.ts'
import { MAX_SUMMARIES_AT_ONCE, statusOf } from './status.ts'
import { venueDays, type Wanted } from './venue-days.ts'

/**
 * Keeps a request for given days, before anything of it is published. A message that is delivered again, or asks for the
 * same, finds the request that is open. `isBlocked`: its first round begins when the vendor responds again.
 * @returns undefined where the request is no more: it was given up, or completed meanwhile
 */
export async function keepRequest(
  asked: Asked,
  { request: part }: ScheduleRequest,
  messageId: string,
  isBlocked: boolean,
  services: ScheduleServices,
): Promise<KeptRequest | undefined> {
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  if (part !== undefined) {
    const found = await ledger.readRequest(part, services.signal)
    return found?.state === 'open' ? found : undefined
  }
  const nowMs = services.clock.now()
  const id = requestIdOf(asked, messageId)
  // Commit point of the request: from here on it is resumed until it is complete.
  const updated = await ledger.update(
    'request',
    id,
    current => {
      const open = openedBy(current, id, asked, nowMs)
      return isBlocked || open.rounds > 0 ? open : withRound(open, nowMs)
    },
    services,
  )
  return updated.document
}

/** The days up to `endDate` that a message handed on. */
export interface HandedOn {
  readonly message: string
  readonly endDate: CalendarDay
}

/**
 * Notes what a look found, and what was handed on. The first follows from the manifests: where noting fails, the next look
 * finds it again. Without the second, a message that comes again hands on its rest again.
 */
export async function noteLook(id: string, look: Look, services: ScheduleServices, rest?: HandedOn): Promise<void> {
  const { bucket, config, clock, log } = services
  try {
    const updated = await openLedger(bucket, config.gcsPrefix).update(
      'request',
      id,
      current => {
        if (!current) return undefined
        const looked = afterLook(current, look, clock.now())
        return rest ? withHandedOn(looked, rest.message, rest.endDate) : looked
      },
      services,
    )
    const { state, rounds, createdAt } = updated?.document ?? {}
    if (updated?.written && state === 'complete') log.info('request complete', { request: id, rounds, createdAt })
  } catch (error) {
    log.warn('the progress of a request was not noted, the next run does it', { request: id, error })
  }
}

/**
 * What a scheduled run does for the kept requests: publishes a message for each one that is due, so that a delivery of its own
 * works on it, and looks at the others until the deadline, those first that were published longest ago. Logs each one that
 * is open. Safe to run twice: a second message finds what is complete, and does the rest again.
 */
export async function resumeRequests(
  block: VendorBlock | undefined,
  isBlocked: boolean,
  open: readonly KeptRequest[],
  deadline: Deadline,
  services: ScheduleServices,
): Promise<void> {
  const { bucket, config, clock, log, publisher, signal } = services
  const ledger = openLedger(bucket, config.gcsPrefix)
  const nowMs = clock.now()
  for (const request of open) {
    log.info('request is open', { event: 'request_open', ...openFields(request, nowMs) })
    if (isBlocked || !isDue(request, block, nowMs)) continue
    // Commit point of the round: the topic has its message. A run that ends before it is noted publishes it again.
    await publisher.publish(config.scheduleTopic, messageOf(request), signal ? { signal } : {})
    await ledger.update('request', request.id, current => current && withRound(current, nowMs), services)
  }
  for (const request of open) {
    if (deadline.expired) return
    if (isBlocked || !isDue(request, block, nowMs)) await lookAt(request, ledger, deadline, services)
  }
}

/** Of so many days with a used-up quota, one begins with the kept requests; see `isForRequests`. */
export const QUOTA_DAYS = 4

/**
 * The open requests, each time with another one in front, and those that were published longest ago before the others: so
 * none starves where the quota is used up before its turn.
 */
export async function openRequests(services: ScheduleServices): Promise<KeptRequest[]> {
  const open = await sortOutRequests(openLedger(services.bucket, services.config.gcsPrefix), services)
  const turn = Math.floor(services.clock.now() / (QUOTA_DAYS * DAY_MS)) % Math.max(1, open.length)
  const rotated = [...open.slice(turn), ...open.slice(0, turn)]
  const lastMs = ({ lastRoundAt, createdAt }: KeptRequest) => Date.parse(lastRoundAt ?? createdAt)
  return rotated.sort((a, b) => lastMs(a) - lastMs(b))
}

function openFields({ id, createdAt, openUntil, rounds, asked: { venues, startDate } }: KeptRequest, nowMs: number) {
  const openDays = Math.floor((nowMs - Date.parse(createdAt)) / DAY_MS)
  return { request: id, openDays, rounds, venues: venues.length, startDate, openUntil }
}

/** The message that has the rest of a request published once more. */
function messageOf({ id, asked, openUntil }: KeptRequest): ScheduleRequest {
  return withVersion({ ...asked, endDate: openUntil, request: id })
}

/** Looks from the latest day that was not complete until it finds one that is not. */
async function lookAt(
  request: KeptRequest,
  ledger: Ledger,
  deadline: Deadline,
  services: ScheduleServices,
): Promise<void> {
  const wanted = wantedOf(request)
  let downTo = request.asked.startDate
  let open: string | undefined
  const stop = {
    isTimeUp: () => deadline.expired || open !== undefined,
    onStop: (date: string) => {
      downTo = addDays(date, 1)
    },
  }
  const look = async (day: { venue: string; date: string }) => ({
    date: day.date,
    status: await statusOf(ledger, day, wanted, services),
  })
  for await (const { date, status } of mapConcurrently(venueDays(wanted, stop), MAX_SUMMARIES_AT_ONCE, look)) {
    if (status !== 'complete' && (open === undefined || date > open)) open = date
  }
  await noteLook(request.id, { endDate: request.openUntil, downTo, open }, services)
}

/** True where every venue-day is complete for what is wanted. */
export async function isComplete(wanted: Wanted, services: ScheduleServices): Promise<boolean> {
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const look = (day: VenueDay) => statusOf(ledger, day, wanted, services)
  for await (const status of mapConcurrently(venueDays(wanted), MAX_SUMMARIES_AT_ONCE, look)) {
    if (status !== 'complete') return false
  }
  return true
}

function wantedOf({ id, asked, openUntil }: KeptRequest): Wanted {
  const { venues, startDate, dataTypes, force = false, upgrade = false } = asked
  const scope = scopeOf(dataTypes, selectorsOf(asked))
  return { venues, startDate, endDate: openUntil, scope, force, upgrade, ...(force && { forcedBy: id }) }
}
