import { escapeControls } from '../runtime/shown.ts'
import { meaningOf } from '../runtime/system-error.ts'

/** What a failed request to the bucket says, and whether a repeat can succeed. */

const MAX_CHARACTERS = 200
/** A JSON error is far shorter. */
const MAX_PARSED_BYTES = 10_000

/** https://cloud.google.com/storage/docs/retry-strategy#retryable */
const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504])
/** How a bucket refuses content that was damaged on the way: the same content may arrive whole the next time. */
const CHECKSUM_REFUSAL = /doesn't match calculated/
/** Closed by ourselves, or a request that cannot be sent. Any other code of undici is a failure of the network. */
const LASTING_CODES = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED', 'UND_ERR_INVALID_ARG'])

export function isTransientResponse(status: number, text: string): boolean {
  return RETRYABLE_STATUSES.has(status) || (status === 400 && CHECKSUM_REFUSAL.test(text))
}

export function isLastingCode(code: string): boolean {
  return LASTING_CODES.has(code)
}

/** The status and the bucket's own words on one line: the message of a JSON error, or the beginning of the text. */
export function responseText({ status, body }: { readonly status: number; readonly body: Buffer }): string {
  const text = body.toString('utf8', 0, MAX_PARSED_BYTES)
  try {
    const message: unknown = JSON.parse(text).error?.message
    if (typeof message === 'string') return `${status} ${message}`
  } catch {
    // Not JSON: responses to media requests, and those of proxies, are plain text or HTML.
  }
  return `${status} ${escapeControls(text.slice(0, MAX_CHARACTERS).trim())}`
}

export function errorText(error: unknown): string {
  const meaning = meaningOf(error)
  if (meaning) return meaning.place ? `${meaning.text}: ${meaning.place}` : meaning.text
  return error instanceof Error ? error.message || error.name : String(error)
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'NETWORK'
}
