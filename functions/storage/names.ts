import { createHash } from 'node:crypto'
import { isPrefix, PREFIX_EXPECTED } from '../runtime/names.ts'

/**
 * The names of our objects: a pure function of what is in them, and injective, so that two different things never
 * share a name. Nothing that a vendor or a message says can lead out of the prefix: venues, data types, dates and plan
 * ids are checked, and symbols and message ids are percent-encoded.
 *
 *     {prefix}/data_type=trades/venue=V/date=D/SYMBOL.parquet
 *     _ledger/venue=V/date=D/{plan.json, receipts/{plan}/{index}.json, manifest.json}     beside the prefix
 */

/** One item: a data type of a symbol, on a venue, on a UTC day (`YYYY-MM-DD`). */
export interface DataName {
  readonly dataType: string
  readonly venue: string
  readonly date: string
  readonly symbol: string
}

export interface VenueDayName {
  readonly venue: string
  readonly date: string
}

const LEDGER = '_ledger'
const VENUE = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/
const DATA_TYPE = /^[A-Za-z0-9](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const PLAN = /^[A-Za-z0-9_-]{1,64}$/
const SOURCE = /^[A-Za-z0-9_-]{1,100}$/
/** File systems take no more in a name, and the bucket may be a folder. */
const MAX_SEGMENT_BYTES = 255
const MAX_ID_BYTES = 128

/**
 * The name of an item's Parquet object.
 *
 * @throws RangeError naming the part that is not a venue, data type, day, symbol or prefix.
 */
export function dataObjectName(prefix: string, { dataType, venue, date, symbol }: DataName): string {
  const day = `venue=${checked('venue', VENUE, venue)}/date=${checkedDate(date)}`
  return `${checkedPrefix(prefix)}/data_type=${checked('data type', DATA_TYPE, dataType)}/${day}/${fileName(symbol)}`
}

/** The ledger's folder beside the data's prefix, with its slash: `_ledger/` for `ticks`, `a/_ledger/` for `a/ticks`. */
export function ledgerPrefix(prefix: string): string {
  const parts = checkedPrefix(prefix).split('/')
  return [...parts.slice(0, -1), LEDGER, ''].join('/')
}

/** What all ledger objects of a venue (or of every venue) begin with: what `status` lists. */
export function venuesPrefix(prefix: string, venue?: string): string {
  return `${ledgerPrefix(prefix)}venue=${venue === undefined ? '' : `${checked('venue', VENUE, venue)}/`}`
}

export function planName(prefix: string, venueDay: VenueDayName): string {
  return `${venueDayFolder(prefix, venueDay)}plan.json`
}

export function manifestName(prefix: string, venueDay: VenueDayName): string {
  return `${venueDayFolder(prefix, venueDay)}manifest.json`
}

/** What all receipts of a venue-day begin with. */
export function receiptsPrefix(prefix: string, venueDay: VenueDayName): string {
  return `${venueDayFolder(prefix, venueDay)}receipts/`
}

/** The receipt of batch `index` that came into the plan as `plan`. */
export function receiptName(prefix: string, venueDay: VenueDayName, plan: string, index: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`batch index is ${index}, not a count from 0`)
  return `${receiptsPrefix(prefix, venueDay)}${checked('plan id', PLAN, plan)}/${index}.json`
}

/**
 * Where a message that cannot be understood is kept. Any message id gets a name of its own: this must not fail on what
 * it is there for. `source` is the topic's or the function's name.
 */
export function rejectedName(prefix: string, source: string, messageId: string): string {
  return `${ledgerPrefix(prefix)}rejected/${checked('source', SOURCE, source)}-${encodedId(messageId)}.json`
}

/** The venue of a folder of venue-days; undefined for any other folder. */
export function parseVenueFolder(prefix: string, folder: string): string | undefined {
  const root = venuesPrefix(prefix)
  const venue = folder.startsWith(root) ? folder.slice(root.length, -1) : ''
  return folder === `${root}${venue}/` && VENUE.test(venue) ? venue : undefined
}

/** The day of a venue-day's folder; undefined for any other folder. */
export function parseDayFolder(prefix: string, venue: string, folder: string): string | undefined {
  const date = folder.slice(0, -1).split('/date=').at(-1) ?? ''
  return isDate(date) && folder === venueDayFolder(prefix, { venue, date }) ? date : undefined
}

/** True for the id of a venue as it can stand in a name. */
export const isVenue = (text: string): boolean => VENUE.test(text)
/** True for the name of a data type as it can stand in a name. */
export const isDataType = (text: string): boolean => DATA_TYPE.test(text)

/** True for a day of the calendar, `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function venueDayFolder(prefix: string, { venue, date }: VenueDayName): string {
  return `${venuesPrefix(prefix, venue)}date=${checkedDate(date)}/`
}

/**
 * The prefix as it stands in names, checked.
 *
 * @throws RangeError for what is no prefix.
 */
export function checkedPrefix(prefix: string): string {
  if (isPrefix(prefix)) return prefix
  throw new RangeError(`prefix is ${quoted(prefix)}, expected ${PREFIX_EXPECTED}`)
}

function fileName(symbol: string): string {
  if (symbol === '') throw new RangeError('symbol is empty')
  if (!symbol.isWellFormed()) throw new RangeError(`symbol ${quoted(symbol)} is not valid Unicode`)
  const name = `${percentEncoded(symbol)}.parquet`
  if (name.length > MAX_SEGMENT_BYTES) {
    throw new RangeError(`symbol ${quoted(symbol)} makes a name of ${name.length} bytes, over ${MAX_SEGMENT_BYTES}`)
  }
  return name
}

/** Hyphens are encoded here, so that the last hyphen of a rejected message's name is where its id begins. */
function encodedId(id: string): string {
  const encoded = id.isWellFormed() ? percentEncoded(id).replaceAll('-', '%2D') : undefined
  if (encoded !== undefined && encoded.length <= MAX_ID_BYTES) return encoded
  return `~${createHash('sha256').update(Buffer.from(id, 'utf16le')).digest('hex')}`
}

/** Letters, digits, `.`, `_` and `-` as they are, every other byte of the UTF-8 text as `%XX`. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[^A-Za-z0-9._%-]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function checked(what: string, pattern: RegExp, text: string): string {
  if (pattern.test(text)) return text
  throw new RangeError(`${what} is ${quoted(text)}, which does not match ${pattern.source}`)
}

function checkedDate(date: string): string {
  if (isDate(date)) return date
  throw new RangeError(`date is ${quoted(date)}, not a day as YYYY-MM-DD`)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
