import { inspect } from 'node:util'

interface VendorErrorDetails {
  readonly retryable: boolean
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly isLasting?: boolean
  readonly cause?: unknown
}

/**
 * The vendor did not give what was requested. `retryable` decides what becomes of the work: true where a repeat, now or on
 * a later delivery, can succeed; false where the vendor would respond the same again.
 */
export class VendorError extends Error {
  override readonly name = 'VendorError'
  readonly retryable: boolean
  /** The HTTP status of the response, if there was a response. */
  readonly status: number | undefined
  /** How long the vendor asks to wait before the next request. */
  readonly retryAfterMs: number | undefined
  /** True where the fault passes, but not within minutes: a repeat belongs to a later delivery. */
  readonly isLasting: boolean
  constructor(message: string, { retryable, status, retryAfterMs, isLasting = false, cause }: VendorErrorDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.retryable = retryable
    this.status = status
    this.retryAfterMs = retryAfterMs
    this.isLasting = isLasting
  }
}

/** True where the vendor did not respond, or with an error of its own, so that other requests fail as well. */
export function isOutage(error: unknown): error is VendorError {
  if (!(error instanceof VendorError) || !error.retryable || error.isLasting) return false
  return error.status === undefined || error.status >= 500
}

/** Removes the API key from texts of others: servers repeat it in bodies and addresses, libraries in messages. */
export interface Redactor {
  text(text: string): string
  /** The same error if the key is nowhere in it, else a new one with its name and redacted message only. */
  cause(error: unknown): unknown
}

export function createRedactor(apiKey: string | undefined): Redactor {
  const secrets = apiKey ? [...new Set([apiKey, encodeURIComponent(apiKey), btoa(apiKey)])] : []
  const text = (value: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[key]'), value)
  return {
    text,
    cause(error) {
      const whole = inspect(error, { depth: 8, showHidden: true })
      if (text(whole) === whole) return error
      return new Error(text(error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
    },
  }
}
