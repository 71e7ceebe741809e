import type { Deadline } from '../runtime/deadline.ts'
import type { ExchangeDetails } from './exchange.ts'
import type { OpenDataset } from './open-dataset.ts'

export interface CallOptions {
  /** By when everything must be done, a dataset's body included. No delay is started that would end later. */
  readonly deadline: Deadline
  readonly signal?: AbortSignal
}

export type ExchangeOutcome =
  | { readonly kind: 'known'; readonly details: ExchangeDetails }
  /** The vendor has no such venue. `detail` is a short part of the response. */
  | { readonly kind: 'unknown'; readonly detail: string }

export type DatasetOutcome =
  | OpenDataset
  | { readonly kind: 'missing'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly status: 401 | 403; readonly reason: string }

export interface DatasetOptions extends CallOptions {
  /** How many calls for this dataset came before and gave damaged bytes; 0 by default. Keeps caches from repeating them. */
  readonly earlierCalls?: number
  /** How many bytes of the body may wait for the reader before the vendor is paused; 64 KiB by default. */
  readonly bufferBytes?: number
  /** A chunk of the body is valid only until the next one is requested; false by default. */
  readonly freesChunks?: boolean
}
