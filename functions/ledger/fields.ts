import { z } from 'zod'
import type { Item } from '../market/items.ts'
import { dataType, symbol } from '../market/schemas.ts'

/** The pieces that plan, receipt and manifest share. */

/**
 * The version of the documents that this release writes, and the highest that it reads. A field that older releases may
 * ignore and keep needs no new version.
 */
export const SCHEMA_VERSION = 1

export const schemaVersion = z.int().min(1).max(SCHEMA_VERSION)

/**
 * An object of a document. Fields that this release does not know are read and written back, because a newer release may
 * have written them. They are not part of the type.
 */
export function fields<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strip> {
  return z.looseObject(shape) as unknown as z.ZodObject<S, z.core.$strip>
}

export const count = z.int().min(0)
/** Microseconds since 1970 UTC, or a span of them: text, because JSON's numbers end at 2^53. */
export const micros = z.string().regex(/^-?\d+$/)
/** Wall time, whole milliseconds written in seconds. */
export const seconds = z.number().min(0)

/** A moment, ISO 8601 in UTC with milliseconds. */
export const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)

/** One item of a venue-day; see `Item`. */
export const item = fields({ dataType, symbol }) satisfies z.ZodType<Item>

/** A known fault of the venue's feed, as the vendor reports it. */
export const incident = fields({
  from: z.string(),
  /** Absent while it goes on. */
  to: z.string().optional(),
  status: z.string(),
  details: z.string(),
})
export type Incident = z.infer<typeof incident>
