import type { ItemResult, StoredResult } from '../ledger/receipt.ts'
import type { ItemName } from '../market/items.ts'
import type { Config } from '../runtime/config/config.ts'
import type { Deadline } from '../runtime/deadline.ts'
import { createRedactor } from '../runtime/log/plain.ts'
import type { StoredObject } from '../storage/bucket.ts'
import { dataObjectName } from '../storage/names.ts'
import { StorageError } from '../storage/storage-error.ts'
import { VendorError } from '../tardis/error.ts'
import { datasetPath } from '../tardis/path.ts'
import { MalformedDataError } from '../ticks/errors.ts'
import type { StoredFacts } from './facts.ts'

export type KnownFacts = Omit<Extract<StoredFacts, { kind: 'known' }>, 'kind'>

export interface ItemEnd {
  readonly result: ItemResult
  /** True if the object was stored before, so that nothing was downloaded. */
  readonly adopted: boolean
}

/** The result of an object that is stored, with what it says of itself. */
export function storedResult(object: StoredObject, { facts, converterVersion }: KnownFacts): StoredResult {
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
    ...(facts.exchanges && { exchanges: facts.exchanges }),
    ...(facts.otherColumns && { otherColumns: facts.otherColumns }),
    seconds: 0,
  }
}

/** The end of an item that the vendor does not give. */
export function withoutObject({ dataType, symbol }: ItemName, status: 'missing' | 'forbidden', error: string): ItemEnd {
  return { result: { dataType, symbol, status, error, seconds: 0 }, adopted: false }
}

/** The failure of an item whose symbol cannot be an object's name. No later delivery changes that. */
export function badName(name: ItemName): ItemEnd | undefined {
  try {
    dataObjectName('checked', name)
    datasetPath(name)
    return undefined
  } catch (error) {
    return failed(name, error, false)
  }
}

/** The result of an item that threw; undefined if it was stopped, because it then has no result yet. */
export function failureOf(name: ItemName, error: unknown, deadline: Deadline): ItemEnd | undefined {
  if (deadline.signal.aborted) return undefined
  return failed(name, error, isTransient(error))
}

/** False where a retry would fail in the same way: a malformed file, or a lasting refusal by the vendor or the bucket. */
function isTransient(error: unknown): boolean {
  if (error instanceof VendorError || error instanceof StorageError) return error.retryable
  return !(error instanceof MalformedDataError)
}

function failed({ dataType, symbol }: ItemName, error: unknown, retryable: boolean): ItemEnd {
  const message = error instanceof Error ? error.message : String(error)
  return { result: { dataType, symbol, status: 'failed', error: message, retryable, seconds: 0 }, adopted: false }
}

/** Removes the API key from a result: its error can quote the vendor, who was sent the key, and it goes into the ledger. */
export function withoutKey(result: ItemResult, { tardisApiKey }: Config): ItemResult {
  if (!('error' in result) || !tardisApiKey) return result
  return { ...result, error: createRedactor([tardisApiKey.reveal()])(result.error) }
}
