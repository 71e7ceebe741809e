import { createHash } from 'node:crypto'
import { DAY_EXPECTED, isDay } from '../market/days.ts'
import type { ItemName, VenueDay } from '../market/items.ts'
import {
  DATA_TYPE,
  DATA_TYPE_EXPECTED,
  INSTRUMENTS,
  PLAN_ID,
  PLAN_ID_EXPECTED,
  REQUEST_ID,
  REQUEST_ID_EXPECTED,
  VENUE,
  VENUE_EXPECTED,
} from '../market/names.ts'
import { isPrefix, LEDGER_FOLDER, PREFIX_EXPECTED } from '../market/prefix.ts'

/**
 * The names of our objects: a pure function of what is in them, and injective, so that two different things never
 * share a name. Nothing that a vendor or a message says can lead out of the prefix: venues, data types, dates and plan
 * ids are checked, and symbols and message ids are percent-encoded.
 *
 *     {prefix}/data_type=trades/venue=V/date=D/SYMBOL.parquet
 *     _ledger/venue=V/date=D/{plan.json, receipts/{plan}/{index}.json, manifest.json}     beside the prefix
 *     _ledger/vendor/{block.json, usage/date=D.json, instruments/venue=V/date=D.json}
 *     _ledger/requests/{{id}.json, ended.json}
 *     _ledger/quality.json
 */

const SOURCE = /^[A-Za-z0-9_-]{1,100}$/
/** File systems take no more in a name, and the bucket may be a folder. */
const MAX_SEGMENT_BYTES = 255
const MAX_ID_BYTES = 128

/**
 * The name of an item's Parquet object.
 *
 * @throws RangeError naming the part that is not a venue, data type, day, symbol or prefix.
 */
export function dataObjectName(prefix: string, { dataType, venue, date, symbol }: ItemName): string {
  const file = dataType === INSTRUMENTS ? INSTRUMENTS_FILE : fileName(symbol)
  return `${dataFolder(prefix, { dataType, venue })}date=${checkedDate(date)}/${file}`
}

/** There is one item of instruments per venue-day, so its file is called like the data type. */
const INSTRUMENTS_FILE = `${INSTRUMENTS}.parquet`

/** What all Parquet objects of a data type of a venue begin with, before `date=`. @throws RangeError as above */
export function dataFolder(prefix: string, { dataType, venue }: Pick<ItemName, 'dataType' | 'venue'>): string {
  return `${checkedPrefix(prefix)}/data_type=${checkedDataType(dataType)}/venue=${checkedVenue(venue)}/`
}

/** The ledger's folder beside the data's prefix, with its slash: `_ledger/` for `ticks`, `a/_ledger/` for `a/ticks`. */
export function ledgerPrefix(prefix: string): string {
  return besidePrefix(prefix, LEDGER_FOLDER)
}

/** A folder beside the data's prefix, with its slash. */
export function besidePrefix(prefix: string, folder: string): string {
  const parts = checkedPrefix(prefix).split('/')
  return [...parts.slice(0, -1), folder, ''].join('/')
}

/** What all ledger objects of a venue (or of every venue) begin with: what `status` lists. */
export function venuesPrefix(prefix: string, venue?: string): string {
  return `${ledgerPrefix(prefix)}venue=${venue === undefined ? '' : `${checkedVenue(venue)}/`}`
}

export function planName(prefix: string, venueDay: VenueDay): string {
  return `${venueDayFolder(prefix, venueDay)}plan.json`
}

export function manifestName(prefix: string, venueDay: VenueDay): string {
  return `${venueDayFolder(prefix, venueDay)}manifest.json`
}

/** What all receipts of a venue-day begin with. */
export function receiptsPrefix(prefix: string, venueDay: VenueDay): string {
  return `${venueDayFolder(prefix, venueDay)}receipts/`
}

/** The receipt of batch `index` that came into the plan as `plan`. */
export function receiptName(prefix: string, venueDay: VenueDay, plan: string, index: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`batch index is ${index}, not a count from 0`)
  return `${receiptsPrefix(prefix, venueDay)}${checked('plan id', PLAN_ID, plan, PLAN_ID_EXPECTED)}/${index}.json`
}

/**
 * Where a rejected message is kept. Every message id has a name of its own, however odd the id. `source` is the topic's or
 * the function's name.
 */
export function rejectedName(prefix: string, source: string, messageId: string): string {
  return `${rejectedStem(prefix, source, messageId)}.json`
}

/** Where a large one is kept: a line of JSON that describes it, then its bytes. */
export function rejectedDataName(prefix: string, source: string, messageId: string): string {
  return `${rejectedStem(prefix, source, messageId)}.message`
}

function rejectedStem(prefix: string, source: string, messageId: string): string {
  return `${ledgerPrefix(prefix)}rejected/${checked('source', SOURCE, source, 'the name of a topic or function')}-${encodedId(messageId)}`
}

/** The thresholds of those who read manifests; people write it. */
export function qualityRulesName(prefix: string): string {
  return `${ledgerPrefix(prefix)}quality.json`
}

/** Until when the vendor is not to be asked. */
export function vendorBlockName(prefix: string): string {
  return `${ledgerPrefix(prefix)}vendor/block.json`
}

/** What was received from the vendor on a UTC day. */
export function vendorUsageName(prefix: string, date: string): string {
  return `${ledgerPrefix(prefix)}vendor/usage/date=${checkedDate(date)}.json`
}

/** What the vendor said of the instruments of a venue-day. */
export function vendorInstrumentsName(prefix: string, { venue, date }: VenueDay): string {
  const folder = `${ledgerPrefix(prefix)}vendor/instruments/venue=${checked('venue', VENUE, venue, VENUE_EXPECTED)}`
  return `${folder}/date=${checkedDate(date)}.json`
}

/** What all kept requests begin with. */
export function requestsPrefix(prefix: string): string {
  return `${ledgerPrefix(prefix)}requests/`
}

/** Which kept requests are complete or given up. */
export function endedRequestsName(prefix: string): string {
  return `${requestsPrefix(prefix)}ended.json`
}

/** A request that is kept until it is complete. */
export function requestName(prefix: string, id: string): string {
  return `${requestsPrefix(prefix)}${checked('request id', REQUEST_ID, id, REQUEST_ID_EXPECTED)}.json`
}

/** The id of a kept request, by its object's name; undefined for any other name. */
export function parseRequestName(prefix: string, name: string): string | undefined {
  const id = name.slice(requestsPrefix(prefix).length, -'.json'.length)
  return REQUEST_ID.test(id) && name === requestName(prefix, id) ? id : undefined
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
  return isDay(date) && folder === venueDayFolder(prefix, { venue, date }) ? date : undefined
}

function venueDayFolder(prefix: string, { venue, date }: VenueDay): string {
  return `${venuesPrefix(prefix, venue)}date=${checkedDate(date)}/`
}

/** @throws RangeError for what is no prefix */
function checkedPrefix(prefix: string): string {
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

function checked(what: string, pattern: RegExp, text: string, expected: string): string {
  if (pattern.test(text)) return text
  throw new RangeError(`${what} is ${quoted(text)}, expected ${expected}`)
}

export function checkedVenue(venue: string): string {
  return checked('venue', VENUE, venue, VENUE_EXPECTED)
}

export function checkedDataType(dataType: string): string {
  return checked('data type', DATA_TYPE, dataType, DATA_TYPE_EXPECTED)
}

export function checkedDate(date: string): string {
  if (isDay(date)) return date
  throw new RangeError(`date is ${quoted(date)}, expected ${DAY_EXPECTED}`)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
