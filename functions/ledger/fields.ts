import { z } from 'zod'

/** The pieces that plan, receipt and manifest share. */

export const SCHEMA_VERSION = 1

export const schemaVersion = z.literal(SCHEMA_VERSION)
export const venue = z.string().min(1)
/** A UTC day, `YYYY-MM-DD`. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
/** A plan id: short, lower-case hexadecimal. */
export const planId = z.string().regex(/^[0-9a-f]{4,64}$/)
export const dataType = z.string().regex(/^[A-Za-z0-9_]+$/)
export const symbol = z.string().min(1)
export const count = z.int().min(0)
/** Microseconds since 1970 UTC, or a span of them: text, because JSON's numbers end at 2^53. */
export const micros = z.string().regex(/^-?\d+$/)
/** Wall time, whole milliseconds written in seconds. */
export const seconds = z.number().min(0)

/** A known fault of the venue's feed, as the vendor reports it. */
export const incident = z.strictObject({
  from: z.string(),
  /** Absent while it goes on. */
  to: z.string().optional(),
  status: z.string(),
  details: z.string(),
})
export type Incident = z.infer<typeof incident>

/** One dataset of a venue-day: what the vendor has as one file, and we as one object. */
export const item = z.strictObject({ dataType, symbol })
export type Item = Readonly<z.infer<typeof item>>

export interface VenueDay {
  readonly venue: string
  readonly date: string
}

/** Names an item within its venue-day; data types hold no slash. */
export function itemKey(item: Item): string {
  return `${item.dataType}/${item.symbol}`
}

/** Order of items everywhere: by data type, then symbol, by code units, so that it is the same on every machine. */
export function compareItems(a: Item, b: Item): number {
  return compareText(a.dataType, b.dataType) || compareText(a.symbol, b.symbol)
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
