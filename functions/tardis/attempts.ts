import type { Clock, Deadline } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import { type RetryPolicy, retry, retryAfterMs } from '../runtime/retry.ts'
import type { Call } from './call.ts'
import { type Redactor, VendorError } from './error.ts'
import { explain, type HttpResponse } from './http.ts'
import { quotaEndMs, VendorRefusedError } from './refusal.ts'

export interface AttemptsOptions {
  readonly policy: RetryPolicy
  readonly clock: Clock
  /** For jitter: [0, 1). */
  readonly random: () => number
  readonly log: Log
  readonly redactor: Redactor
}

/** The delay after a 429 that names none: the vendor counts requests by the minute. */
const RATE_LIMIT_DELAY_MS = 60_000

/** Repeats the requests of a call where that may help, and logs each repeat. */
export class Attempts {
  readonly #options: AttemptsOptions
  /** Calls that were answered 429 without a time. */
  readonly #rateLimited = new WeakSet<Call>()

  constructor(options: AttemptsOptions) {
    this.#options = options
  }

  /** Resolves with the result of the first attempt that succeeds. `attempt` gets its number, counted from 1. */
  run<T>(call: Call, deadline: Deadline, attempt: (number: number) => Promise<T>): Promise<T> {
    const { policy, clock, random } = this.#options
    return retry(attempt, {
      policy,
      clock,
      random,
      signal: call.signal,
      remainingMs: deadline.remainingMs,
      minDelayMs: error => (isTransient(error) ? (error.retryAfterMs ?? 0) : undefined),
      onRetry: (error, attempt, delayMs) => this.#warnOfRetry(error as VendorError, attempt, delayMs),
      lastError: (error, reason) => extended(error as VendorError, reason),
    })
  }

  /** The error for a response that is neither a result nor an outcome of its own. */
  async errorOf(response: HttpResponse, call: Call): Promise<VendorError> {
    const { clock, redactor } = this.#options
    const { status, address } = response
    const retryable = status === 408 || status === 429 || status >= 500
    const named =
      status === 429 || status === 503 ? retryAfterMs(response.header('retry-after'), clock.now()) : undefined
    const text = await explain(response, redactor)
    const message = `GET ${address}: answered ${status}: ${text}`
    if (status !== 429) return new VendorError(message, { retryable, status, retryAfterMs: named })
    const isRepeated = this.#rateLimited.has(call)
    const endMs = quotaEndMs({ retryAfterMs: named, text, isRepeated }, clock.now())
    if (endMs !== undefined) return new VendorRefusedError(message, 'quota', endMs, status)
    if (named === undefined) this.#rateLimited.add(call)
    return new VendorError(message, { retryable, status, retryAfterMs: named ?? RATE_LIMIT_DELAY_MS })
  }

  #warnOfRetry({ message, status }: VendorError, attempt: number, delayMs: number): void {
    const attempts = this.#options.policy.maxAttempts
    const count = `retrying in ${(Math.max(100, delayMs) / 1000).toFixed(1)} s (${attempt} of ${attempts - 1})`
    const fields = { attempt, attempts, delayMs: Math.round(delayMs), status, reason: message }
    this.#options.log.warn(`${failureText(status)}, ${count}`, fields)
  }
}

function failureText(status: number | undefined): string {
  if (status === undefined) return 'no answer from Tardis'
  return status === 200 ? 'broken answer from Tardis' : `Tardis answered ${status}`
}

function isTransient(error: unknown): error is VendorError {
  return error instanceof VendorError && error.retryable && !error.isLasting
}

function extended(error: VendorError, reason: string): VendorError {
  const { status, retryAfterMs, cause } = error
  return new VendorError(`${error.message}; ${reason}`, { retryable: true, status, retryAfterMs, cause })
}
