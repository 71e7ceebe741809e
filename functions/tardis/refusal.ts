import { DAY_MS } from '../market/days.ts'
import { VendorError } from './error.ts'

/** Why the vendor gives this key nothing more for now: its daily quota is used up, or the key itself is refused. */
export type RefusalReason = 'quota' | 'key'

/**
 * The vendor refuses all datasets, not this one. Nothing more is requested until `untilMs` (since the epoch). The
 * remaining work stays, and continues then.
 */
export class VendorRefusedError extends VendorError {
  readonly reason: RefusalReason
  readonly untilMs: number
  constructor(message: string, reason: RefusalReason, untilMs: number, status?: number) {
    super(message, { retryable: true, isLasting: true, status })
    this.reason = reason
    this.untilMs = untilMs
  }
}

/** A 429 that asks for a longer delay is for the daily quota: rate limits count requests by the minute. */
export const MAX_RATE_LIMIT_MS = 10 * 60_000

/** How long a refused key is not tried again. A person renews it meanwhile. */
export const KEY_RETRY_MS = 60 * 60_000

/** A 429 as the vendor sent it. */
export interface TooMany {
  /** The delay that Retry-After asks for; undefined if there is none. */
  readonly retryAfterMs: number | undefined
  /** What the body says. */
  readonly text: string
  /** True if the response before it, of the same call, was a 429 without Retry-After too, a minute ago. */
  readonly isRepeated: boolean
}

/**
 * When the used-up daily quota of a 429 begins anew, in milliseconds since the epoch; undefined for a rate limit. Quotas
 * begin anew at 00:00 UTC. Pure.
 */
export function quotaEndMs({ retryAfterMs, text, isRepeated }: TooMany, nowMs: number): number | undefined {
  if (retryAfterMs !== undefined && retryAfterMs > MAX_RATE_LIMIT_MS) return nowMs + retryAfterMs
  if (/quota|daily|per day/i.test(text))
    return retryAfterMs === undefined ? nextMidnightMs(nowMs) : nowMs + retryAfterMs
  return retryAfterMs === undefined && isRepeated ? nextMidnightMs(nowMs) : undefined
}

/** The next 00:00 UTC after `nowMs`. */
export function nextMidnightMs(nowMs: number): number {
  return (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS
}
