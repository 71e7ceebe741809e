import type { ItemName } from '../market/items.ts'
import type { Secret } from '../runtime/config/secret.ts'
import { type Clock, type Deadline, systemClock } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import { type Attempt, defaultRetryPolicy, type RetryPolicy, retryAfterMs, retrying } from './backoff.ts'
import { checkBody, defaultFloor, type Floor, freeing } from './body.ts'
import { decoded } from './decode.ts'
import { createRedactor, VendorError } from './error.ts'
import { excerptOf } from './excerpt.ts'
import { type ExchangeDetails, readExchange } from './exchange.ts'
import { type Answer, beginCall, type Call, createHttp, defaultTimeouts, explain, type Timeouts } from './http.ts'
import { datasetPath } from './path.ts'

export interface VendorOptions {
  /** `https://api.tardis.dev/v1`: where exchange details are. The key is not sent there: nothing that is read needs it. */
  readonly apiUrl: string
  /** `https://datasets.tardis.dev/v1`: where datasets are, and the one origin that the key is sent to. */
  readonly datasetsUrl: string
  readonly apiKey?: Secret | undefined
  readonly log: Log
  /** Most connections to one origin, each of them one body being read; 8 unless told. */
  readonly connections?: number
  readonly timeouts?: Partial<Timeouts>
  readonly retry?: Partial<RetryPolicy>
  readonly floor?: Floor
  readonly clock?: Clock
  /** For jitter: [0, 1). */
  readonly random?: () => number
}

export interface CallOptions {
  /** By when all must be done, a dataset's body included; waits that would pass it are not begun. */
  readonly deadline: Deadline
  readonly signal?: AbortSignal
}

export type ExchangeOutcome =
  | { readonly kind: 'known'; readonly details: ExchangeDetails }
  /** The vendor has no such venue; `detail` is what it says, a short part of it. */
  | { readonly kind: 'unknown'; readonly detail: string }

export type DatasetOutcome =
  | OpenDataset
  | { readonly kind: 'missing'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly status: 401 | 403; readonly reason: string }

export interface DatasetOptions extends CallOptions {
  /** How much of the body may wait for its reader before the vendor is held up; 64 KiB unless told. */
  readonly bufferBytes?: number
  /** A chunk of the body holds only until the next one is asked for; false unless told. */
  readonly freesChunks?: boolean
}

/** A dataset being received. Its connection is held until the body has been read, or `cancel` is called. */
export interface OpenDataset {
  readonly kind: 'open'
  /** The length of the gzip file in bytes, if the vendor states it; a body of another length ends in an error. */
  readonly contentLength: number | undefined
  /** The vendor's `x-md5`; for large files it need not be that of the file. */
  readonly md5: string | undefined
  readonly lastModified: string | undefined
  /** The gzip file's bytes as they are, to be read once. Ends in a retryable VendorError, or in the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>
  /** Gives the rest of the body up. Safe to call at any time, also after the end, and twice. */
  cancel(): void
}

/**
 * The vendor, https://docs.tardis.dev. Both calls try again what may pass (no answer, 408, 429, 5xx) within the deadline,
 * never 401, 403 or 404; they reject with a VendorError, or with the reason of the signal or deadline that stopped them.
 * The key is in no error and no log entry. Safe to call at any time, at once, and again.
 */
export interface Vendor {
  /** What the vendor says of a venue. Memory: the symbols' names and dates, not the document. */
  exchange(venue: string, options: CallOptions): Promise<ExchangeOutcome>
  /**
   * Opens a dataset. Resolves when its first bytes are there and are gzip, or there are none at all. A body that breaks
   * later is not resumed: open it again and start from byte 0, since the vendor refuses ranges. Memory: `bufferBytes` and
   * a chunk.
   */
  openDataset(name: ItemName, options: DatasetOptions): Promise<DatasetOutcome>
  /** Ends all connections; bodies in flight end in an error. Safe to call twice. */
  close(): Promise<void>
}

const GZIP = [0x1f, 0x8b] as const

/** @throws TypeError if an address is none, or the key cannot be sent in a header; its text is not shown. */
export function createVendor(options: VendorOptions): Vendor {
  const { log, clock = systemClock, random = Math.random, floor = defaultFloor } = options
  const [apiUrl, datasetsUrl] = [baseUrl(options.apiUrl), baseUrl(options.datasetsUrl)]
  const key = sendable(options.apiKey?.reveal())
  const redactor = createRedactor(key)
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const http = createHttp({ connections: options.connections ?? 8, timeouts, redactor })
  const policy = { ...defaultRetryPolicy, ...options.retry }

  function attempts<T>(call: Call, deadline: Deadline, attemptOnce: () => Promise<Attempt<T>>): Promise<T> {
    const onRetry = (error: VendorError, attempt: number, delayMs: number) =>
      log.warn('the vendor is asked again', { attempt, delayMs: Math.round(delayMs), reason: error.message })
    const once = () => attemptOnce().catch(mayPass)
    return retrying({ policy, clock, random, deadline, signal: call.signal, onRetry }, once)
  }

  /** The failure of an answer that is neither a result nor a typed outcome. */
  async function refusal(answer: Answer): Promise<Attempt<never>> {
    const { status, place } = answer
    const retryable = status === 408 || status === 429 || status >= 500
    const named = status === 429 || status === 503 ? retryAfterMs(answer.header('retry-after'), clock.now()) : undefined
    const waitMs = named ?? (status === 429 ? policy.rateLimitMs : undefined)
    const error = new VendorError(`GET ${place}: answered ${status}: ${await explain(answer, redactor)}`, {
      retryable,
      status,
    })
    if (!retryable) throw error
    return { done: false, error, waitMs }
  }

  async function exchangeOnce(venue: string, signal: AbortSignal): Promise<Attempt<ExchangeOutcome>> {
    const answer = await http.get(below(apiUrl, `exchanges/${encodeURIComponent(venue)}`), { signal })
    const { status } = answer
    if (status === 400 || status === 404)
      return { done: true, value: { kind: 'unknown', detail: await explain(answer, redactor) } }
    if (status !== 200) return refusal(answer)
    try {
      const body = checkBody(answer, { clock, floor, redactor, signal, expectedBytes: statedLength(answer) })
      return { done: true, value: { kind: 'known', details: await readExchange(venue, decoded(answer, body.rest())) } }
    } finally {
      answer.cancel()
    }
  }

  async function datasetOnce(
    name: ItemName,
    call: Call,
    { bufferBytes, freesChunks }: DatasetOptions,
  ): Promise<Attempt<DatasetOutcome>> {
    const { signal } = call
    const answer = await http.get(below(datasetsUrl, datasetPath(name)), { key, signal, bufferBytes })
    const { status } = answer
    if (status === 404) return { done: true, value: { kind: 'missing', detail: await explain(answer, redactor) } }
    if (status === 401 || status === 403) {
      const sent = answer.keySent ? 'with an API key' : 'without an API key'
      const reason = `GET ${answer.place} ${sent}: answered ${status}: ${await explain(answer, redactor)}`
      return { done: true, value: { kind: 'forbidden', status, reason } }
    }
    if (status !== 200) return refusal(answer)
    try {
      return { done: true, value: await openBody(answer, call, freesChunks ? freeing : chunks => chunks) }
    } catch (error) {
      answer.cancel()
      throw error
    }
  }

  async function openBody(answer: Answer, call: Call, handOn: HandOn): Promise<OpenDataset> {
    const { signal } = call
    const contentLength = statedLength(answer)
    const checked = checkBody(answer, { clock, floor, redactor, signal, expectedBytes: contentLength })
    const first = await checked.peek(GZIP.length)
    const type = answer.header('content-type') ?? 'no content type'
    if (!isGzip(first) || /html|json/i.test(type)) {
      const more = await checked.peek(512).catch(() => first)
      const excerpt = excerptOf(more, answer.header('content-encoding'))
      const message = `GET ${answer.place}: answered ${type} instead of a gzip file: ${excerpt}`
      throw new NotADataset(redactor.text(message), { retryable: true, status: answer.status })
    }
    const cancel = () => {
      call.end()
      answer.cancel()
    }
    const [md5, lastModified] = [answer.header('x-md5'), answer.header('last-modified')]
    return { kind: 'open', contentLength, md5, lastModified, body: endingWith(handOn(checked.rest()), cancel), cancel }
  }

  return {
    async exchange(venue, { deadline, signal }) {
      const call = beginCall(deadline, signal)
      try {
        return await attempts(call, deadline, () => exchangeOnce(venue, call.signal))
      } finally {
        call.end()
      }
    },
    async openDataset(name, options) {
      const { deadline, signal } = options
      const call = beginCall(deadline, signal)
      let outcome: DatasetOutcome | undefined
      try {
        outcome = await attempts(call, deadline, () => datasetOnce(name, call, options))
        return outcome
      } finally {
        if (outcome?.kind !== 'open') call.end()
      }
    },
    close: () => http.close(),
  }
}

type HandOn = (chunks: AsyncGenerator<Uint8Array>) => AsyncGenerator<Uint8Array>

/** A page or message sent as if it were the file. Whoever sent it will for a while, so it is not asked for again at once. */
class NotADataset extends VendorError {}

function mayPass(error: unknown): Attempt<never> {
  if (error instanceof VendorError && error.retryable && !(error instanceof NotADataset)) return { done: false, error }
  throw error
}

async function* endingWith(chunks: AsyncGenerator<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } finally {
    end()
  }
}

/** An empty answer counts too: what no bytes mean is the converter's to say. */
function isGzip(first: Uint8Array): boolean {
  return first.length === 0 || (first[0] === GZIP[0] && (first.length === 1 || first[1] === GZIP[1]))
}

function statedLength(answer: Answer): number | undefined {
  const text = answer.header('content-length')
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function baseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new TypeError('an address of the vendor must be an http or https URL without user, query or fragment')
  return url
}

function below(base: URL, path: string): URL {
  return new URL(`${base.pathname.replace(/\/+$/, '')}/${path}`, base)
}

function sendable(key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new TypeError('the API key must be printable ASCII without spaces: it is sent in a header')
  return key
}
