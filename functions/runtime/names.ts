/**
 * What the names that come from outside (environment, messages, flags) may look like. They end up in URLs and object
 * names, so the patterns let through no slash, dot, space or anything that needs encoding.
 */

/** A Tardis exchange id, https://docs.tardis.dev/historical-data-details: `binance-futures`. */
export const VENUE = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
export const VENUE_EXPECTED = 'a Tardis exchange id (lower-case letters, digits and -, like binance-futures)'

/** A Tardis data type; not only the known ones, because the vendor adds some: `book_snapshot_5`. */
export const DATA_TYPE = /^[a-z](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/
export const DATA_TYPE_EXPECTED = 'a Tardis data type (letters, digits and _, like incremental_book_L2)'

/** Folders that the local bucket, the ledger and the tables keep for themselves, and names that a bucket refuses. */
const RESERVED_FOLDERS = new Set(['.', '..', '.well-known', '.tick-handler', '_ledger', '_iceberg'])

/**
 * True for a prefix of data objects: folders whose names need no encoding, none of them reserved. Some file systems do
 * not tell capitals from small letters, so neither does this.
 */
export function isPrefix(text: string): boolean {
  const folders = text.split('/')
  const fits = folders.every(folder => /^[A-Za-z0-9._=-]+$/.test(folder) && !RESERVED_FOLDERS.has(folder.toLowerCase()))
  return fits && text.length <= 200
}
export const PREFIX_EXPECTED =
  'folders like ticks or team/ticks (letters, digits, ., _, = and -), no slash at the ends, none of them .tick-handler, _ledger or _iceberg'

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

/**
 * A value from outside as it may stand in a log line or an error: in quotes, at most 80 characters of it, and
 * everything that could move the cursor, break the line or hide text (controls, formats, surrogates) escaped.
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  const cut = value.length > 80
  return `"${escapeControls(cut ? value.slice(0, 80) : value)}"${cut ? `… (${value.length} characters)` : ''}`
}

/** The text on one line: controls, formats, separators other than the space, and lone surrogates as \u escapes. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, character => {
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}

/** True for a day of the calendar as `YYYY-MM-DD`, in the years 2010 to 2100: Tardis has none before 2019. */
export function isDate(text: string): boolean {
  if (!/^20[1-9]\d-\d\d-\d\d$|^2100-\d\d-\d\d$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
export const DATE_EXPECTED = 'a date as YYYY-MM-DD between 2010-01-01 and 2100-12-31'
