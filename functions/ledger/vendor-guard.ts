import { createHash } from 'node:crypto'
import { addDays, dayOf, dayStartMs } from '../market/days.ts'
import type { Config } from '../runtime/config/config.ts'
import type { Clock } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import type { Bucket } from '../storage/bucket.ts'
import { SCHEMA_VERSION } from './fields.ts'
import { openLedger } from './ledger.ts'
import { blockedBy, isInForce, type Refusal, type VendorBlock } from './vendor-block.ts'
import type { VendorUsage } from './vendor-usage.ts'

/**
 * Keeps this process from asking a vendor that refuses everything: its daily quota is used up, or the key is refused. One
 * for the process. What one instance learns reaches the others through the bucket.
 */
export interface VendorGuard {
  /** The block in force, as this process knows it. Reads nothing. */
  inForce(): VendorBlock | undefined
  /** The same, after a look into the bucket if the last one is older than 30 s. Rejects where the bucket fails. */
  look(services: Pick<GuardServices, 'bucket' | 'config'>, signal?: AbortSignal): Promise<VendorBlock | undefined>
  /**
   * Notes a refusal: in force in this process at once, and in the bucket for the others. Never rejects: `recorded`
   * does where the bucket does not have it.
   */
  refused(error: Refused, services: GuardServices, signal?: AbortSignal): Promise<void>
  /** The same bytes, counted for the daily limit where there is one. */
  metered(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /**
   * Adds what was received to the bytes of the day that all processes count together, if it is a share worth a write. Where
   * the daily limit is reached the vendor is blocked until 00:00 UTC. Never rejects: what cannot be added waits.
   */
  spent(services: GuardServices, signal?: AbortSignal): Promise<void>
  /** Resolves where the bucket has what was noted. Rejects where it could not be written: the message must come again. */
  recorded(services: GuardServices, signal?: AbortSignal): Promise<void>
}

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
}

export interface GuardOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly config: Pick<Config, 'tardisApiKey' | 'tardisDailyBytes'>
  /** False: what other processes noted is not read. A person who runs a command wants it to be tried. */
  readonly readsBucket?: boolean
}

const LOOK_MS = 30_000
/** The bytes of the day are counted in shares of the limit, so that one object is not written too often. */
const USAGE_SHARES = 500

export function createVendorGuard({ clock, config, readsBucket = true }: GuardOptions): VendorGuard {
  const key = keyIdOf(config)
  const limit = config.tardisDailyBytes
  let block: VendorBlock | undefined
  let lookedMs = Number.NEGATIVE_INFINITY
  /** Not in the bucket yet. */
  let unrecorded: Refusal | undefined
  /** Received, and not yet in the count of the day. */
  let unspentBytes = 0

  const inForce = () => (block && isInForce(block, clock.now(), key) ? block : undefined)

  const record = async (services: GuardServices, signal?: AbortSignal) => {
    const refusal = unrecorded
    if (!refusal) return
    const { bucket, config, log } = services
    // Commit point of the block: from here on no instance begins to download.
    const updated = await openLedger(bucket, config.gcsPrefix).update(
      'vendorBlock',
      'vendor',
      current => blockedBy(current, refusal, clock.now()),
      { ...services, ...(signal && { signal }) },
    )
    if (unrecorded === refusal) unrecorded = undefined
    if (updated?.written) logBlock(updated.document, log)
  }

  const refused: VendorGuard['refused'] = async ({ reason, untilMs, message }, services, signal) => {
    const refusal = { reason, untilMs, detail: message, ...(key !== undefined && { key }) }
    const isKnown = inForce() !== undefined
    block = blockedBy(block, refusal, clock.now())
    if (isKnown) return
    unrecorded = refusal
    await record(services, signal).catch(error => services.log.warn('the vendor block was not written yet', { error }))
  }

  const spend = async (limit: number, services: GuardServices, signal?: AbortSignal) => {
    const spentBytes = unspentBytes
    unspentBytes = 0
    const nowMs = clock.now()
    try {
      const total = await addUsage(spentBytes, nowMs, services, signal)
      if (total < limit) return
      const message = `${total} bytes were received today, TARDIS_DAILY_BYTES is ${limit}`
      const untilMs = dayStartMs(addDays(dayOf(nowMs), 1))
      await refused({ reason: 'quota', untilMs, message }, services, signal)
    } catch (error) {
      unspentBytes += spentBytes
      services.log.warn('the received bytes were not counted yet', { error, bytes: unspentBytes })
    }
  }

  return {
    inForce,
    refused,
    metered: body => (limit === undefined ? body : counted(body, bytes => (unspentBytes += bytes))),
    async spent(services, signal) {
      if (limit !== undefined && unspentBytes >= limit / USAGE_SHARES) await spend(limit, services, signal)
    },
    async look({ bucket, config }, signal) {
      const known = inForce()
      if (known || !readsBucket || clock.now() - lookedMs < LOOK_MS) return known
      const found = await openLedger(bucket, config.gcsPrefix).readVendorBlock(signal)
      lookedMs = clock.now()
      if (found) block = found
      return inForce()
    },
    async recorded(services, signal) {
      if (limit !== undefined && unspentBytes > 0) await spend(limit, services, signal)
      await record(services, signal)
    },
  }
}

/** Identifies a key without showing it: the beginning of its SHA-256. Undefined without a key. */
export function keyIdOf({ tardisApiKey }: Pick<Config, 'tardisApiKey'>): string | undefined {
  return tardisApiKey && createHash('sha256').update(tardisApiKey.reveal()).digest('hex').slice(0, 12)
}

function logBlock({ reason, since, until, detail }: VendorBlock, log: Log): void {
  const fields = { since, until, reason: detail }
  if (reason === 'key') {
    log.error(`Tardis refuses the API key, nothing is requested until ${until}`, {
      event: 'vendor_key_refused',
      ...fields,
    })
  } else {
    log.warn(`Tardis's daily quota is used up, nothing is requested until ${until}`, {
      event: 'vendor_quota',
      ...fields,
    })
  }
}

/** @returns the bytes of the day, of all processes. A write whose response is lost counts twice, which is on the safe side. */
async function addUsage(
  bytes: number,
  nowMs: number,
  services: GuardServices,
  signal: AbortSignal | undefined,
): Promise<number> {
  const date = dayOf(nowMs)
  const add = (current: VendorUsage | undefined) => ({
    schemaVersion: SCHEMA_VERSION,
    date,
    bytes: (current?.bytes ?? 0) + bytes,
  })
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const updated = await ledger.update('vendorUsage', date, add, { ...services, ...(signal && { signal }) })
  return updated!.document.bytes
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    onBytes(chunk.byteLength)
    yield chunk
  }
}
