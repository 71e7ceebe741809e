import { z } from 'zod'
import { countDays, isDay } from '../market/days.ts'
import * as names from '../market/schemas.ts'
import { MAX_NAMED_ITEMS } from '../market/scope.ts'
import { type Selection, selectionFault, usesSelectors } from '../market/selector.ts'
import { usesVenuePatterns } from '../market/venues.ts'
import { checkIncidentDays } from './incident-days.ts'
import { type MessageData, type Parsed, parseMessage } from './parse-message.ts'

const { dataType, day, planId, requestId, venue } = names

/**
 * The messages of the four topics, JSON in the Pub/Sub data. Anyone may publish one, so nothing in them is believed:
 * their names go into URLs and object names. A field we do not know is refused, because a message that is half
 * understood would do something else than its sender meant.
 */

/**
 * The highest version of a message that this release understands. A message says its version only where it uses what
 * version 1 does not have, so that an older release reads all the others. Version 2 has `upgrade`, version 3 `request`,
 * version 4 selectors (`instrumentTypes`, `exclude`, `dates`, and patterns of symbols or venues) and `incidentsSince`,
 * version 5 requests for copies, and `copied` of a batch.
 */
export const MESSAGE_VERSION = 5

const MAX_VENUES = 200
const MAX_DATA_TYPES = 50
const MAX_SYMBOLS = 5_000
const MAX_INSTRUMENT_TYPES = 20
const MAX_EXCLUDED = 50
const MAX_DAYS = 3_653
const MAX_INDEX = 1_000_000

const INDEX_EXPECTED = `a batch index, a whole number from 0 to ${MAX_INDEX}`
const index = z.int(INDEX_EXPECTED).min(0, INDEX_EXPECTED).max(MAX_INDEX, INDEX_EXPECTED)
const flag = z.boolean('true or false')
const VERSION_EXPECTED = `a version, a whole number from 1 to ${MESSAGE_VERSION}`
const version = z.int(VERSION_EXPECTED).min(1, VERSION_EXPECTED).max(MESSAGE_VERSION, VERSION_EXPECTED).optional()

/** An empty list is refused, because it could mean all or none. Repeated names count once. */
function list(item: z.ZodType<string>, most: number, of: string) {
  const expected = `a list of 1 to ${most} ${of} (left out: all of them)`
  return z
    .array(item, expected)
    .min(1, expected)
    .max(most, expected)
    .transform(names => [...new Set(names)])
}

const what = {
  dataTypes: list(dataType, MAX_DATA_TYPES, 'data types').optional(),
  /** Names, and patterns: `BTC-*`. */
  symbols: list(names.requestedSymbol, MAX_SYMBOLS, 'symbols').optional(),
  instrumentTypes: list(names.instrumentType, MAX_INSTRUMENT_TYPES, 'types of instruments').optional(),
  /** Names and patterns of symbols that are left out. */
  exclude: list(names.excluded, MAX_EXCLUDED, 'names or patterns').optional(),
  /** Downloads and converts again what is stored already. */
  force: flag.optional(),
  /** Converts again what an older converter version wrote, and nothing else. */
  upgrade: flag.optional(),
  /** The kept request that the message is a part of. Only our own messages have it. */
  request: requestId.optional(),
  version,
}

/** One symbol is one item for each data type. A configuration may have more types than a message names: fetch counts too. */
function boundItems(
  { dataTypes, ...selection }: Selection & { readonly dataTypes?: readonly string[] | undefined },
  context: z.RefinementCtx,
): void {
  const fault = selectionFault(selection)
  if (fault) context.addIssue({ code: 'custom', path: [fault.field], message: fault.text })
  const { symbols } = selection
  const items = (dataTypes?.length ?? 1) * (symbols?.length ?? 0)
  if (items <= MAX_NAMED_ITEMS) return
  const message = `at most ${MAX_NAMED_ITEMS} items by name (${dataTypes!.length} data types × ${symbols!.length} symbols are ${items})`
  context.addIssue({ code: 'custom', path: ['symbols'], message })
}

/** Which venue-days to look after; both dates included. Everything left out has its default in the configuration. */
export const scheduleRequestSchema = z
  .strictObject({
    /** Names, and patterns of those in `VENUES`. */
    venues: list(names.venuePattern, MAX_VENUES, 'venues').optional(),
    startDate: day.optional(),
    endDate: day.optional(),
    /** Both dates in one: `2024-08`, `last-7-days`. */
    dates: names.period.optional(),
    ...what,
  })
  .superRefine(boundItems)
  .superRefine(({ startDate, endDate, dates }, context) => {
    if (dates !== undefined && (startDate !== undefined || endDate !== undefined)) {
      context.addIssue({ code: 'custom', path: ['dates'], message: 'either dates, or startDate and endDate' })
    }
    // Another issue names a text that is no date; its text must not be repeated here as it is.
    if (startDate === undefined || endDate === undefined || !isDay(startDate) || !isDay(endDate)) return
    const days = countDays(startDate, endDate)
    if (days < 1) context.addIssue({ code: 'custom', path: ['endDate'], message: `a date not before ${startDate}` })
    if (days > MAX_DAYS) {
      const message = `at most ${MAX_DAYS} days from ${startDate}; publish a request for each part`
      context.addIssue({ code: 'custom', path: ['endDate'], message })
    }
  })

/**
 * One venue's day: to be planned, or, with `batch`, one batch of its plan to be worked on. With `incidentsSince`: the days
 * from there to `date`, whose manifests are compared with the incidents that the vendor reports.
 */
export const venueDaySchema = z
  .strictObject({
    venue,
    date: day,
    ...what,
    /** `copied`: the tables name copies of what the batch replaces. Only our own messages have it. */
    batch: z
      .strictObject(
        { plan: planId, index, copied: z.literal(true, 'true').optional() },
        'an object with plan and index',
      )
      .optional(),
    /** Only our own messages have it. */
    incidentsSince: day.optional(),
  })
  .superRefine(boundItems)
  .superRefine((message, context) => checkIncidentDays(message, MAX_DAYS, context))

/** One batch of a venue-day has its receipt; its manifest may be folded again. */
export const completionSchema = z.strictObject({ venue, date: day, plan: planId, index, version })

/** The tables are to be brought up to date. */
export const tablesRequestSchema = z.strictObject({ tables: z.literal('refresh', "'refresh'"), version })

/**
 * A batch replaces objects that the tables name: they are to name copies of them first, and the batch's message is to be
 * published with `copied` then. Only our own messages are requests for copies.
 */
export const copyRequestSchema = z.strictObject({
  tables: z.literal('copy', "'copy'"),
  ...{ venue, date: day, plan: planId, index, version },
})

export type CopyRequest = Readonly<z.infer<typeof copyRequestSchema>>
export type ScheduleRequest = Readonly<z.infer<typeof scheduleRequestSchema>>
export type VenueDayMessage = Readonly<z.infer<typeof venueDaySchema>>
export type Completion = Readonly<z.infer<typeof completionSchema>>

type Versioned = Pick<ScheduleRequest & VenueDayMessage, 'upgrade' | 'request' | 'dates' | 'venues' | 'incidentsSince'>

/** The message with the lowest version that has all of its fields; see MESSAGE_VERSION. */
export function withVersion<T extends Versioned & Selection>(message: T): T & { version?: number } {
  const { incidentsSince, dates, venues, request, upgrade } = message
  const isOfVersion4 =
    incidentsSince !== undefined || usesSelectors(message) || dates !== undefined || usesVenuePatterns(venues)
  const version = isOfVersion4 ? 4 : request !== undefined ? 3 : upgrade ? 2 : undefined
  return version === undefined ? message : { ...message, version }
}

/** The message of one batch. With `copied`, the tables name copies of what it replaces. */
export function batchMessage({ venue, date, plan, index }: Omit<Completion, 'version'>, copied = false) {
  if (!copied) return { venue, date, batch: { plan, index } }
  return { venue, date, batch: { plan, index, copied }, version: 5 }
}

export function copyRequest({ venue, date, plan, index }: Omit<Completion, 'version'>): CopyRequest {
  return { tables: 'copy', venue, date, plan, index, version: 5 }
}

/** No data, or nothing but white space, is the default request. Never throws. */
export function parseScheduleRequest(data: MessageData): Parsed<ScheduleRequest> {
  return parseMessage(scheduleRequestSchema, data, MESSAGE_VERSION, {})
}

/** Never throws. */
export function parseVenueDay(data: MessageData): Parsed<VenueDayMessage> {
  return parseMessage(venueDaySchema, data, MESSAGE_VERSION)
}

/** Never throws. */
export function parseCompletion(data: MessageData): Parsed<Completion> {
  return parseMessage(completionSchema, data, MESSAGE_VERSION)
}

/** Never throws. */
export function parseTablesRequest(data: MessageData): Parsed<z.infer<typeof tablesRequestSchema>> {
  return parseMessage(tablesRequestSchema, data, MESSAGE_VERSION)
}

/** Never throws. */
export function parseCopyRequest(data: MessageData): Parsed<CopyRequest> {
  return parseMessage(copyRequestSchema, data, MESSAGE_VERSION)
}

/** True for what is meant as a request for copies. Never throws. */
export function isCopyRequest(data: MessageData): boolean {
  return parseMessage(z.looseObject({ tables: z.literal('copy') }), data, MESSAGE_VERSION).ok
}

/** True for what is meant as a request for the tables: aggregate gets completions too. Never throws. */
export function isTablesRequest(data: MessageData): boolean {
  return parseMessage(z.looseObject({ tables: z.string() }), data, MESSAGE_VERSION).ok
}
