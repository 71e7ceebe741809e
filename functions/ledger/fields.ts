import { z } from 'zod'

/** The pieces that plan, receipt and manifest share. */

export const SCHEMA_VERSION = 1

export const schemaVersion = z.literal(SCHEMA_VERSION)
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
