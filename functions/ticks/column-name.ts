import { createHash } from 'node:crypto'

/**
 * The names of Parquet columns. A name depends on the vendor's own name alone, so a column has one name in every file.
 * It holds lower-case letters, digits and underscores and begins with a letter, which DuckDB, BigQuery and Spark all take.
 * Two names of the vendor never give one name, not even for a reader that ignores case.
 */

/** Names that readers add by themselves: the keys of the folders, and DuckDB's columns for a file's name and row. */
const RESERVED = new Set(['data_type', 'venue', 'date', 'filename', 'file_row_number'])
const PREFIX = 'vendor_'
/** `asks[0].price`: a side, a level that counts from 0, and what it holds. */
const VENDOR_LEVEL = /^(ask|bid)s\[(0|[1-9]\d{0,5})\]\.(price|amount)$/
/** `ask_price_1`: the level counts from 1. */
const LEVEL = /^(ask|bid)_(price|amount)_([1-9]\d*)$/
/** BigQuery takes 300 characters; a longer name is cut and gets a hash, which makes it 233 characters long. */
const MAX_CHARACTERS = 200
const HASH_CHARACTERS = 32

/**
 * The vendor's column name as the Parquet file has it:
 * - a level of a book: `asks[0].price` → `ask_price_1`
 * - any character but `a-z`, `0-9` and `_` by its code point, as SQL/XML (ISO/IEC 9075-14) does it: `rpi-qty` → `rpi_x002d_qty`
 * - `vendor_` in front of a name that begins with no letter, is reserved, or begins with `vendor_` itself:
 *   `24h_volume` → `vendor_24h_volume`
 */
export function columnName(vendorName: string): string {
  const [, side, level, what] = VENDOR_LEVEL.exec(vendorName) ?? []
  if (side) return `${side}_${what}_${Number(level) + 1}`
  const escaped = escapeCharacters(vendorName)
  const name = needsPrefix(escaped) ? `${PREFIX}${escaped}` : escaped
  if (name.length <= MAX_CHARACTERS) return name
  const hash = createHash('sha256').update(vendorName).digest('hex').slice(0, HASH_CHARACTERS)
  return `${name.slice(0, MAX_CHARACTERS)}_${hash}`
}

/** The vendor's name of a column that a schema of ours has. */
export function vendorName(name: string): string {
  const [, side, what, level] = LEVEL.exec(name) ?? []
  return side ? `${side}s[${Number(level) - 1}].${what}` : name
}

/** An underscore that would begin an escape is escaped too, so that every escape can be read back. */
function escapeCharacters(text: string): string {
  return text.replace(/[^a-z0-9_]|_(?=x[0-9a-f]{4,}[^a-z0-9])/gu, character => {
    return `_x${character.codePointAt(0)!.toString(16).padStart(4, '0')}_`
  })
}

function needsPrefix(name: string): boolean {
  return !/^[a-z]/.test(name) || RESERVED.has(name) || name.startsWith(PREFIX) || LEVEL.test(name)
}
