/**
 * A request to the bucket that did not come to an end. `retryable` says whether the same request may
 * succeed later (network, 408, 429, 5xx, a checksum that did not match), or will not (rights, a missing bucket, no space).
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly retryable: boolean
  readonly bucket: string
  /** The object's name, or undefined where the request was about the bucket. */
  readonly object: string | undefined
  readonly operation: string
  /** The HTTP status, or the name of what went wrong before there was one (`ECONNRESET`, `CHECKSUM`, …). */
  readonly code: number | string
  /** How long the bucket asked to wait before trying again; 0 if it did not. */
  readonly retryAfterMs: number

  constructor(what: string, facts: StorageErrorFacts) {
    const place = facts.object === undefined ? facts.bucket : `${facts.bucket}/${facts.object}`
    super(`${facts.operation} ${place}: ${what}`, facts.cause === undefined ? {} : { cause: facts.cause })
    this.retryable = facts.retryable
    this.bucket = facts.bucket
    this.object = facts.object
    this.operation = facts.operation
    this.code = facts.code
    this.retryAfterMs = facts.retryAfterMs ?? 0
  }
}

export interface StorageErrorFacts {
  readonly retryable: boolean
  readonly bucket: string
  readonly object?: string | undefined
  readonly operation: string
  readonly code: number | string
  readonly retryAfterMs?: number
  readonly cause?: unknown
}
