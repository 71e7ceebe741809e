import type { Manifest, ManifestItem } from './manifest.ts'

/** Items by status. Pure. */
export function countItems(items: readonly Pick<ManifestItem, 'status'>[]): Manifest['counts'] {
  const counts = { items: items.length, stored: 0, empty: 0, missing: 0, forbidden: 0, failed: 0, pending: 0 }
  for (const { status } of items) counts[status] += 1
  return counts
}

/** Sums over the stored objects. Pure. */
export function sumItems(items: readonly ManifestItem[]): Omit<Manifest['totals'], 'seconds'> {
  const totals = { rows: 0, bytes: 0, sourceBytes: 0, textBytes: 0 }
  for (const item of items) {
    totals.rows += item.rows ?? 0
    totals.bytes += item.bytes ?? 0
    totals.sourceBytes += item.sourceBytes ?? 0
    totals.textBytes += item.textBytes ?? 0
  }
  return totals
}
