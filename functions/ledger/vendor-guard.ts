import { createHash } from 'node:crypto'
import { addDays, dayOf, dayStartMs } from '../market/days.ts'
import type { Config } from '../runtime/config/config.ts'
import type { Clock } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import type { Bucket } from '../storage/bucket.ts'
import { isOutage } from '../tardis/error.ts'
import { addUsage, counted } from './count-usage.ts'
import { type Ledger, openLedger } from './ledger.ts'
import {
  blockedBy,
  DOWN_RETRY_MS,
  isBoundByQuota,
  isInForce,
  isOngoingOutage,
  type Refusal,
  type VendorBlock,
} from './vendor-block.ts'

export interface GuardServices {
  readonly bucket: Bucket
  readonly config: Pick<Config, 'gcsPrefix'>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** The error of a vendor that refuses everything. */
export interface Refused extends Pick<VendorBlock, 'reason'> {
  readonly untilMs: number
  readonly message: string
  readonly isOwnLimit?: boolean
}

export interface GuardOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly config: Pick<Config, 'tardisApiKey' | 'tardisDailyBytes'>
  /** False: what other processes noted is not read. A person who runs a command wants it to be tried. */
  readonly readsBucket?: boolean
  /** True where messages come again by themselves: a vendor that does not respond is then not asked for a while. */
  readonly stopsWhenDown?: boolean
}

const LOOK_MS = 30_000
/** Near the end of a quota each request may be the first that is refused, so what others noted is looked for more often. */
const LOOK_NEAR_QUOTA_MS = 1_000
/** The bytes of the day are counted in shares of the limit, so that one object is not written too often. */
const USAGE_SHARES = 500
/** Calls that failed in a row, each after its retries. A single file that the vendor cannot serve is no outage. */
const MIN_FAILED_CALLS = 3

/**
 * Keeps this process from asking a vendor that refuses everything or does not respond. One for the process. What one
 * instance learns reaches the others through the bucket.
 */
export class VendorGuard {
  readonly #clock: Pick<Clock, 'now'>
  readonly #key: string | undefined
  readonly #dailyBytes: number | undefined
  readonly #readsBucket: boolean
  readonly #stopsWhenDown: boolean
  #block: VendorBlock | undefined
  #lookedMs = Number.NEGATIVE_INFINITY
  /** Not in the bucket yet. */
  #unrecorded: Refusal | undefined
  /** Received, and not yet in the count of the day. */
  #unspentBytes = 0
  #failedCalls = 0

  constructor({ clock, config, readsBucket = true, stopsWhenDown = false }: GuardOptions) {
    this.#clock = clock
    this.#key = keyIdOf(config)
    this.#dailyBytes = config.tardisDailyBytes
    this.#readsBucket = readsBucket
    this.#stopsWhenDown = stopsWhenDown
  }

  /** The block in force, as this process knows it. Reads nothing. */
  inForce(): VendorBlock | undefined {
    return this.#block && isInForce(this.#block, this.#clock.now(), this.#key) ? this.#block : undefined
  }

  /** True where the daily quota ended today or yesterday, as this process knows it: see `isBoundByQuota`. Reads nothing. */
  isBoundByQuota(): boolean {
    return this.#block !== undefined && isBoundByQuota(this.#block, this.#clock.now(), this.#key)
  }

  /**
   * The block in force, after a look into the bucket if the last one is older than 30 s, or 1 s where the quota ended
   * today or yesterday. Rejects where the bucket fails.
   */
  async look(
    services: Pick<GuardServices, 'bucket' | 'config'>,
    signal?: AbortSignal,
  ): Promise<VendorBlock | undefined> {
    const known = this.inForce()
    const maxAgeMs = this.isBoundByQuota() ? LOOK_NEAR_QUOTA_MS : LOOK_MS
    if (known || !this.#readsBucket || this.#clock.now() - this.#lookedMs < maxAgeMs) return known
    const found = await ledgerOf(services).readVendorBlock(signal)
    this.#lookedMs = this.#clock.now()
    if (found && found.until !== this.#block?.until) {
      this.#block = found
      // The first call after the block tells whether the outage is over.
      if (isOngoingOutage(found, this.#lookedMs)) this.#failedCalls = MIN_FAILED_CALLS - 1
    }
    return this.inForce()
  }

  /**
   * Notes a refusal: in force in this process at once, and in the bucket for the others. Never rejects: `recorded`
   * does where the bucket does not have it.
   */
  async refused(refused: Refused, services: GuardServices, signal?: AbortSignal): Promise<void> {
    const { reason, untilMs, message, isOwnLimit = false } = refused
    const refusal = { reason, untilMs, detail: message, isOwnLimit, ...(this.#key !== undefined && { key: this.#key }) }
    const isKnown = this.inForce() !== undefined
    this.#block = blockedBy(this.#block, refusal, this.#clock.now())
    if (isKnown) return
    this.#unrecorded = refusal
    await this.#record(services, signal).catch(error =>
      services.log.warn('the vendor block was not written yet', { error }),
    )
  }

  /** Notes that the vendor responded to a call. */
  responded(): void {
    this.#failedCalls = 0
  }

  /**
   * Notes a call that failed after its retries. Where several in a row have got no response, the vendor is not asked for
   * 10 minutes; the first call after that tells whether it goes on. Never rejects, as `refused`.
   */
  async failed(error: unknown, services: GuardServices, signal?: AbortSignal): Promise<void> {
    if (!this.#stopsWhenDown || !isOutage(error)) return
    this.#failedCalls += 1
    if (this.#failedCalls < MIN_FAILED_CALLS) return
    const untilMs = this.#clock.now() + DOWN_RETRY_MS
    await this.refused({ reason: 'down', untilMs, message: error.message }, services, signal)
  }

  /** The same bytes, counted for the daily limit where there is one. */
  metered(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    if (this.#dailyBytes === undefined) return body
    return counted(body, bytes => {
      this.#unspentBytes += bytes
    })
  }

  /**
   * Adds what was received to the bytes of the day that all processes count together, if it is a share worth a write. Where
   * the daily limit is reached the vendor is blocked until 00:00 UTC. Never rejects: what cannot be added waits.
   */
  async spent(services: GuardServices, signal?: AbortSignal): Promise<void> {
    const limit = this.#dailyBytes
    if (limit !== undefined && this.#unspentBytes >= limit / USAGE_SHARES) await this.#spend(limit, services, signal)
  }

  /** Resolves where the bucket has what was noted. Rejects where it could not be written: the message must come again. */
  async recorded(services: GuardServices, signal?: AbortSignal): Promise<void> {
    const limit = this.#dailyBytes
    if (limit !== undefined && this.#unspentBytes > 0) await this.#spend(limit, services, signal)
    await this.#record(services, signal)
  }

  async #record(services: GuardServices, signal?: AbortSignal): Promise<void> {
    const refusal = this.#unrecorded
    if (!refusal) return
    // Commit point of the block: from here on no instance begins to download.
    const updated = await ledgerOf(services).update(
      'vendorBlock',
      'vendor',
      current => blockedBy(current, refusal, this.#clock.now()),
      { ...services, ...(signal && { signal }) },
    )
    if (this.#unrecorded === refusal) this.#unrecorded = undefined
    this.#block = updated.document
    if (updated.written) logBlock(updated.document, services.log)
  }

  async #spend(limit: number, services: GuardServices, signal?: AbortSignal): Promise<void> {
    const spentBytes = this.#unspentBytes
    this.#unspentBytes = 0
    const today = dayOf(this.#clock.now())
    try {
      const options = { ...services, ...(signal && { signal }) }
      const total = await addUsage(ledgerOf(services), today, spentBytes, options)
      if (total < limit) return
      const message = `${total} bytes were received today, TARDIS_DAILY_BYTES is ${limit}`
      const untilMs = dayStartMs(addDays(today, 1))
      await this.refused({ reason: 'quota', untilMs, message, isOwnLimit: true }, services, signal)
    } catch (error) {
      this.#unspentBytes += spentBytes
      services.log.warn('the received bytes were not counted yet', { error, bytes: this.#unspentBytes })
    }
  }
}

function ledgerOf({ bucket, config }: Pick<GuardServices, 'bucket' | 'config'>): Ledger {
  return openLedger(bucket, config.gcsPrefix)
}

/** Identifies a key without showing it: the beginning of its SHA-256. Undefined without a key. */
export function keyIdOf({ tardisApiKey }: Pick<Config, 'tardisApiKey'>): string | undefined {
  return tardisApiKey && createHash('sha256').update(tardisApiKey.reveal()).digest('hex').slice(0, 12)
}

function logBlock({ reason, since, until, detail }: VendorBlock, log: Log): void {
  const fields = { since, until, reason: detail }
  switch (reason) {
    case 'key':
      log.error(`Tardis refuses the API key, nothing is requested until ${until}`, {
        event: 'vendor_key_refused',
        ...fields,
      })
      break
    case 'quota':
      log.warn(`Tardis's daily quota is used up, nothing is requested until ${until}`, {
        event: 'vendor_quota',
        ...fields,
      })
      break
    case 'down':
      log.warn(`Tardis does not respond, nothing is requested until ${until}`, {
        event: 'vendor_down',
        ...fields,
        minutes: Math.round((Date.parse(until) - Date.parse(since)) / 60_000),
      })
  }
}
