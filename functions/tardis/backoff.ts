import { type Clock, type Deadline, sleep } from '../runtime/deadline.ts'
import { VendorError } from './error.ts'

export interface RetryPolicy {
  /** Most requests made for one call, the first included. */
  readonly attempts: number
  /** The first retry waits a random time up to this, each further one up to twice as long as the one before … */
  readonly baseMs: number
  /** … and none longer than this. */
  readonly capMs: number
  /** The wait after a 429 that names no time: the vendor counts requests by the minute. */
  readonly rateLimitMs: number
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 30_000, rateLimitMs: 60_000 }

/**
 * The wait before attempt `attempt + 1`: exponential with full jitter, `random()` being in [0, 1).
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempt: number, policy: RetryPolicy, random: () => number): number {
  return random() * Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1))
}

/**
 * The wait that a Retry-After header asks for, in milliseconds from `nowMs`: seconds or an HTTP date; undefined where it
 * is neither. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const at = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

/** What one attempt came to: a result, or a failure that may pass, with the least wait if the vendor named one. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly error: VendorError; readonly waitMs?: number | undefined }

export interface RetryContext {
  readonly policy: RetryPolicy
  readonly clock: Clock
  readonly random: () => number
  readonly deadline: Pick<Deadline, 'remainingMs'>
  readonly signal: AbortSignal
  readonly onRetry: (error: VendorError, attempt: number, delayMs: number) => void
}

/**
 * Makes attempts until one is done, throws, or no more are allowed. Never waits for what cannot come in time: a wait that
 * would pass the deadline rejects at once with a retryable VendorError that says so.
 */
export async function retrying<T>(context: RetryContext, attemptOnce: () => Promise<Attempt<T>>): Promise<T> {
  const { policy, clock, deadline, signal } = context
  for (let attempt = 1; ; attempt++) {
    const result = await attemptOnce()
    if (result.done) return result.value
    const { error, waitMs = 0 } = result
    if (attempt >= policy.attempts) throw final(error, `gave up after ${attempt} attempts`)
    const delayMs = Math.max(waitMs, backoffMs(attempt, policy, context.random))
    const leftMs = deadline.remainingMs()
    if (delayMs >= leftMs) {
      const why = waitMs === 0 ? 'backing off' : 'which the vendor asks for'
      throw final(
        error,
        `another attempt would wait ${seconds(delayMs)}, ${why}, but the deadline is in ${seconds(leftMs)}`,
      )
    }
    context.onRetry(error, attempt, delayMs)
    await sleep(delayMs, signal, clock)
  }
}

function final(error: VendorError, reason: string): VendorError {
  const { status, cause } = error
  return new VendorError(`${error.message}; ${reason}`, { retryable: true, ...(status && { status }), cause })
}

const seconds = (ms: number) => `${(Math.max(0, ms) / 1000).toFixed(1)} s`
