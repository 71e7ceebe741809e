import type { ManifestItem } from '../../ledger/manifest.ts'
import type { VenueDay } from '../../market/items.ts'

/** What was compared. */
export type Check =
  | 'manifest'
  | 'exists'
  | 'size'
  | 'generation'
  | 'checksum'
  | 'footer'
  | 'schema'
  | 'rows'
  | 'time-range'
  | 'order'
  | 'quality'
  | 'values'
  | 'unknown-object'

/** One thing that is not as the manifest says. */
export interface Finding extends Partial<VenueDay> {
  readonly check: Check
  /** Absent for a manifest, and for an object that no manifest knows. */
  readonly dataType?: string
  readonly symbol?: string
  readonly object?: string
  /** What was found, and what was expected. */
  readonly detail: string
}

/** An item that its manifest records as stored. */
export type StoredItem = ManifestItem & { readonly object: string; readonly generation: string; readonly bytes: number }

/** True of a finding that goes away when its item is downloaded and converted again. */
export function isRepairable({ dataType, symbol, check }: Finding): boolean {
  return dataType !== undefined && symbol !== undefined && check !== 'unknown-object'
}
