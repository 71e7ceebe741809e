import type { ItemResult, StoredResult } from '../ledger/receipt.ts'
import { wholeMs } from '../ledger/receipt.ts'
import type { ItemName } from '../market/items.ts'
import type { Config } from '../runtime/config/config.ts'
import { type Deadline, sleep } from '../runtime/deadline.ts'
import type { Observer, WaitsFor } from '../runtime/events.ts'
import type { Log } from '../runtime/log/log.ts'
import { createRedactor } from '../runtime/log/plain.ts'
import type { Services } from '../services.ts'
import { ABSENT, type Bucket, type Generation, type StoredObject } from '../storage/bucket.ts'
import { dataObjectName } from '../storage/names.ts'
import { StorageError } from '../storage/storage-error.ts'
import { VendorError } from '../tardis/error.ts'
import { datasetPath } from '../tardis/path.ts'
import { CONVERTER_VERSION } from '../ticks/convert.ts'
import { MalformedDataError } from '../ticks/errors.ts'
import { estimateSourceBytes } from './estimate.ts'
import { readFacts, type StoredFacts } from './facts.ts'
import { transfer } from './transfer.ts'

export interface ItemEnd {
  readonly result: ItemResult
  /** True where the object was there already and nothing was downloaded. */
  readonly adopted: boolean
}

/** Most transfers of an item in one delivery; more is left to a later one, when the network or the vendor is better. */
const MAX_TRANSFERS = 3
const BACKOFF_MS = 1_000

/**
 * Does one item from end to end: takes its object over if it is there, else downloads, converts and commits it. With
 * `again`, the object that it describes is replaced, once: the new one is of another generation and of this converter
 * version, and every later or late delivery takes that one over. Never rejects: what goes wrong is the result. Undefined where the deadline or the instance's end stopped it
 * before there was one. Safe to run twice, also at once: the object's commit is conditional, and whoever comes second takes over
 * what is there.
 */
export async function fetchItem(
  name: ItemName,
  again: Again | undefined,
  services: Services,
  deadline: Deadline,
): Promise<ItemEnd | undefined> {
  const { clock, config, observe } = services
  const startedMs = clock.now()
  observe?.({ kind: 'item-started', ...itemName(name), estimatedBytes: estimateSourceBytes(name) })
  const end =
    badName(name) ?? (await settle(name, again, services, deadline).catch(error => failure(name, error, deadline)))
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

/** A result goes into the ledger, and its error may quote data: the vendor's, who knows the key that it was sent. */
function withoutKey(result: ItemResult, { tardisApiKey }: Config): ItemResult {
  if (!('error' in result) || !tardisApiKey) return result
  return { ...result, error: createRedactor([tardisApiKey.reveal()])(result.error) }
}

/** Which stored object is to be replaced. */
export type Again =
  /** The one that was there when it was asked for; undefined where there was none. */
  | { readonly replaces: Generation | undefined }
  /** One that an older converter version than this wrote. */
  | { readonly olderThan: number }

interface Found {
  readonly object: StoredObject
  /** What the object says of itself; undefined where it is not ours. */
  readonly own: Extract<StoredFacts, { kind: 'known' }> | undefined
}
type Ours = Found & { readonly own: NonNullable<Found['own']> }

async function settle(
  name: ItemName,
  again: Again | undefined,
  services: Services,
  deadline: Deadline,
): Promise<ItemEnd> {
  const { dataType, symbol } = name
  const object = dataObjectName(services.config.gcsPrefix, name)
  let found = await lookUp(object, name, services.bucket, deadline.signal)
  if (found && isDone(found, again, services.log)) return { result: stored(found.object, found.own), adopted: true }
  for (let attempt = 1; ; attempt++) {
    const expected = found?.object.generation ?? ABSENT
    const target = { name, object, expected, earlierTransfers: attempt - 1, ...progress(name, services.observe) }
    const outcome = await transfer(target, services, deadline)
    switch (outcome.kind) {
      case 'committed':
        return {
          result: stored(outcome.object, { facts: outcome.facts, converterVersion: CONVERTER_VERSION }),
          adopted: false,
        }
      case 'missing':
        // The vendor has dropped what we hold: the object is there and is what it was.
        if (found && isOurs(found)) return { result: stored(found.object, found.own), adopted: true }
        return {
          result: {
            dataType,
            symbol,
            status: 'missing',
            error: outcome.detail || 'the vendor has no such file',
            seconds: 0,
          },
          adopted: false,
        }
      case 'forbidden':
        // An upgrade that the key does not allow leaves what is stored.
        if (again && 'olderThan' in again && found && isOurs(found)) {
          return { result: stored(found.object, found.own), adopted: true }
        }
        return { result: { dataType, symbol, status: 'forbidden', error: outcome.reason, seconds: 0 }, adopted: false }
      case 'damaged':
        if (attempt >= MAX_TRANSFERS) throw outcome.error
        break
      case 'uncertain':
        found = await lookUp(object, name, services.bucket, deadline.signal)
        if (found && isDone(found, again, services.log)) {
          return { result: stored(found.object, found.own), adopted: false }
        }
        if (outcome.error !== undefined) throw outcome.error
        if (attempt >= MAX_TRANSFERS) throw new Error(`${object}: ${attempt} commits in a row met a rival's`)
    }
    await sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + services.random()), deadline.signal, services.clock)
  }
}

function isOurs(found: Found): found is Ours {
  return found.own !== undefined
}

/**
 * Ours, and not the one that is to be replaced: where that is gone, it has been done again, whoever did it. What a newer
 * converter version wrote is never replaced.
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

function stored(object: StoredObject, { facts, converterVersion }: Omit<Ours['own'], 'kind'>): StoredResult {
  const { firstTimestampMicros: first, lastTimestampMicros: last } = facts
  return {
    dataType: facts.dataType,
    symbol: facts.symbol,
    status: facts.rows === 0 ? 'empty' : 'stored',
    object: object.name,
    generation: object.generation,
    crc32c: object.crc32c,
    bytes: object.bytes,
    rows: facts.rows,
    ...(first !== undefined && { firstTimestampMicros: first }),
    ...(last !== undefined && { lastTimestampMicros: last }),
    sourceBytes: facts.source.bytes,
    sourceSha256: facts.source.sha256,
    textBytes: facts.textBytes,
    quality: facts.quality,
    ...(converterVersion !== undefined && { converterVersion }),
    seconds: 0,
  }
}

/** A symbol of the vendor's that cannot be a name: no later delivery would change that. */
function badName(name: ItemName): ItemEnd | undefined {
  try {
    dataObjectName('checked', name)
    datasetPath(name)
    return undefined
  } catch (error) {
    return failed(name, error, false)
  }
}

/** Undefined where the item was stopped, so that nothing can be said of it. */
function failure(name: ItemName, error: unknown, deadline: Deadline): ItemEnd | undefined {
  if (deadline.signal.aborted) return undefined
  return failed(name, error, isTransient(error))
}

/** False where the same would happen again: a malformed file, or a lasting refusal by the vendor or the bucket. */
function isTransient(error: unknown): boolean {
  if (error instanceof VendorError || error instanceof StorageError) return error.retryable
  return !(error instanceof MalformedDataError)
}

function failed({ dataType, symbol }: ItemName, error: unknown, retryable: boolean): ItemEnd {
  const message = error instanceof Error ? error.message : String(error)
  return { result: { dataType, symbol, status: 'failed', error: message, retryable, seconds: 0 }, adopted: false }
}

/** What a transfer tells an observer on its way. */
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
