/**
 * The names of the trade, and what each may look like. Names come from outside (environment, messages, flags) and end up in
 * URLs and object names, so the patterns let through no slash, dot, space or anything that needs encoding.
 */

/** A Tardis exchange id, https://docs.tardis.dev/historical-data-details: `binance-futures`. */
export type Venue = string
export const VENUE = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
export const VENUE_EXPECTED = 'a Tardis exchange id (lower-case letters, digits and -, like binance-futures)'

/** A Tardis data type: `book_snapshot_5`. Not only the known ones, because the vendor adds some. */
export type DataType = string
export const DATA_TYPE = /^[a-z](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/
export const DATA_TYPE_EXPECTED = 'a Tardis data type (letters, digits and _, like incremental_book_L2)'

/** https://docs.tardis.dev/downloadable-csv-files#data-types */
export const KNOWN_DATA_TYPES = [
  'trades',
  'incremental_book_L2',
  'book_snapshot_5',
  'book_snapshot_25',
  'quotes',
  'book_ticker',
  'derivative_ticker',
  'liquidations',
  'options_chain',
] as const
export type KnownDataType = (typeof KNOWN_DATA_TYPES)[number]

export function isKnownDataType(dataType: DataType): dataType is KnownDataType {
  return KNOWN_DATA_TYPES.some(known => known === dataType)
}

/** Not a file of the vendor's: one row per instrument of a venue and day, made of what the vendor says of them. */
export const INSTRUMENTS = 'instruments'
/** The symbol of the one item of that data type: it has all instruments, as a grouped symbol has those of a market. */
export const INSTRUMENTS_SYMBOL = 'INSTRUMENTS'

/** What a request may ask for, as far as it is known. */
export const REQUESTABLE_DATA_TYPES: readonly DataType[] = [...KNOWN_DATA_TYPES, INSTRUMENTS]

/** What is fetched where neither a request nor the environment names data types. */
export const DEFAULT_DATA_TYPES: readonly KnownDataType[] = [
  'trades',
  'book_snapshot_5',
  'derivative_ticker',
  'liquidations',
  'options_chain',
]

/** An instrument of a venue, or a grouped symbol, by the vendor's name. Percent-encoded wherever it is used. */
export type InstrumentSymbol = string
export const MAX_SYMBOL_CHARACTERS = 128
/** Whatever can be seen, and single spaces within. */
export const SYMBOL = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u
export const SYMBOL_EXPECTED = `a symbol of 1 to ${MAX_SYMBOL_CHARACTERS} printable characters`

/** The market of an instrument in the vendor's words: `spot`, `perpetual`, `future`, `option`, `combo` … */
export type InstrumentType = string
export const INSTRUMENT_TYPE = /^[a-z](?:[a-z0-9_-]{0,30}[a-z0-9])?$/
export const INSTRUMENT_TYPE_EXPECTED = 'a type of instruments (spot, perpetual, future, option …)'
/** Commas separate the patterns of a selector. */
export const PATTERN_EXPECTED = `a name or pattern of symbols, of 1 to ${MAX_SYMBOL_CHARACTERS} printable characters without commas`

/** The id of one growth of a plan: a hash. */
export const PLAN_ID = /^[0-9a-f]{4,64}$/
export const PLAN_ID_EXPECTED = 'a plan id (4 to 64 of 0-9 and a-f)'

/** The id of a kept request: a hash. */
export const REQUEST_ID = /^[0-9a-f]{16}$/
export const REQUEST_ID_EXPECTED = 'the id of a request (16 of 0-9 and a-f)'
