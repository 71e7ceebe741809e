import { createHash } from 'node:crypto'
import { z } from 'zod'
import { addDays, type CalendarDay, DAY_MS } from '../market/days.ts'
import { dataType, day, excluded, instrumentType, requestedSymbol, requestId, venue } from '../market/schemas.ts'
import { count, fields, instant, SCHEMA_VERSION, schemaVersion } from './fields.ts'
import { acknowledgedUntilOf, type VendorBlock } from './vendor-block.ts'

/** What a request asks of which venue-days, every default filled in. */
export const asked = fields({
  venues: z.array(venue).min(1),
  startDate: day,
  endDate: day,
  dataTypes: z.array(dataType).min(1),
  symbols: z.array(requestedSymbol).optional(),
  instrumentTypes: z.array(instrumentType).optional(),
  exclude: z.array(excluded).optional(),
  force: z.literal(true).optional(),
  upgrade: z.literal(true).optional(),
})
export type Asked = z.infer<typeof asked>

/**
 * A request for given days, kept until all its venue-days are complete or a person gives it up: their messages are
 * acknowledged without work while the vendor refuses everything, so something must remember them. Schedule publishes what is
 * not complete in rounds, from the latest day to the earliest.
 */
export const keptRequest = fields({
  schemaVersion,
  id: requestId,
  asked,
  createdAt: instant,
  state: z.enum(['open', 'complete', 'given-up']),
  /** When it was completed or given up. */
  endedAt: instant.optional(),
  /** Every venue-day of a later day is complete. */
  openUntil: day,
  /** How often its venue-days were published. */
  rounds: count,
  /** When the last round began. */
  lastRoundAt: instant.optional(),
  /** The latest messages that had no time for all their days, and the last day of the rest that each of them handed on. */
  handedOn: z.array(fields({ message: z.string(), endDate: day })).optional(),
})
export type KeptRequest = z.infer<typeof keptRequest>

/**
 * The id of a request: the same for the same content, so that a message that is delivered again finds what it made. What
 * does things again counts by its message: `messageId`.
 */
export function requestIdOf(asked: Asked, messageId: string): string {
  const { venues, startDate, endDate, dataTypes, symbols, instrumentTypes, exclude, force, upgrade } = asked
  const content: unknown[] = [venues.toSorted(), startDate, endDate, dataTypes.toSorted(), symbols?.toSorted()]
  // Without them the id is the one of older releases.
  if (instrumentTypes || exclude) content.push([instrumentTypes?.toSorted(), exclude?.toSorted()])
  const text = JSON.stringify([content, force || upgrade ? messageId : ''])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The request as it is after it has been asked for: a new one, one that is open already, or one that is opened again. */
export function openedBy(current: KeptRequest | undefined, id: string, asked: Asked, nowMs: number): KeptRequest {
  if (current?.state === 'open') return current
  const createdAt = new Date(nowMs).toISOString()
  return { schemaVersion: SCHEMA_VERSION, id, asked, createdAt, state: 'open', openUntil: asked.endDate, rounds: 0 }
}

/** The request after its venue-days are published once more. */
export function withRound(request: KeptRequest, nowMs: number): KeptRequest {
  return { ...request, rounds: request.rounds + 1, lastRoundAt: new Date(nowMs).toISOString() }
}

/** What a look at some of a request's venue-days found: all of them from `endDate` down to `downTo`, both included. */
export interface Look {
  readonly endDate: CalendarDay
  readonly downTo: CalendarDay
  /** The latest day that is not complete; undefined if all are. */
  readonly open: CalendarDay | undefined
}

/** The request after a look. It is complete when every day down to its first one is. Pure; a late look changes nothing. */
export function afterLook(request: KeptRequest, { endDate, downTo, open }: Look, nowMs: number): KeptRequest {
  if (request.state !== 'open' || request.openUntil > endDate) return request
  const found = open ?? addDays(downTo, -1)
  const [openUntil] = [found, request.openUntil].sort() as [CalendarDay, CalendarDay]
  if (openUntil >= request.asked.startDate) return { ...request, openUntil }
  return { ...request, openUntil: request.asked.startDate, state: 'complete', endedAt: new Date(nowMs).toISOString() }
}

/** More than a request of the most venue-days takes. */
const MAX_HANDED_ON = 100

/** The request after a message handed on the days up to `endDate`. Pure. */
export function withHandedOn(request: KeptRequest, message: string, endDate: CalendarDay): KeptRequest {
  if (request.state !== 'open') return request
  const others = (request.handedOn ?? []).filter(one => one.message !== message)
  return { ...request, handedOn: [...others, { message, endDate }].slice(-MAX_HANDED_ON) }
}

/** The last day that the message has handed on already; undefined if it has not. */
export function handedOnBy({ handedOn }: KeptRequest, message: string): CalendarDay | undefined {
  return handedOn?.find(one => one.message === message)?.endDate
}

/** Messages of a round may still wait in Pub/Sub for so long: another round would have everything done twice. */
const ROUND_MS = 3 * DAY_MS

/**
 * True where the next round is due: there was no round yet, messages were acknowledged without work since the last one began
 * (the vendor refused everything, or did not respond for hours), or the last one began three days ago.
 */
export function isDue(
  { lastRoundAt }: Pick<KeptRequest, 'lastRoundAt'>,
  block: Pick<VendorBlock, 'reason' | 'since' | 'until' | 'acknowledgedUntil'> | undefined,
  nowMs: number,
): boolean {
  if (lastRoundAt === undefined) return true
  return (acknowledgedUntilOf(block) ?? '') > lastRoundAt || nowMs - Date.parse(lastRoundAt) >= ROUND_MS
}
