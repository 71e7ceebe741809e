import { DAY_MS } from '../market/days.ts'
import { type Clock, systemClock } from '../runtime/deadline.ts'
import type { Proxies } from '../runtime/dispatcher.ts'
import { type Bucket, LIST_PAGE_OBJECTS, type ListRange, type StoredObject } from './bucket.ts'
import { crc32c, crc32cText } from './crc32c.ts'
import { GcsApi, type GcsRequest, type GcsResponse } from './gcs-api.ts'
import { copyObject } from './gcs-copy.ts'
import { applicationDefaultCredentials, GOOGLE_UNIVERSE, isGoogle } from './gcs-credentials.ts'
import { headersToStoredObject, OBJECT_FIELDS, parseJson, toStoredObject } from './gcs-object.ts'
import { insertWhole, type Retention, removeObject, statObject } from './gcs-write.ts'
import { GcsWriter } from './gcs-writer.ts'

export interface GcsBucketOptions {
  readonly bucket: string
  /** An emulator's address; Google's own without it. Nothing secret is sent to, or looked up for, any other host. */
  readonly apiEndpoint?: string | undefined
  /** The domain of the cloud's APIs and tokens, https://cloud.google.com/docs/overview/universe-domains; Google's own by default. */
  readonly universeDomain?: string | undefined
  /** The project that pays where the bucket's requester pays. */
  readonly userProject?: string | undefined
  /** Which new objects nobody can replace or delete, and for how long; the bucket must allow retention of objects. */
  readonly retention?: RetentionRule | undefined
  /**
   * Bytes in one request of a streamed object, unless `createWriter` says otherwise: a multiple of 256 KiB. A writer holds
   * up to two chunks. 4 MiB by default: a chunk costs a round trip of about 0.1 s, which at our 20 MB/s hides behind the filling
   * of the next one.
   */
  readonly chunkBytes?: number | undefined
  /**
   * How long an operation (for streams: a chunk) is retried. 30 s by default: it fits between the default deadline of a
   * batch (500 s) and the end of the function (540 s).
   */
  readonly retryBudgetMs?: number | undefined
  readonly retryDelayMs?: number | undefined
  /** The longest time without a byte within a request. */
  readonly silenceMs?: number | undefined
  readonly proxies?: Proxies | undefined
  readonly clock?: Clock
  /** In [0, 1): for jitter. */
  readonly random?: () => number
}

export interface RetentionRule {
  /** Of the objects' names. Others, such as the ledger's, are replaced all the time. */
  readonly namePrefix: string
  /** From an object's upload on. */
  readonly days: number
  readonly mode: Retention['mode']
  readonly now: () => number
}

const CHUNK_QUANTUM_BYTES = 256 * 1024
const DEFAULTS = { chunkBytes: 4 * 1024 * 1024, retryBudgetMs: 30_000, retryDelayMs: 250, silenceMs: 15_000 }

/**
 * A Cloud Storage bucket over its JSON API. Every write names the generation it expects, every checksum is compared,
 * every failure that may pass is retried within a budget, and everything takes an AbortSignal.
 *
 * Errors are StorageErrors, except that an aborted signal throws its own reason. Writing the same content twice is safe:
 * where the object there is byte for byte what the caller writes, the outcome is `committed`, also where another writer
 * wrote it.
 * Memory: `read` and `readRange` hand on at most 64 MiB, a writer holds two chunks.
 *
 * @throws RangeError for a chunk size that the protocol does not take.
 */
export function createGcsBucket(options: GcsBucketOptions): Bucket & { close(): Promise<void> } {
  const { bucket, userProject, universeDomain = GOOGLE_UNIVERSE } = options
  const usualChunkBytes = checkedChunk(options.chunkBytes ?? DEFAULTS.chunkBytes)
  const url = `gs://${bucket}`
  const endpoint = (options.apiEndpoint ?? `https://storage.${universeDomain}`).replace(/\/+$/, '')
  const api = new GcsApi({
    bucket,
    url,
    endpoint,
    userProject,
    credentials: isGoogle(endpoint, universeDomain) ? applicationDefaultCredentials(universeDomain) : undefined,
    retryBudgetMs: options.retryBudgetMs ?? DEFAULTS.retryBudgetMs,
    retryDelayMs: options.retryDelayMs ?? DEFAULTS.retryDelayMs,
    silenceMs: options.silenceMs ?? DEFAULTS.silenceMs,
    proxies: options.proxies,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  })
  return {
    url,
    stat: (name, signal) => statObject(api, name, signal),
    read: (name, signal) => readObject(api, name, signal),
    readRange: (object, start, end, signal) => readRange(api, object, start, end, signal),
    readBeginning: (name, bytes, signal) => readBeginning(api, name, bytes, signal),
    list: (prefix, signal, range) => listObjects(api, prefix, signal, range),
    listFolders: (folder, signal) => listFolders(api, folder, signal),
    write(name, data, expected, { contentType, signal }) {
      const content = { bytes: data.length, crc: crc32c(data) }
      return insertWhole(api, { name, expected, contentType, signal, ...retained(name, options) }, [data], content)
    },
    copy: (source, name, given) => copyObject(api, bucket, source, name, given),
    remove: async (object, signal) => ({ outcome: await removeObject(api, object, signal) }),
    createWriter(name, expected, { contentType, signal, chunkBytes = usualChunkBytes, freesChunks = false }) {
      const upload = { name, expected, contentType, signal, ...retained(name, options) }
      return new GcsWriter(api, checkedChunk(chunkBytes), upload, freesChunks)
    },
    close: () => api.close(),
  }
}

function retained(name: string, { retention }: GcsBucketOptions): { readonly retention?: Retention } {
  if (!retention || !name.startsWith(retention.namePrefix)) return {}
  const { mode, days, now } = retention
  return { retention: { mode, retainUntilTime: new Date(now() + days * DAY_MS).toISOString() } }
}

function checkedChunk(chunkBytes: number): number {
  if (chunkBytes > 0 && chunkBytes % CHUNK_QUANTUM_BYTES === 0) return chunkBytes
  throw new RangeError(`chunkBytes is ${chunkBytes}, not a multiple of ${CHUNK_QUANTUM_BYTES}`)
}

async function readObject(
  api: GcsApi,
  name: string,
  signal: AbortSignal | undefined,
): Promise<{ object: StoredObject; data: Uint8Array } | undefined> {
  const request = mediaRequest(api, name, signal, {}, {})
  return api.retry(signal, async budgetMs => {
    const response = await api.once(request, budgetMs)
    if (response.status === 404) return undefined
    const object = headersToStoredObject(api, request, response)
    const found = crc32cText(crc32c(response.body))
    if (found === object.crc32c) return { object, data: response.body }
    throw api.error(request, `content has crc32c ${found}, expected ${object.crc32c}`, 'CHECKSUM', true)
  })
}

async function readRange(
  api: GcsApi,
  { name, generation }: Pick<StoredObject, 'name' | 'generation'>,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  if (!(start >= 0 && end > start)) throw new RangeError(`${name}: bytes ${start} to ${end} are not a range`)
  const request = mediaRequest(api, name, signal, { generation }, { range: `bytes=${start}-${end - 1}` })
  return api.retry(signal, async budgetMs => {
    const response = await api.once(request, budgetMs)
    if (response.status === 404) return undefined
    checkRange(api, request, response, start, end)
    return response.body
  })
}

async function readBeginning(
  api: GcsApi,
  name: string,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const request = { ...mediaRequest(api, name, signal, {}, { range: `bytes=0-${bytes - 1}` }), accept: [404, 416] }
  return api.retry(signal, async budgetMs => {
    const response = await api.once(request, budgetMs)
    if (response.status === 404) return undefined
    // An empty object has no range at all.
    if (response.status === 416) return Buffer.alloc(0)
    checkRange(api, request, response, 0, bytes)
    return response.body
  })
}

/** Ranges have no checksum of their own; that they are the bytes asked for is checked by place and length. */
function checkRange(api: GcsApi, request: GcsRequest, response: GcsResponse, start: number, end: number): void {
  const range = String(response.headers['content-range'])
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range)?.map(Number) ?? []
  const wanted = Math.min(end, total ?? 0) - 1
  if (first === start && last === wanted && response.body.length === wanted - start + 1) return
  const what = `got ${response.body.length} bytes as ${response.status} ${range}, expected ${start}-${end - 1}`
  throw api.error(request, what, 'BAD_RESPONSE', true)
}

function mediaRequest(
  api: GcsApi,
  name: string,
  signal: AbortSignal | undefined,
  query: GcsRequest['query'],
  headers: Record<string, string>,
): GcsRequest {
  return {
    operation: 'read',
    object: name,
    method: 'GET',
    path: api.objectPath(name),
    query: { alt: 'media', ...query },
    headers,
    signal,
    accept: [404],
  }
}

async function* listObjects(
  api: GcsApi,
  prefix: string,
  signal: AbortSignal | undefined,
  { from, to }: ListRange = {},
): AsyncGenerator<StoredObject> {
  const query = { prefix, startOffset: from, endOffset: to, fields: `items(${OBJECT_FIELDS}),nextPageToken` }
  for await (const { page, request } of listPages(api, query, signal)) {
    for (const item of page.items ?? []) yield toStoredObject(api, request, item)
  }
}

async function* listFolders(api: GcsApi, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const query = { prefix, delimiter: '/', fields: 'prefixes,nextPageToken' }
  for await (const { page } of listPages(api, query, signal)) yield* page.prefixes ?? []
}

interface ListPage {
  readonly items?: readonly unknown[]
  readonly prefixes?: readonly string[]
  readonly nextPageToken?: string
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/list */
async function* listPages(
  api: GcsApi,
  query: GcsRequest['query'] & { readonly prefix: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly page: ListPage; readonly request: GcsRequest }> {
  for (let pageToken: string | undefined; ; ) {
    const request: GcsRequest = {
      operation: `list ${query.prefix}`,
      method: 'GET',
      path: api.objectPath(),
      query: { ...query, pageToken, maxResults: LIST_PAGE_OBJECTS },
      signal,
    }
    const page = parseJson(api, request, await api.call(request)) as ListPage
    yield { page, request }
    pageToken = page.nextPageToken
    if (!pageToken) return
  }
}
