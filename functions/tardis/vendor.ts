import type { ItemName } from '../market/items.ts'
import type { Secret } from '../runtime/config/secret.ts'
import { type Clock, type Deadline, systemClock } from '../runtime/deadline.ts'
import type { Proxies } from '../runtime/dispatcher.ts'
import type { Log } from '../runtime/log/log.ts'
import { type RetryPolicy, retry, retryAfterMs } from '../runtime/retry.ts'
import { baseUrl, below, sendableKey } from './address.ts'
import { checkBody, defaultMinThroughput, type MinThroughput } from './body.ts'
import { beginCall, type Call } from './call.ts'
import { createRedactor, VendorError } from './error.ts'
import { type ExchangeDetails, readExchange } from './exchange.ts'
import { decoded } from './gzip-encoding.ts'
import { createHttpClient, defaultTimeouts, explain, type HttpResponse, type Timeouts } from './http.ts'
import { type OpenDataset, openDatasetBody, statedLength } from './open-dataset.ts'
import { datasetPath } from './path.ts'
import { KEY_RETRY_MS, quotaEndMs, VendorRefusedError } from './refusal.ts'
import { readVenues } from './venues.ts'

export interface VendorOptions {
  /** `https://api.tardis.dev/v1`: where exchange details are. The key is not sent there, because none is needed. */
  readonly apiUrl: string
  /** `https://datasets.tardis.dev/v1`: where datasets are. The key is sent to this origin only. */
  readonly datasetsUrl: string
  readonly apiKey?: Secret | undefined
  readonly log: Log
  /** Maximum number of connections to one origin, each of them with one body being read; 8 by default. */
  readonly connections?: number
  readonly timeouts?: Partial<Timeouts>
  readonly retry?: Partial<RetryPolicy>
  readonly minThroughput?: MinThroughput
  readonly proxies?: Proxies | undefined
  readonly clock?: Clock
  /** For jitter: [0, 1). */
  readonly random?: () => number
}

export interface CallOptions {
  /** By when everything must be done, a dataset's body included. No delay is started that would end later. */
  readonly deadline: Deadline
  readonly signal?: AbortSignal
}

export type ExchangeOutcome =
  | { readonly kind: 'known'; readonly details: ExchangeDetails }
  /** The vendor has no such venue. `detail` is a short part of the response. */
  | { readonly kind: 'unknown'; readonly detail: string }

export type DatasetOutcome =
  | OpenDataset
  | { readonly kind: 'missing'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly status: 401 | 403; readonly reason: string }

export interface DatasetOptions extends CallOptions {
  /** How many calls for this dataset came before and gave damaged bytes; 0 by default. Keeps caches from repeating them. */
  readonly earlierCalls?: number
  /** How many bytes of the body may wait for the reader before the vendor is paused; 64 KiB by default. */
  readonly bufferBytes?: number
  /** A chunk of the body is valid only until the next one is requested; false by default. */
  readonly freesChunks?: boolean
}

/**
 * The vendor, https://docs.tardis.dev. All calls repeat requests that failed in a way that passes (no response, 408, a rate
 * limit, 5xx, a broken or empty body) until the deadline, never 401, 403 or 404. They reject with a VendorError, or with the
 * reason of the signal or deadline that stopped them. Where the daily quota is used up or the key is refused they reject with
 * a VendorRefusedError, and until its time no dataset is requested any more. The key is in no error and no log entry. Safe to
 * call at any time, concurrently, and again.
 */
export interface Vendor {
  /** The ids of all venues that the vendor has. */
  venues(options: CallOptions): Promise<readonly string[]>
  /** What the vendor says of a venue. Memory: the symbols' names and dates, not the document. */
  exchange(venue: string, options: CallOptions): Promise<ExchangeOutcome>
  /**
   * Opens a dataset. Resolves when the beginning of the gzip file is there. A body that breaks later is not resumed,
   * because the vendor refuses ranges: open it again and start from byte 0. Memory: `bufferBytes` and a chunk.
   */
  openDataset(name: ItemName, options: DatasetOptions): Promise<DatasetOutcome>
  /** Closes all connections; bodies that are being read end in an error. Safe to call twice. */
  close(): Promise<void>
}

export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 6, baseDelayMs: 500, maxDelayMs: 30_000 }
/** The delay after a 429 that names none: the vendor counts requests by the minute. */
const RATE_LIMIT_DELAY_MS = 60_000

/** @throws TypeError if an address is no URL, or the key cannot be sent in a header; the key is not in the message. */
export function createVendor(options: VendorOptions): Vendor {
  const { log, clock = systemClock, random = Math.random, minThroughput = defaultMinThroughput } = options
  const [apiUrl, datasetsUrl] = [baseUrl(options.apiUrl), baseUrl(options.datasetsUrl)]
  const key = sendableKey(options.apiKey?.reveal())
  const redactor = createRedactor(key)
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const http = createHttpClient({ connections: options.connections ?? 8, timeouts, redactor, proxies: options.proxies })
  const policy = { ...defaultRetryPolicy, ...options.retry }
  /** Calls that were answered 429 without a time. */
  const rateLimited = new WeakSet<Call>()
  let refusal: VendorRefusedError | undefined

  function warnOfRetry({ message, status }: VendorError, attempt: number, delayMs: number): void {
    const attempts = policy.maxAttempts
    const what = status === undefined || status === 200 ? 'a request to Tardis failed' : `Tardis answered ${status}`
    const count = `retrying in ${(delayMs / 1000).toFixed(1)} s (${attempt} of ${attempts - 1})`
    const fields = { attempt, attempts, delayMs: Math.round(delayMs), status, reason: message }
    log.warn(`${what}, ${count}`, fields)
  }

  function retried<T>(call: Call, deadline: Deadline, attempt: (number: number) => Promise<T>): Promise<T> {
    return retry(attempt, {
      policy,
      clock,
      random,
      signal: call.signal,
      remainingMs: deadline.remainingMs,
      minDelayMs: error => (isTransient(error) ? (error.retryAfterMs ?? 0) : undefined),
      onRetry: (error, attempt, delayMs) => warnOfRetry(error as VendorError, attempt, delayMs),
      lastError: (error, reason) => extended(error as VendorError, reason),
    })
  }

  /** The error for a response that is neither a result nor an outcome of its own. */
  async function errorOf(response: HttpResponse, call: Call): Promise<VendorError> {
    const { status, address } = response
    const retryable = status === 408 || status === 429 || status >= 500
    const named =
      status === 429 || status === 503 ? retryAfterMs(response.header('retry-after'), clock.now()) : undefined
    const text = await explain(response, redactor)
    const message = `GET ${address}: answered ${status}: ${text}`
    if (status !== 429) return new VendorError(message, { retryable, status, retryAfterMs: named })
    const endMs = quotaEndMs({ retryAfterMs: named, text, isRepeated: rateLimited.has(call) }, clock.now())
    if (endMs !== undefined) return new VendorRefusedError(message, 'quota', endMs, status)
    if (named === undefined) rateLimited.add(call)
    return new VendorError(message, { retryable, status, retryAfterMs: named ?? RATE_LIMIT_DELAY_MS })
  }

  function refusedKey(reason: string, status: number): VendorRefusedError {
    return new VendorRefusedError(reason, 'key', clock.now() + KEY_RETRY_MS, status)
  }

  function textOf(response: HttpResponse, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const expectedBytes = statedLength(response)
    const body = checkBody(response, { clock, minThroughput, redactor, signal, expectedBytes })
    return decoded(body.rest(), response.header('content-encoding'), response.address)
  }

  async function requestVenues(call: Call, earlier: number): Promise<readonly string[]> {
    const response = await http.get(below(apiUrl, 'exchanges', earlier), call)
    if (response.status !== 200) throw await errorOf(response, call)
    try {
      return await readVenues(textOf(response, call.signal), response.address)
    } finally {
      response.cancel()
    }
  }

  async function requestExchange(venue: string, call: Call, earlier: number): Promise<ExchangeOutcome> {
    const url = below(apiUrl, `exchanges/${encodeURIComponent(venue)}`, earlier)
    const response = await http.get(url, call)
    const { status } = response
    if (status === 400 || status === 404) return { kind: 'unknown', detail: await explain(response, redactor) }
    if (status !== 200) throw await errorOf(response, call)
    try {
      const details = await readExchange(venue, textOf(response, call.signal))
      const { skipped } = details
      if (skipped)
        log.warn(`skipped entries in Tardis's details of ${venue} that cannot be read`, { venue, ...skipped })
      return { kind: 'known', details }
    } finally {
      response.cancel()
    }
  }

  async function requestDataset(
    name: ItemName,
    call: Call,
    { bufferBytes, freesChunks = false }: DatasetOptions,
    earlier: number,
  ): Promise<DatasetOutcome> {
    const { signal } = call
    if (refusal && clock.now() < refusal.untilMs) throw refusal
    const response = await http.get(below(datasetsUrl, datasetPath(name), earlier), { key, signal, bufferBytes })
    const { status, address } = response
    if (status === 404) return { kind: 'missing', detail: await explain(response, redactor) }
    if (status === 401 || status === 403) {
      const sent = response.wasKeySent ? 'with an API key' : 'without an API key'
      const reason = `GET ${address} ${sent}: answered ${status}: ${await explain(response, redactor)}`
      if (status === 401 && response.wasKeySent) throw refusedKey(reason, status)
      return { kind: 'forbidden', status, reason }
    }
    if (status !== 200) throw await errorOf(response, call)
    try {
      return await openDatasetBody(response, { clock, minThroughput, redactor, call, freesChunks })
    } catch (error) {
      response.cancel()
      throw error
    }
  }

  async function api<T>({ deadline, signal }: CallOptions, request: (call: Call, earlier: number) => Promise<T>) {
    const call = beginCall(deadline, signal)
    try {
      return await retried(call, deadline, attempt => request(call, attempt - 1))
    } finally {
      call.end()
    }
  }

  return {
    venues: options => api(options, requestVenues),
    exchange: (venue, options) => api(options, (call, earlier) => requestExchange(venue, call, earlier)),
    async openDataset(name, options) {
      const { deadline, signal, earlierCalls = 0 } = options
      const call = beginCall(deadline, signal)
      const earlier = earlierCalls * policy.maxAttempts
      let outcome: DatasetOutcome | undefined
      try {
        outcome = await retried(call, deadline, attempt => requestDataset(name, call, options, earlier + attempt - 1))
        return outcome
      } catch (error) {
        if (error instanceof VendorRefusedError) refusal = error
        throw error
      } finally {
        if (outcome?.kind !== 'open') call.end()
      }
    },
    close: () => http.close(),
  }
}

function isTransient(error: unknown): error is VendorError {
  return error instanceof VendorError && error.retryable && !error.isLasting
}

function extended(error: VendorError, reason: string): VendorError {
  const { status, retryAfterMs, cause } = error
  return new VendorError(`${error.message}; ${reason}`, { retryable: true, status, retryAfterMs, cause })
}
