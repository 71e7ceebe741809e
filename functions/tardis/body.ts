import type { Clock } from '../runtime/deadline.ts'
import { freeBuffer } from '../runtime/memory/free-buffer.ts'
import { type Redactor, VendorError } from './error.ts'
import { describe, type HttpResponse } from './http.ts'

/** A body must give at least `bytes` in every `windowMs` that is spent waiting for it. */
export interface MinThroughput {
  readonly bytes: number
  readonly windowMs: number
}

/** 8 KiB/s: below it a file of a hundred megabytes would take hours, longer than a function may run. */
export const defaultMinThroughput: MinThroughput = { bytes: 480 * 1024, windowMs: 60_000 }

export interface BodyOptions {
  readonly clock: Clock
  readonly minThroughput: MinThroughput
  readonly redactor: Redactor
  readonly signal: AbortSignal
  /** The Content-Length, if the response has one. */
  readonly expectedBytes: number | undefined
}

export interface CheckedBody {
  /**
   * The first `minBytes` bytes or more, or all if there are fewer. They stay part of what `rest` gives. Must not be called
   * after `rest`.
   */
  peek(minBytes: number): Promise<Uint8Array>
  /** All bytes, once. */
  rest(): AsyncGenerator<Uint8Array, void, undefined>
}

/**
 * Checks a body while it is read. Throws a retryable VendorError where the body breaks off, has another length than
 * stated, stalls, or is slower than the minimum throughput; throws the signal's reason where that is aborted. Time that the
 * reader spends does not count. Memory: the bytes peeked at, and the transport's buffer.
 */
export function checkBody(response: HttpResponse, options: BodyOptions): CheckedBody {
  const { clock, minThroughput, redactor, signal, expectedBytes } = options
  const source = response.body[Symbol.asyncIterator]()
  const peeked: Uint8Array[] = []
  let receivedBytes = 0
  let windowBytes = 0
  let waitedMs = 0

  const failure = (what: string, cause?: unknown) => {
    const of = expectedBytes === undefined ? '' : ` of ${expectedBytes}`
    const message = redactor.text(`GET ${response.address}: ${what} after ${receivedBytes}${of} bytes`)
    return new VendorError(message, { retryable: true, status: response.status, cause: redactor.cause(cause) })
  }

  async function next(): Promise<Uint8Array | undefined> {
    const sinceMs = clock.now()
    const result = await source.next().catch((error: unknown) => {
      if (signal.aborted) throw signal.reason
      throw failure(`the body broke off (${describe(error)})`, error)
    })
    if (result.done) {
      if (expectedBytes !== undefined && receivedBytes !== expectedBytes) throw failure('the body ended')
      return undefined
    }
    receivedBytes += result.value.length
    windowBytes += result.value.length
    waitedMs += clock.now() - sinceMs
    if (waitedMs >= minThroughput.windowMs) {
      if (windowBytes < minThroughput.bytes)
        throw failure(`only ${windowBytes} bytes came in ${Math.round(waitedMs / 1000)} s, too slow,`)
      windowBytes = waitedMs = 0
    }
    return result.value
  }

  return {
    async peek(minBytes) {
      while (receivedBytes < minBytes) {
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

/** The same chunks. The memory of each is given back when the next one is requested, so a chunk is valid until then. */
export async function* freeing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    try {
      yield chunk
    } finally {
      freeBuffer(chunk)
    }
  }
}
