import type { z } from 'zod'
import { type Clock, sleep } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import { ABSENT, type Bucket } from '../storage/bucket.ts'
import { encodeDocument } from './document.ts'
import { keepUnknownFields } from './unknown-fields.ts'

/** How an update waits and when it gives up. */
export interface UpdateOptions {
  readonly clock: Clock
  /** In [0, 1): spreads concurrent writers. */
  readonly random: () => number
  readonly log: Log
  /** Ends the update with its reason. */
  readonly signal?: AbortSignal
  /** Conflicts in a row after which the update fails; default 8. */
  readonly maxAttempts?: number
  /** How long to wait after a conflict; `jitter` is in [0, 1). */
  readonly backoffMs?: (attempt: number, jitter: number) => number
  /** Called before each read: waits for this process's turn. */
  readonly beforeRead?: (signal?: AbortSignal) => Promise<void>
  /** Called before each write. Nothing is written where it rejects. */
  readonly beforeWrite?: () => void | Promise<void>
}

export interface Updated<T> {
  /** The document as it is stored now. */
  readonly document: T
  /** False where it was stored already. */
  readonly written: boolean
}

/** One document of the ledger: where it is, what it may hold, and how it is read. */
export interface DocumentPlace<T> {
  readonly name: string
  readonly schema: z.ZodType<T>
  /** The stored document, or undefined where it may be replaced unread. @throws LedgerDocumentError where it may not */
  readonly decode: (data: Uint8Array) => T | undefined
}

const MAX_ATTEMPTS = 8

/**
 * Reads a document, changes it, and writes it. After a conflict it starts again with what the other writer wrote.
 * `change` receives the stored document (undefined where there is none) and returns the next one, or undefined to leave
 * everything as it is. It is called after the read, once per attempt, and must be safe to repeat. What is equal to the
 * stored document is not written; fields that this release does not know stay. Safe to run twice, also at once.
 * @returns undefined where `change` returned undefined
 * @throws LedgerDocumentError for a document that must not be replaced or does not fit, Error after too many conflicts
 */
export async function updateDocument<T, N extends T | undefined>(
  bucket: Bucket,
  { name, schema, decode }: DocumentPlace<T>,
  change: (current: T | undefined) => N | Promise<N>,
  options: UpdateOptions,
): Promise<Updated<T> | (N & undefined)> {
  const { clock, random, log, signal, maxAttempts = MAX_ATTEMPTS, backoffMs = growingBackoffMs } = options
  for (let attempt = 1; ; attempt++) {
    await options.beforeRead?.(signal)
    const found = await bucket.read(name, signal)
    const current = found && decode(found.data)
    const changed = await change(current)
    if (changed === undefined) return undefined as N & undefined
    const document = current === undefined ? changed : keepUnknownFields(schema, current, changed)
    const data = encodeDocument(schema, name, document)
    // Equal but for the order of its fields, which another release may choose: as long, and the same when we write it.
    const isReordered = () => current !== undefined && Buffer.compare(encodeDocument(schema, name, current), data) === 0
    if (found?.data.length === data.length && (Buffer.compare(found.data, data) === 0 || isReordered())) {
      return { document, written: false }
    }
    await options.beforeWrite?.()
    // Commit point of the document. Nothing after it can fail the message.
    const write = { contentType: 'application/json', ...(signal && { signal }) }
    const { outcome } = await bucket.write(name, data, found?.object.generation ?? ABSENT, write)
    if (outcome === 'committed') return { document, written: true }
    if (attempt >= maxAttempts) throw new Error(`${name}: other writers were first ${attempt} times in a row`)
    log.debug('another writer was first, starting again with what it wrote', { object: name, attempt })
    await sleep(backoffMs(attempt, random()), signal, clock)
  }
}

function growingBackoffMs(attempt: number, jitter: number): number {
  return 250 * attempt * (0.5 + jitter)
}
