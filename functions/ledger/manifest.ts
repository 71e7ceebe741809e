import { z } from 'zod'
import { dataType, day, planId, symbol, venue } from '../market/schemas.ts'
import type { Scope } from '../market/scope.ts'
import { condition, reasonCount } from './condition.ts'
import { count, fields, incident, item, schemaVersion, seconds } from './fields.ts'
import { storedFields } from './receipt.ts'

/** One item of a manifest. `pending`: planned, and no result yet. */
export const manifestItem = fields({
  symbol,
  dataType,
  status: z.enum(['stored', 'empty', 'missing', 'forbidden', 'failed', 'pending']),
  ...z.object(storedFields).partial().shape,
  error: z.string().optional(),
  /** With `failed`: whether a retry can succeed. */
  retryable: z.boolean().optional(),
  /** Absent in manifests of releases before 0.2, as `reasons` is where there are none. */
  condition: condition.optional(),
  reasons: z.array(z.string()).optional(),
})
export type ManifestItem = z.infer<typeof manifestItem>

/** A scope in the form that SQL engines can type: one row for each data type. */
export const manifestScope = z.array(fields({ dataType, all: z.boolean(), symbols: z.array(symbol) }))

const statusCounts = { stored: count, empty: count, missing: count, forbidden: count, failed: count, pending: count }

const dataTypeSummary = fields({
  dataType,
  items: count,
  ...statusCounts,
  degraded: count,
  rows: count,
  bytes: count,
  sourceBytes: count,
})
export type DataTypeSummary = z.infer<typeof dataTypeSummary>

/** The fields before the items. `items` stands last, so that these can be read without it. */
const summaryFields = {
  schemaVersion,
  venue,
  date: day,
  plan: planId,
  status: z.enum(['complete', 'incomplete', 'pending']),
  /** By the thresholds of `conditionVersion`, from this day alone. All three are absent in manifests of releases before 0.2. */
  condition: condition.optional(),
  reasons: z.array(fields(reasonCount)).optional(),
  conditionVersion: count.optional(),
  scope: manifestScope,
  /** Items by status. */
  counts: fields({ items: count, ...statusCounts }),
  /** Sums over the stored objects. `seconds` is the sum over all items, from their receipts. */
  totals: fields({ rows: count, bytes: count, sourceBytes: count, textBytes: count, seconds }),
  /** Counts and sums for each data type, in order of name. Absent in manifests of releases before 0.2. */
  dataTypes: z.array(dataTypeSummary).optional(),
  /** How many stored objects each converter version wrote, in order of version; version 0: it was not recorded. */
  converterVersions: z.array(fields({ version: count, items: count })).optional(),
  incidents: z.array(incident),
  /** Asked for by symbol, but not listed by the vendor for this day: neither items nor counted. Absent if there are none. */
  unlisted: z.array(item).optional(),
}
/** Never written, so nothing else of the document is kept. */
export const manifestSummary = z.object(summaryFields)
export type ManifestSummary = z.infer<typeof manifestSummary>

/** The state of a venue-day: a pure function of its plan and receipts. Items in order of data type and symbol. */
export const manifest = fields({ ...summaryFields, items: z.array(manifestItem) })
export type Manifest = z.infer<typeof manifest>

export function toManifestScope(scope: Scope): Manifest['scope'] {
  return Object.entries(scope).map(([dataType, symbols]) =>
    symbols === 'all' ? { dataType, all: true, symbols: [] } : { dataType, all: false, symbols: [...symbols] },
  )
}

export function fromManifestScope(rows: Manifest['scope']): Scope {
  return Object.fromEntries(rows.map(({ dataType, all, symbols }) => [dataType, all ? 'all' : symbols]))
}

/**
 * The summary as JSON text, from the beginning of a manifest; undefined where the beginning is too short to hold it. A
 * quote within a JSON string is always escaped, so the mark can only be a key.
 */
export function summaryText(beginning: string): string | undefined {
  const end = beginning.indexOf(',"items":[')
  return end === -1 ? undefined : `${beginning.slice(0, end)}}`
}

/** True where an older converter version than `version` wrote a stored object of the venue-day, or none is recorded. */
export function hasOlderThan(version: number, summary: Pick<ManifestSummary, 'counts' | 'converterVersions'>): boolean {
  return convertersOf(summary).some(row => row.version < version)
}

/** How many stored objects each converter version wrote; 0 counts those of which none is recorded. */
export function convertersOf({
  counts,
  converterVersions,
}: Pick<ManifestSummary, 'counts' | 'converterVersions'>): NonNullable<ManifestSummary['converterVersions']> {
  const stored = counts.stored + counts.empty
  return converterVersions ?? (stored > 0 ? [{ version: 0, items: stored }] : [])
}
