import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, invalid } from './api-error.ts'
import { HIDDEN } from './paths.ts'

/** What a list request asks for, https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export interface ListQuery {
  readonly prefix: string
  readonly delimiter: string
  readonly startOffset: string
  readonly endOffset: string | undefined
  readonly maxResults: number
  /** Where the last page ended. */
  readonly after: PageEnd | undefined
}

interface PageEnd {
  readonly name: string
  /** `name` is a common prefix: what begins with it has been shown. */
  readonly isPrefix: boolean
}

export interface ListPage {
  readonly names: string[]
  readonly prefixes: string[]
  readonly nextPageToken: string | undefined
}

const MAX_RESULTS = 1000

export function parseListQuery(query: URLSearchParams): ListQuery {
  const maxResults = Number(query.get('maxResults') ?? MAX_RESULTS)
  if (!Number.isInteger(maxResults) || maxResults < 1) throw invalid(`Invalid value for maxResults: ${maxResults}`)
  const token = query.get('pageToken')
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? undefined,
    maxResults: Math.min(maxResults, MAX_RESULTS),
    after: token ? parseToken(token) : undefined,
  }
}

/** One page of the names below `folder`, in order. Memory: the page, and the folders on the way to where it is. */
export async function listNames(folder: string, query: ListQuery): Promise<ListPage> {
  const { prefix, delimiter, after, endOffset, maxResults } = query
  const start = after && compare(after.name, query.startOffset) > 0 ? after.name : query.startOffset
  const page: ListPage = { names: [], prefixes: [], nextPageToken: undefined }
  let last = after
  for await (const name of walk(folder, '', { prefix, start })) {
    if (endOffset !== undefined && compare(name, endOffset) >= 0) break
    if (last && (last.isPrefix ? name.startsWith(last.name) : name === last.name)) continue
    if (page.names.length + page.prefixes.length === maxResults) return { ...page, nextPageToken: token(last!) }
    const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
    last = cut < 0 ? { name, isPrefix: false } : { name: name.slice(0, cut + delimiter.length), isPrefix: true }
    if (last.isPrefix) page.prefixes.push(last.name)
    else page.names.push(last.name)
  }
  return page
}

/** The names of all files at or after `start` that begin with `prefix`, in the order of their UTF-8 bytes. */
async function* walk(
  folder: string,
  at: string,
  within: { readonly prefix: string; readonly start: string },
): AsyncGenerator<string> {
  const { prefix, start } = within
  for (const name of await entriesOf(folder, at)) {
    const isFolder = name.endsWith('/')
    if (compare(name, start) < 0 && !(isFolder && start.startsWith(name))) continue
    if (!isFolder && name.startsWith(prefix)) yield name
    if (isFolder && (name.startsWith(prefix) || prefix.startsWith(name))) yield* walk(folder, name, within)
  }
}

/** The files and folders in a folder, in the order in which their names come in the list: folders by name and slash. */
async function entriesOf(folder: string, at: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, at), { withFileTypes: true })
    const names = entries.filter(entry => at !== '' || entry.name !== HIDDEN)
    return names
      .filter(entry => entry.isFile() || entry.isDirectory())
      .map(entry => `${at}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort(compare)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return []
    throw error
  }
}

/** By UTF-8 bytes, as Cloud Storage orders names; the order of UTF-16 units is another one. */
const compare = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)))

const token = (end: PageEnd): string => Buffer.from(JSON.stringify([end.name, end.isPrefix])).toString('base64')

function parseToken(text: string): PageEnd {
  try {
    const [name, isPrefix] = JSON.parse(Buffer.from(text, 'base64').toString())
    if (typeof name === 'string' && typeof isPrefix === 'boolean') return { name, isPrefix }
  } catch {
    // Answered below.
  }
  throw invalid('Invalid value for pageToken')
}
