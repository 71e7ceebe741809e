import { inspect } from 'node:util'

/**
 * The vendor did not give what was asked. `retryable` decides what becomes of the work: true where another attempt, now
 * or on a later delivery, may end well; false where the vendor would say the same again.
 */
export class VendorError extends Error {
  override readonly name = 'VendorError'
  readonly retryable: boolean
  /** The HTTP status that was answered, where there was an answer. */
  readonly status: number | undefined
  constructor(message: string, details: { retryable: boolean; status?: number; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.retryable = details.retryable
    this.status = details.status
  }
}

/** Takes the API key out of what others wrote: servers echo it in bodies and addresses, libraries in messages. */
export interface Redactor {
  text(text: string): string
  /** The same error where the key is nowhere in it, else one that keeps its name and redacted message only. */
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
