/** The ledger's folder, beside the data's. */
export const LEDGER_FOLDER = '_ledger'

/** The tables' folder, beside the data's. */
export const TABLES_FOLDER = '_iceberg'

/** Folders that the local bucket, the ledger and the tables keep for themselves, and names that a bucket refuses. */
const RESERVED_FOLDERS = new Set(['.', '..', '.well-known', '.tick-handler', LEDGER_FOLDER, TABLES_FOLDER])
const MAX_PREFIX_CHARACTERS = 200

export const PREFIX_EXPECTED =
  'folders like ticks or team/ticks (letters, digits, ., _, = and -), no slash at the ends, none of them .tick-handler, _ledger or _iceberg'

/**
 * True for a prefix of data objects: folders whose names need no encoding, none of them reserved. Some file systems do
 * not distinguish capitals from small letters, so neither does this.
 */
export function isPrefix(text: string): boolean {
  const folders = text.split('/')
  const fits = folders.every(folder => /^[A-Za-z0-9._=-]+$/.test(folder) && !RESERVED_FOLDERS.has(folder.toLowerCase()))
  return fits && text.length <= MAX_PREFIX_CHARACTERS
}
