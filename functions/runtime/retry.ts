import { type Clock, sleep } from './deadline.ts'

/** How often a failed attempt is repeated, and after which delay. */
export interface RetryPolicy {
  /** Maximum number of attempts, the first included; Infinity where only the time is limited. */
  readonly maxAttempts: number
  /** Upper bound of the random delay before the second attempt. It doubles with each further attempt. */
  readonly baseDelayMs: number
  /** The bound does not grow beyond this. */
  readonly maxDelayMs: number
}

export interface RetryOptions {
  readonly policy: RetryPolicy
  readonly clock: Clock
  /** In [0, 1): for jitter. */
  readonly random: () => number
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the work must be done. */
  readonly remainingMs: () => number
  /**
   * Whether another attempt can succeed after this error: undefined if it cannot, else the shortest delay in
   * milliseconds that the server asks for, 0 if it asks for none.
   */
  readonly minDelayMs: (error: unknown) => number | undefined
  /** Called before each delay. `attempt` counts the attempts made so far. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void
  /** What to throw when a retryable error is the last one; the error itself by default. */
  readonly lastError?: (error: unknown, reason: string) => unknown
}

/**
 * Calls `attempt` (with 1, 2, …) until it resolves. Rejects with its error where a repeat cannot help, where the attempts
 * are used up, and at once where the next delay would end after the time that remains. Rejects with the signal's reason
 * when that is aborted. Holds no timer and no listener afterwards.
 */
export async function retry<T>(attempt: (number: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy, clock, signal, onRetry, lastError = (error: unknown) => error } = options
  for (let number = 1; ; number++) {
    try {
      return await attempt(number)
    } catch (error) {
      signal?.throwIfAborted()
      const minDelayMs = options.minDelayMs(error)
      if (minDelayMs === undefined) throw error
      if (number >= policy.maxAttempts) throw lastError(error, `gave up after ${number} attempts`)
      const delayMs = Math.max(minDelayMs, backoffMs(number, policy, options.random))
      const remainingMs = options.remainingMs()
      if (delayMs >= remainingMs) throw lastError(error, noTimeLeft(delayMs, remainingMs))
      onRetry?.(error, number, delayMs)
      await sleep(delayMs, signal, clock)
    }
  }
}

/**
 * The delay after the attempt `number`: exponential backoff with full jitter.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(number: number, policy: RetryPolicy, random: () => number): number {
  return random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (number - 1))
}

/**
 * The delay that a Retry-After header asks for, in milliseconds from `nowMs`: seconds or an HTTP date; undefined if the
 * header is missing or neither. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const atMs = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}

function noTimeLeft(delayMs: number, remainingMs: number): string {
  return `the next attempt would start in ${seconds(delayMs)}, but only ${seconds(remainingMs)} remain`
}

const seconds = (ms: number) => `${(Math.max(0, ms) / 1000).toFixed(1)} s`
