import { wholeMs } from '../ledger/receipt.ts'
import type { ItemName } from '../market/items.ts'
import { INSTRUMENTS } from '../market/names.ts'
import { type Deadline, sleep } from '../runtime/deadline.ts'
import type { Observer, WaitsFor } from '../runtime/events.ts'
import type { Log } from '../runtime/log/log.ts'
import { backoffMs } from '../runtime/retry.ts'
import type { Services } from '../services.ts'
import { ABSENT, type Bucket, type Generation, type StoredObject } from '../storage/bucket.ts'
import { dataObjectName } from '../storage/names.ts'
import { VendorRefusedError } from '../tardis/refusal.ts'
import { CONVERTER_VERSION } from '../ticks/convert.ts'
import { estimateSourceBytes } from './estimate.ts'
import { readFacts } from './facts.ts'
import {
  badName,
  failureOf,
  type ItemEnd,
  type KnownFacts,
  storedResult,
  withoutKey,
  withoutObject,
} from './item-result.ts'
import { type Turns, transfer } from './transfer.ts'

/** Transfers of an item in one delivery. A later delivery continues, when the network or the vendor has recovered. */
const RETRY_POLICY = { maxAttempts: 3, baseDelayMs: 2_000, maxDelayMs: 8_000 }

/**
 * Does one item: adopts its object if it is stored, else downloads, converts and commits it. With `again`, it replaces the
 * object that `again` describes, once: the new object has another generation and this converter version, so every later
 * delivery adopts it. Never rejects: an error becomes the result. Resolves to undefined if the deadline, the end of the
 * instance or a vendor that refuses everything stopped it first. Safe to run twice and concurrently: the commit is
 * conditional, and the second one adopts what the first one stored.
 * @param turns `take` rejects with NotBegun where the item may not be begun any more
 */
export async function fetchItem(
  name: ItemName,
  again: Again | undefined,
  services: Services,
  deadline: Deadline,
  turns: Turns,
): Promise<ItemEnd | undefined> {
  const { clock, config, observe } = services
  const startedMs = clock.now()
  observe?.({ kind: 'item-started', ...itemName(name), estimatedBytes: estimateSourceBytes(name) })
  const end =
    badName(name) ??
    (await settle(name, again, services, deadline, turns).catch(error => ended(name, error, services, deadline)))
  const result = end && withoutKey({ ...end.result, seconds: wholeMs((clock.now() - startedMs) / 1000) }, config)
  const stored = result && 'object' in result ? result : undefined
  observe?.({
    kind: 'item-finished',
    ...itemName(name),
    status: result?.status ?? 'stopped',
    adopted: end?.adopted ?? false,
    sourceBytes: stored?.sourceBytes ?? 0,
    textBytes: stored?.textBytes ?? 0,
    rows: stored?.rows ?? 0,
    objectBytes: stored?.bytes ?? 0,
    ...(result && 'error' in result && { error: result.error }),
  })
  return end && result && { ...end, result }
}

/** Why an item has no turn: the deadline for taking on items is reached, or the vendor refuses everything. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun'
}

/** How an item ended that threw; undefined where it is as if it had not been begun. */
async function ended(
  name: ItemName,
  error: unknown,
  services: Services,
  deadline: Deadline,
): Promise<ItemEnd | undefined> {
  if (error instanceof NotBegun) return undefined
  if (!(error instanceof VendorRefusedError)) {
    if (!deadline.signal.aborted) await services.guard.failed(error, services, deadline.signal)
    return failureOf(name, error, deadline)
  }
  await services.guard.refused(error, services, deadline.signal)
  return undefined
}

/** Which stored object to replace. */
export type Again =
  /** The one that was stored when the request came; undefined if there was none. */
  | { readonly replaces: Generation | undefined }
  /** One that a converter below this version wrote. */
  | { readonly olderThan: number }

interface Found {
  readonly object: StoredObject
  /** What the object says of itself; undefined if it is not ours. */
  readonly own: KnownFacts | undefined
}
type Ours = Found & { readonly own: KnownFacts }

async function settle(
  name: ItemName,
  again: Again | undefined,
  services: Services,
  deadline: Deadline,
  turns: Turns,
): Promise<ItemEnd> {
  const object = dataObjectName(services.config.gcsPrefix, name)
  let found = (await turns.isAbsent(name, object))
    ? undefined
    : await lookUp(object, name, services.bucket, deadline.signal)
  if (found && isDone(found, again, services.log)) return endOf(found, true)
  for (let attempt = 1; ; attempt++) {
    const expected = found?.object.generation ?? ABSENT
    const renew = again !== undefined && 'replaces' in again
    const target = { name, object, expected, renew, earlierTransfers: attempt - 1, ...progress(name, services.observe) }
    const outcome = await transfer(target, services, deadline, turns)
    if (outcome.kind !== 'damaged' && name.dataType !== INSTRUMENTS) services.guard.responded()
    switch (outcome.kind) {
      case 'committed':
        return endOf(
          { object: outcome.object, own: { facts: outcome.facts, converterVersion: CONVERTER_VERSION } },
          false,
        )
      case 'missing':
        // The vendor has the dataset no more. The stored object stays as it is.
        if (found && isOurs(found)) return endOf(found, true)
        return withoutObject(name, 'missing', outcome.detail || 'the vendor has no such file')
      case 'forbidden':
        // An upgrade that the key does not allow keeps the stored object.
        if (again && 'olderThan' in again && found && isOurs(found)) return endOf(found, true)
        return withoutObject(name, 'forbidden', outcome.reason)
      case 'damaged':
        if (attempt >= RETRY_POLICY.maxAttempts) throw outcome.error
        warnOfDamage(name, attempt, outcome.error, services.log)
        break
      case 'uncertain':
        found = await lookUp(object, name, services.bucket, deadline.signal)
        if (found && isDone(found, again, services.log)) return endOf(found, false)
        if (outcome.error !== undefined) throw outcome.error
        if (attempt >= RETRY_POLICY.maxAttempts)
          throw new Error(`${object}: another writer was first at ${attempt} commits in a row`)
    }
    await sleep(backoffMs(attempt, RETRY_POLICY, services.random), deadline.signal, services.clock)
  }
}

function endOf({ object, own }: Ours, adopted: boolean): ItemEnd {
  return { result: storedResult(object, own), adopted }
}

function warnOfDamage(name: ItemName, attempt: number, { message }: Error, log: Log): void {
  const { maxAttempts } = RETRY_POLICY
  const text = `${name.dataType}/${name.symbol} arrived damaged, downloading again (${attempt} of ${maxAttempts - 1})`
  log.warn(text, { ...itemName(name), attempt, attempts: maxAttempts, reason: message })
}

function isOurs(found: Found): found is Ours {
  return found.own !== undefined
}

/**
 * True if the object is ours and is not the one to replace: if that one is gone, another delivery has replaced it. The
 * object of a newer converter version is never replaced.
 */
function isDone(found: Found, again: Again | undefined, log: Log): found is Ours {
  if (!isOurs(found)) return false
  if (again === undefined) return true
  const { converterVersion = 0 } = found.own
  if ('olderThan' in again) return converterVersion >= again.olderThan
  if (found.object.generation !== again.replaces) return true
  if (converterVersion <= CONVERTER_VERSION) return false
  log.warn('a newer converter version wrote this object, it is not replaced', {
    object: found.object.name,
    converterVersion,
  })
  return true
}

async function lookUp(object: string, name: ItemName, bucket: Bucket, signal: AbortSignal): Promise<Found | undefined> {
  const found = await bucket.stat(object, signal)
  const own = found && (await readFacts(bucket, found, name, signal))
  if (own?.kind === 'newer') {
    throw new Error(`${object}: a newer release wrote this object, it is not replaced: ${own.detail}`)
  }
  return found && { object: found, own }
}

/** Reports the progress of a transfer to the observer. */
function progress(name: ItemName, observe: Observer | undefined) {
  if (!observe) return {}
  const item = itemName(name)
  return {
    onOpen: (contentLength: number | undefined) =>
      observe({ kind: 'item-opened', ...item, ...(contentLength !== undefined && { contentLength }) }),
    onWait: (waitsFor: WaitsFor) => observe({ kind: 'item-waits', ...item, for: waitsFor }),
    onProgress: (done: { sourceBytes: number; textBytes: number; rows: number }) =>
      observe({ kind: 'item-progress', ...item, ...done }),
  }
}

function itemName({ venue, date, dataType, symbol }: ItemName): ItemName {
  return { venue, date, dataType, symbol }
}
