import { DAY_MS } from '../../functions/market/days.ts'
import type { ItemName } from '../../functions/market/items.ts'
import { retry } from '../../functions/runtime/retry.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import type { CallOptions, DatasetOptions, DatasetOutcome, ExchangeOutcome } from '../../functions/tardis/outcomes.ts'
import { KEY_RETRY_MS, nextMidnightMs, VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { defaultRetryPolicy, type Vendor } from '../../functions/tardis/vendor.ts'
import type { Chance } from '../faults/model/chance.ts'
import type { Archive } from './archive.ts'
import { COSTS } from './costs.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Waits } from './waits.ts'

/** A time in days since the rehearsal began: from the first to the second. */
export type DaySpan = readonly [fromDay: number, toDay: number]

export interface VendorBehaviour {
  readonly requestsPerSecond: number
  readonly dailyBytes: number
  /** Share of requests that fail once. */
  readonly failures: number
  readonly outages: readonly DaySpan[]
  readonly keyRefused: readonly DaySpan[]
}

/** The vendor counts requests by the minute. */
const MINUTE_MS = 60_000

/** The vendor's servers: what they answer at a time, and what they count. All instances share them. */
export class VendorServers {
  requests = 0
  refused = 0
  sentBytes = 0
  readonly #time: VirtualTime
  readonly #startMs: number
  readonly #behaviour: VendorBehaviour
  readonly #chance: Chance
  #minute = { atMs: 0, requests: 0 }
  #day = { atMs: 0, bytes: 0 }

  constructor(time: VirtualTime, chance: Chance, behaviour: VendorBehaviour) {
    this.#time = time
    this.#startMs = time.now()
    this.#chance = chance
    this.#behaviour = behaviour
  }

  get isDown(): boolean {
    return this.#isIn(this.#behaviour.outages)
  }

  get isKeyRefused(): boolean {
    return this.#isIn(this.#behaviour.keyRefused)
  }

  get isQuotaUsedUp(): boolean {
    return this.#today().bytes >= this.#behaviour.dailyBytes
  }

  /** Throws what a request for a dataset meets, if it is not served. */
  request(): void {
    this.requests += 1
    if (this.isDown || this.#chance.next() < this.#behaviour.failures) throw answered(503)
    this.#countInMinute()
    if (this.isKeyRefused) throw this.#refusal('key')
    if (this.isQuotaUsedUp) throw this.#refusal('quota')
  }

  #countInMinute(): void {
    const nowMs = this.#time.now()
    const atMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
    if (this.#minute.atMs !== atMs) this.#minute = { atMs, requests: 0 }
    this.#minute.requests += 1
    const isOver = this.#minute.requests > this.#behaviour.requestsPerSecond * 60
    if (isOver) throw answered(429, atMs + MINUTE_MS - nowMs)
  }

  send(bytes: number): void {
    this.#today().bytes += bytes
    this.sentBytes += bytes
  }

  #refusal(reason: 'key' | 'quota'): VendorRefusedError {
    this.refused += 1
    const nowMs = this.#time.now()
    const [status, untilMs] = reason === 'key' ? [401, nowMs + KEY_RETRY_MS] : [429, nextMidnightMs(nowMs)]
    return new VendorRefusedError(`answered ${status}`, reason, untilMs, status)
  }

  #today() {
    const atMs = Math.floor(this.#time.now() / DAY_MS) * DAY_MS
    if (this.#day.atMs !== atMs) this.#day = { atMs, bytes: 0 }
    return this.#day
  }

  #isIn(spans: readonly DaySpan[]): boolean {
    const day = (this.#time.now() - this.#startMs) / DAY_MS
    return spans.some(([from, to]) => day >= from && day < to)
  }
}

function answered(status: number, retryAfterMs?: number): VendorError {
  return new VendorError(`answered ${status}`, { retryable: true, status, retryAfterMs })
}

export interface VendorClientParts {
  readonly servers: VendorServers
  readonly archive: Archive
  readonly time: VirtualTime
  readonly chance: Chance
  readonly waits: Waits
}

/** The vendor's client of one instance. It repeats as the real one does, and a body is a few bytes with the length of all. */
export function createVendorClient({ servers, archive, time, chance, waits }: VendorClientParts): Vendor {
  const respond = () => waits.during('vendor response', () => time.wait(COSTS.vendorResponseMs.value))
  const repeated = <T>({ deadline }: CallOptions, attempt: () => Promise<T>): Promise<T> =>
    retry(attempt, {
      policy: defaultRetryPolicy,
      clock: time,
      random: () => chance.next(),
      signal: deadline.signal,
      remainingMs: deadline.remainingMs,
      minDelayMs: error => (isTransient(error) ? (error.retryAfterMs ?? 0) : undefined),
      onRetry: (error, _attempt, delayMs) => {
        waits.ms[(error as VendorError).status === 429 ? 'rate limit' : 'vendor response'] += delayMs
      },
    })
  return {
    keyAccess: async () => undefined,
    venues: async () => archive.venues,
    instruments: async () => ({ kind: 'not-readable', reason: 'the archive has none' }),
    exchange: (venue, options): Promise<ExchangeOutcome> =>
      repeated(options, async () => {
        await respond()
        if (servers.isDown) throw answered(503)
        const details = archive.details(venue, time.now())
        return details ? { kind: 'known', details } : { kind: 'unknown', detail: 'no such exchange' }
      }),
    openDataset: (name: ItemName, options: DatasetOptions): Promise<DatasetOutcome> =>
      repeated(options, async () => {
        await respond()
        servers.request()
        const contentLength = archive.sourceBytes(name)
        servers.send(contentLength)
        return { kind: 'open', contentLength, body: bodyOf(), cancel: () => {} }
      }),
    close: async () => {},
  }
}

function isTransient(error: unknown): error is VendorError {
  return error instanceof VendorError && error.retryable && !error.isLasting
}

async function* bodyOf(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1)
}
