import type { Clock } from '../runtime/deadline.ts'
import { freeBuffer } from '../runtime/memory/free-buffer.ts'
import { type Redactor, VendorError } from './error.ts'
import { type Answer, describe } from './http.ts'

/** The least that must come while we wait for it: `bytes` in every `windowMs` of waiting. */
export interface Floor {
  readonly bytes: number
  readonly windowMs: number
}

/** 8 KiB/s: a file of a hundred megabytes would take hours, which no function has. */
export const defaultFloor: Floor = { bytes: 480 * 1024, windowMs: 60_000 }

export interface BodyOptions {
  readonly clock: Clock
  readonly floor: Floor
  readonly redactor: Redactor
  readonly signal: AbortSignal
  /** The length that the sender stated, if any. */
  readonly expectedBytes: number | undefined
}

export interface CheckedBody {
  /** At least the first `least` bytes, or all there are; still part of what `rest` gives. Not to be called after that. */
  peek(least: number): Promise<Uint8Array>
  /** All bytes, once. */
  rest(): AsyncGenerator<Uint8Array, void, undefined>
}

/**
 * A body that ends only where it should: a retryable VendorError where it breaks, is not as long as stated, stalls or
 * drips below the floor; the signal's reason where that is aborted. The reader's own time does not count as dripping.
 * Memory: what was peeked at, and the transport's buffer.
 */
export function checkBody(answer: Answer, options: BodyOptions): CheckedBody {
  const { clock, floor, redactor, signal, expectedBytes } = options
  const source = answer.body[Symbol.asyncIterator]()
  const peeked: Uint8Array[] = []
  let receivedBytes = 0
  let windowBytes = 0
  let waitedMs = 0

  const broken = (what: string, cause?: unknown) => {
    const of = expectedBytes === undefined ? '' : ` of ${expectedBytes}`
    const message = redactor.text(`GET ${answer.place}: ${what} after ${receivedBytes}${of} bytes`)
    return new VendorError(message, { retryable: true, status: answer.status, cause: redactor.cause(cause) })
  }

  async function next(): Promise<Uint8Array | undefined> {
    const sinceMs = clock.now()
    const result = await source.next().catch((error: unknown) => {
      if (signal.aborted) throw signal.reason
      throw broken(`the body broke off (${describe(error)})`, error)
    })
    if (result.done) {
      if (expectedBytes !== undefined && receivedBytes !== expectedBytes) throw broken('the body ended')
      return undefined
    }
    receivedBytes += result.value.length
    windowBytes += result.value.length
    waitedMs += clock.now() - sinceMs
    if (waitedMs >= floor.windowMs) {
      if (windowBytes < floor.bytes)
        throw broken(`only ${windowBytes} bytes came in ${Math.round(waitedMs / 1000)} s, too slow,`)
      windowBytes = waitedMs = 0
    }
    return result.value
  }

  return {
    async peek(least) {
      while (receivedBytes < least) {
        const chunk = await next()
        if (chunk === undefined) break
        peeked.push(chunk)
      }
      return Buffer.concat(peeked)
    },
    async *rest() {
      yield* peeked.splice(0)
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk
    },
  }
}

/** The same chunks, each of which holds until the next one is asked for: its memory is then given back at once. */
export async function* freeing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    try {
      yield chunk
    } finally {
      freeBuffer(chunk)
    }
  }
}
