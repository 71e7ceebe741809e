import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRealFolder } from './files.ts'
import { errorCode } from './folder-error.ts'
import { HIDDEN, nameFault } from './object-path.ts'

/** Which names to give: those that begin with `prefix`, from `start` on. */
export interface NameRange {
  readonly prefix: string
  readonly start?: string
}

/**
 * The names of the objects in a folder, in the order of their UTF-8 bytes, as Cloud Storage lists them. Memory: the
 * entries of the folders on the way to where it is.
 */
export async function* walkNames(folder: string, range: NameRange): AsyncGenerator<string> {
  const under = range.prefix.slice(0, range.prefix.lastIndexOf('/') + 1)
  if (canHold(folder, under)) yield* walk(folder, under, range)
}

/** The folders directly below a folder that begin with `prefix`, each with a slash at its end, in the same order. */
export async function* walkFolders(folder: string, prefix: string): AsyncGenerator<string> {
  const under = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (!canHold(folder, under)) return
  for (const name of await entriesOf(folder, under)) if (name.endsWith('/') && name.startsWith(prefix)) yield name
}

/** By UTF-8 bytes; the order of UTF-16 units is another one where there are surrogates. */
export function compareNames(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

const SURROGATE = /[\ud800-\udfff]/

/** Whether objects can be below `under`, which is empty or ends with a slash. */
function canHold(folder: string, under: string): boolean {
  return under === '' || (nameFault(`${under}x`) === undefined && isRealFolder(join(folder, under.slice(0, -1))))
}

async function* walk(folder: string, under: string, range: NameRange): AsyncGenerator<string> {
  const { prefix, start = '' } = range
  for (const name of await entriesOf(folder, under)) {
    const isFolder = name.endsWith('/')
    if (compareNames(name, start) < 0 && !(isFolder && start.startsWith(name))) continue
    if (!name.startsWith(prefix)) continue
    if (isFolder) yield* walk(folder, name, range)
    else if (nameFault(name) === undefined) yield name
  }
}

/** The files and folders in a folder in the order of their names; that of a folder ends with a slash. */
async function entriesOf(folder: string, under: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, under), { withFileTypes: true })
    return entries
      .filter(entry => (entry.isFile() || entry.isDirectory()) && (under !== '' || entry.name.toLowerCase() !== HIDDEN))
      .map(entry => `${under}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort(compareNames)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return []
    throw error
  }
}
