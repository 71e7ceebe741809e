import { compareNames, walkNames } from '../../storage/folder/names.ts'
import { invalid } from './api-error.ts'

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
  /** True where `name` is a common prefix: all names that begin with it have been listed. */
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

/** One page of the names below `folder`, in order. Memory: the page, and the entries of the folders on the path to its end. */
export async function listNames(folder: string, query: ListQuery): Promise<ListPage> {
  const { prefix, delimiter, after, endOffset, maxResults } = query
  const start = after && compareNames(after.name, query.startOffset) > 0 ? after.name : query.startOffset
  const page: ListPage = { names: [], prefixes: [], nextPageToken: undefined }
  let last = after
  for await (const name of walkNames(folder, { prefix, start })) {
    if (endOffset !== undefined && compareNames(name, endOffset) >= 0) break
    if (last && (last.isPrefix ? name.startsWith(last.name) : name === last.name)) continue
    if (page.names.length + page.prefixes.length === maxResults) return { ...page, nextPageToken: token(last!) }
    const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
    last = cut < 0 ? { name, isPrefix: false } : { name: name.slice(0, cut + delimiter.length), isPrefix: true }
    if (last.isPrefix) page.prefixes.push(last.name)
    else page.names.push(last.name)
  }
  return page
}

const token = (end: PageEnd): string => Buffer.from(JSON.stringify([end.name, end.isPrefix])).toString('base64')

function parseToken(text: string): PageEnd {
  try {
    const [name, isPrefix] = JSON.parse(Buffer.from(text, 'base64').toString())
    if (typeof name === 'string' && typeof isPrefix === 'boolean') return { name, isPrefix }
  } catch {
    // Rejected below.
  }
  throw invalid('Invalid value for pageToken')
}
