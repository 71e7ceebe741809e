import type { ItemName } from '../market/items.ts'
import type { Secret } from '../runtime/config/secret.ts'
import { type Clock, systemClock } from '../runtime/deadline.ts'
import type { Proxies } from '../runtime/dispatcher.ts'
import type { Log } from '../runtime/log/log.ts'
import type { RetryPolicy } from '../runtime/retry.ts'
import { baseUrl, below, sendableKey } from './address.ts'
import { Attempts } from './attempts.ts'
import { checkBody, defaultMinThroughput, type MinThroughput } from './body.ts'
import { beginCall, type Call } from './call.ts'
import { createRedactor, type Redactor } from './error.ts'
import { readExchange } from './exchange.ts'
import { decoded } from './gzip-encoding.ts'
import {
  createHttpClient,
  defaultTimeouts,
  explain,
  type HttpClient,
  type HttpResponse,
  type Timeouts,
} from './http.ts'
import { type InstrumentsOutcome, readInstruments, type WantedInstruments } from './instruments.ts'
import { collectKeyAccess, type KeyAccess } from './key-access.ts'
import { openDatasetBody, statedLength } from './open-dataset.ts'
import type { CallOptions, DatasetOptions, DatasetOutcome, ExchangeOutcome } from './outcomes.ts'
import { paced } from './pace.ts'
import { datasetPath } from './path.ts'
import { KEY_RETRY_MS, VendorRefusedError } from './refusal.ts'
import { readVenues } from './venues.ts'

export interface VendorOptions {
  /** `https://api.tardis.dev/v1`: where exchange details are. The key is sent there only to ask what it may read. */
  readonly apiUrl: string
  /** `https://datasets.tardis.dev/v1`: where datasets are. Where the key is sent, besides. */
  readonly datasetsUrl: string
  readonly apiKey?: Secret | undefined
  readonly log: Log
  /** Maximum number of connections to one origin, each of them with one body being read; 16 by default. */
  readonly connections?: number
  readonly timeouts?: Partial<Timeouts>
  readonly retry?: Partial<RetryPolicy>
  readonly minThroughput?: MinThroughput
  readonly proxies?: Proxies | undefined
  /** Of this client, to both addresses; no limit by default. */
  readonly maxRequestsPerSecond?: number | undefined
  readonly clock?: Clock
  /** For jitter: [0, 1). */
  readonly random?: () => number
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
  /** What the vendor says of some instruments of a venue. Memory: those instruments, not the document. */
  instruments(wanted: WantedInstruments, options: CallOptions): Promise<InstrumentsOutcome>
  /** What the key may read; undefined without a key, or where the vendor does not tell. The key is sent to the API's origin. */
  keyAccess(options: CallOptions): Promise<KeyAccess | undefined>
  /** Closes all connections; bodies that are being read end in an error. Safe to call twice. */
  close(): Promise<void>
}

/** The subscription does not include the instruments, or the server has none of the venue. Nothing of that passes soon. */
const NOT_READABLE: readonly number[] = [400, 401, 402, 403, 404]

export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 6, baseDelayMs: 500, maxDelayMs: 30_000 }
/** @throws TypeError if an address is no URL, or the key cannot be sent in a header; the key is not in the message. */
export function createVendor(options: VendorOptions): Vendor {
  return new TardisVendor(options)
}

class TardisVendor implements Vendor {
  readonly #log: Log
  readonly #clock: Clock
  readonly #minThroughput: MinThroughput
  readonly #apiUrl: URL
  readonly #datasetsUrl: URL
  readonly #key: string | undefined
  readonly #redactor: Redactor
  readonly #http: HttpClient
  readonly #policy: RetryPolicy
  readonly #attempts: Attempts
  #refusal: VendorRefusedError | undefined

  constructor({ log, clock = systemClock, random = Math.random, ...options }: VendorOptions) {
    this.#log = log
    this.#clock = clock
    this.#minThroughput = options.minThroughput ?? defaultMinThroughput
    this.#apiUrl = baseUrl(options.apiUrl)
    this.#datasetsUrl = baseUrl(options.datasetsUrl)
    this.#key = sendableKey(options.apiKey?.reveal())
    const redactor = createRedactor(this.#key)
    this.#redactor = redactor
    const timeouts = { ...defaultTimeouts, ...options.timeouts }
    const { connections = 16, proxies } = options
    const http = createHttpClient({ connections, timeouts, redactor, proxies })
    const { maxRequestsPerSecond } = options
    this.#http = maxRequestsPerSecond === undefined ? http : paced(http, maxRequestsPerSecond, clock)
    this.#policy = { ...defaultRetryPolicy, ...options.retry }
    this.#attempts = new Attempts({ policy: this.#policy, clock, random, log, redactor })
  }

  venues(options: CallOptions): Promise<readonly string[]> {
    return this.#callApi(options, (call, earlier) => this.#requestVenues(call, earlier))
  }

  exchange(venue: string, options: CallOptions): Promise<ExchangeOutcome> {
    return this.#callApi(options, (call, earlier) => this.#requestExchange(venue, call, earlier))
  }

  instruments(wanted: WantedInstruments, options: CallOptions): Promise<InstrumentsOutcome> {
    return this.#callApi(options, (call, earlier) => this.#requestInstruments(wanted, call, earlier))
  }

  async openDataset(name: ItemName, options: DatasetOptions): Promise<DatasetOutcome> {
    const { deadline, signal, earlierCalls = 0 } = options
    const call = beginCall(deadline, signal)
    const earlier = earlierCalls * this.#policy.maxAttempts
    let outcome: DatasetOutcome | undefined
    try {
      outcome = await this.#attempts.run(call, deadline, attempt =>
        this.#requestDataset(name, call, options, earlier + attempt - 1),
      )
      return outcome
    } catch (error) {
      if (error instanceof VendorRefusedError) this.#refusal = error
      throw error
    } finally {
      if (outcome?.kind !== 'open') call.end()
    }
  }

  close(): Promise<void> {
    return this.#http.close()
  }

  async #callApi<T>(
    { deadline, signal }: CallOptions,
    request: (call: Call, earlier: number) => Promise<T>,
  ): Promise<T> {
    const call = beginCall(deadline, signal)
    try {
      return await this.#attempts.run(call, deadline, attempt => request(call, attempt - 1))
    } finally {
      call.end()
    }
  }

  async #requestVenues(call: Call, earlier: number): Promise<readonly string[]> {
    const response = await this.#http.get(below(this.#apiUrl, 'exchanges', earlier), call)
    if (response.status !== 200) throw await this.#attempts.errorOf(response, call)
    try {
      return await readVenues(this.#textOf(response, call), response.address)
    } finally {
      response.cancel()
    }
  }

  async #requestExchange(venue: string, call: Call, earlier: number): Promise<ExchangeOutcome> {
    const url = below(this.#apiUrl, `exchanges/${encodeURIComponent(venue)}`, earlier)
    const response = await this.#http.get(url, call)
    const { status } = response
    if (status === 400 || status === 404) return { kind: 'unknown', detail: await explain(response, this.#redactor) }
    if (status !== 200) throw await this.#attempts.errorOf(response, call)
    try {
      const details = await readExchange(venue, this.#textOf(response, call))
      const { skipped } = details
      if (skipped)
        this.#log.warn(`skipped entries in Tardis's details of ${venue} that cannot be read`, { venue, ...skipped })
      return { kind: 'known', details }
    } finally {
      response.cancel()
    }
  }

  async keyAccess(options: CallOptions): Promise<KeyAccess | undefined> {
    return this.#key === undefined ? undefined : await this.#callApi(options, call => this.#requestKeyAccess(call))
  }

  async #requestKeyAccess(call: Call): Promise<KeyAccess | undefined> {
    const response = await this.#http.get(below(this.#apiUrl, 'api-key-info', 0), {
      key: this.#key,
      signal: call.signal,
    })
    const { status, address, wasKeySent } = response
    const text = status === 200 ? undefined : await explain(response, this.#redactor)
    if ((status === 401 || status === 403) && wasKeySent) {
      const message = `GET ${address} with an API key: answered ${status}: ${text}`
      throw new VendorRefusedError(message, 'key', this.#clock.now() + KEY_RETRY_MS, status)
    }
    if (status !== 200) return undefined
    try {
      return await collectKeyAccess(this.#textOf(response, call))
    } finally {
      response.cancel()
    }
  }

  async #requestInstruments(wanted: WantedInstruments, call: Call, earlier: number): Promise<InstrumentsOutcome> {
    const url = below(this.#apiUrl, `instruments/${encodeURIComponent(wanted.venue)}`, earlier)
    const response = await this.#http.get(url, { key: this.#key, signal: call.signal })
    const { status, address } = response
    if (NOT_READABLE.includes(status))
      return {
        kind: 'not-readable',
        reason: `GET ${address}: answered ${status}: ${await explain(response, this.#redactor)}`,
      }
    if (status !== 200) throw await this.#attempts.errorOf(response, call)
    try {
      const { instruments, faults } = await readInstruments(wanted, this.#textOf(response, call))
      if (faults.length > 0) this.#log.warn(`skipped instruments of ${wanted.venue} that cannot be read`, { faults })
      return { kind: 'known', instruments, faults }
    } finally {
      response.cancel()
    }
  }

  async #requestDataset(name: ItemName, call: Call, options: DatasetOptions, earlier: number): Promise<DatasetOutcome> {
    if (this.#refusal && this.#clock.now() < this.#refusal.untilMs) throw this.#refusal
    const url = below(this.#datasetsUrl, datasetPath(name), earlier)
    const { bufferBytes, freesChunks = false } = options
    const response = await this.#http.get(url, { key: this.#key, signal: call.signal, bufferBytes })
    const { status } = response
    if (status === 404) return { kind: 'missing', detail: await explain(response, this.#redactor) }
    if (status === 401 || status === 403) return await this.#forbidden(response, status)
    if (status !== 200) throw await this.#attempts.errorOf(response, call)
    try {
      return await openDatasetBody(response, { ...this.#bodyOptions(), call, freesChunks })
    } catch (error) {
      response.cancel()
      throw error
    }
  }

  async #forbidden(response: HttpResponse, status: 401 | 403): Promise<DatasetOutcome> {
    const { address, wasKeySent } = response
    const sent = wasKeySent ? 'with an API key' : 'without an API key'
    const reason = `GET ${address} ${sent}: answered ${status}: ${await explain(response, this.#redactor)}`
    // A key that is refused once is refused for every dataset.
    if (status === 401 && wasKeySent)
      throw new VendorRefusedError(reason, 'key', this.#clock.now() + KEY_RETRY_MS, status)
    return { kind: 'forbidden', status, reason }
  }

  #textOf(response: HttpResponse, { signal }: Call): AsyncIterable<Uint8Array> {
    const body = checkBody(response, { ...this.#bodyOptions(), signal, expectedBytes: statedLength(response) })
    return decoded(body.rest(), response.header('content-encoding'), response.address)
  }

  #bodyOptions() {
    return { clock: this.#clock, minThroughput: this.#minThroughput, redactor: this.#redactor }
  }
}
