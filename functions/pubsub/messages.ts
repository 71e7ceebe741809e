import { z } from 'zod'
import { countDays, isDay } from '../market/days.ts'
import * as names from '../market/schemas.ts'
import { MAX_NAMED_ITEMS } from '../market/scope.ts'
import { type Selection, selectionFault, usesSelectors } from '../market/selector.ts'
import { usesVenuePatterns } from '../market/venues.ts'
import { shown } from '../runtime/shown.ts'
import { checkIncidentDays } from './incident-days.ts'

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

/**
 * Far above what a message of ours needs, and low enough that no JSON of that length can use up the memory: nested
 * empty lists take some sixty times their text.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024
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

/** The message, or one line for a log that says why it cannot be understood. */
export type Parsed<T> = { readonly ok: true; readonly message: T } | NotUnderstood

export interface NotUnderstood {
  readonly ok: false
  readonly reason: string
  /** True for a message of a higher version: a newer release understands it. */
  readonly isNewer?: true
}
export type MessageData = string | Uint8Array | undefined

/** No data, or nothing but white space, is the default request. Never throws. */
export function parseScheduleRequest(data: MessageData): Parsed<ScheduleRequest> {
  return parse(scheduleRequestSchema, data, {})
}

/** Never throws. */
export function parseVenueDay(data: MessageData): Parsed<VenueDayMessage> {
  return parse(venueDaySchema, data)
}

/** Never throws. */
export function parseCompletion(data: MessageData): Parsed<Completion> {
  return parse(completionSchema, data)
}

/** Never throws. */
export function parseTablesRequest(data: MessageData): Parsed<z.infer<typeof tablesRequestSchema>> {
  return parse(tablesRequestSchema, data)
}

/** Never throws. */
export function parseCopyRequest(data: MessageData): Parsed<CopyRequest> {
  return parse(copyRequestSchema, data)
}

/** True for what is meant as a request for copies. Never throws. */
export function isCopyRequest(data: MessageData): boolean {
  return parse(z.looseObject({ tables: z.literal('copy') }), data).ok
}

/** True for what is meant as a request for the tables: aggregate gets completions too. Never throws. */
export function isTablesRequest(data: MessageData): boolean {
  return parse(z.looseObject({ tables: z.string() }), data).ok
}

function parse<T>(schema: z.ZodType<T>, data: MessageData, whenEmpty?: T): Parsed<T> {
  const bytes = typeof data === 'string' ? Buffer.byteLength(data) : (data?.byteLength ?? 0)
  if (bytes > MAX_MESSAGE_BYTES) {
    return { ok: false, reason: `the message has ${bytes} bytes, expected at most ${MAX_MESSAGE_BYTES}` }
  }
  const text = decode(data)
  if (text === undefined) return { ok: false, reason: `the message is not UTF-8, expected JSON (${bytes} bytes)` }
  if (text.trim() === '') {
    if (whenEmpty !== undefined) return { ok: true, message: whenEmpty }
    return { ok: false, reason: 'the message is empty, expected a JSON object' }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, reason: `the message is not JSON: found ${shown(text)}` }
  }
  const newer = higherVersion(value)
  if (newer !== undefined) {
    const reason = `the message has version ${newer}, this release understands up to ${MESSAGE_VERSION}`
    return { ok: false, reason, isNewer: true }
  }
  const result = schema.safeParse(value)
  return result.success ? { ok: true, message: result.data } : { ok: false, reason: reasons(result.error, value) }
}

function higherVersion(message: unknown): number | undefined {
  const found = (message as { readonly version?: unknown } | null)?.version
  return Number.isSafeInteger(found) && Number(found) > MESSAGE_VERSION ? Number(found) : undefined
}

function decode(data: MessageData): string | undefined {
  if (data === undefined || typeof data === 'string') return data ?? ''
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    return undefined
  }
}

/** At most three of the faults: a list of five thousand bad symbols needs no line for each. */
function reasons(error: z.ZodError, value: unknown): string {
  const { issues } = error
  const more = issues.length > 3 ? `; and ${issues.length - 3} more` : ''
  return (
    issues
      .slice(0, 3)
      .map(issue => reason(issue, value))
      .join('; ') + more
  )
}

function reason(issue: z.core.$ZodIssue, value: unknown): string {
  const place = issue.path.map((key, at) =>
    typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${String(key)}`,
  )
  const where = place.join('') || 'the message'
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.slice(0, 3).map(shown).join(', ')
    return `${where} has ${issue.keys.length > 1 ? 'fields' : 'a field'} that this version does not know: ${fields} (a future version?)`
  }
  const found = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value)
  if (found === undefined) return `${where} is missing, expected ${issue.message}`
  return `${where}: found ${shown(found)}, expected ${issue.path.length === 0 ? 'a JSON object' : issue.message}`
}
