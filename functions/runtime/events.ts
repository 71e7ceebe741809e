import type { ItemName, VenueDay } from '../market/items.ts'

/**
 * What happens in the pipeline, reported as it happens. The local progress display, the memory watch and the tests listen. An
 * observer must not throw and must not keep the event.
 */
export type PipelineEvent =
  | { readonly kind: 'scheduled'; readonly venueDays: number; readonly alreadyComplete: number }
  | ({
      readonly kind: 'planned'
      readonly items: number
      readonly settled: number
      readonly status: 'planned' | 'pending'
    } & VenueDay)
  | ({ readonly kind: 'item-started'; readonly estimatedBytes?: number } & ItemName)
  /** The response to the item's request has begun. `contentLength`: its compressed bytes, if Tardis states them. */
  | ({ readonly kind: 'item-opened'; readonly contentLength?: number } & ItemName)
  /** What the item waits for from now on: more bytes from the vendor, or the bucket to take what was converted. */
  | ({ readonly kind: 'item-waits'; readonly for: WaitsFor } & ItemName)
  | ({
      readonly kind: 'item-progress'
      readonly sourceBytes: number
      readonly textBytes: number
      readonly rows: number
    } & ItemName)
  | ({
      readonly kind: 'item-finished'
      readonly status: string
      /** True where the object was found in the bucket and nothing was downloaded. */
      readonly adopted: boolean
      readonly sourceBytes: number
      readonly textBytes: number
      readonly rows: number
      readonly objectBytes: number
      readonly error?: string
    } & ItemName)
  | ({
      readonly kind: 'batch-finished'
      readonly index: number
      readonly handedOn: number
    } & VenueDay)
  | ({
      readonly kind: 'manifest'
      readonly status: string
      readonly written: boolean
    } & VenueDay)

export type WaitsFor = 'vendor' | 'bucket'

export type Observer = (event: PipelineEvent) => void
