import { z } from 'zod'
import { day, planId, scope, venue } from '../market/schemas.ts'
import { count, fields, incident, item, schemaVersion } from './fields.ts'

/**
 * An item of a batch. `replaces`, where it is to be done again: the generation that its object had when that was asked for.
 * An object of any other generation has been done again since.
 */
export const batchItem = fields({ ...item.shape, replaces: z.string().regex(/^\d+$/).optional() })
export type BatchItem = Readonly<z.infer<typeof batchItem>>

/** Some items that one message has done. Batch and receipt are named by `plan` and `index`, for good. */
export const batch = fields({
  /** The plan id under which the batch came in; it stays when the plan grows. */
  plan: planId,
  /** Counts from 0 under each plan id. */
  index: count,
  /** Do the items again though their objects are there, once: see `replaces`. */
  force: z.literal(true).optional(),
  /** Do those items again whose objects an older converter version than this one wrote. */
  upgrade: count.optional(),
  /** In order of data type and symbol. Shrinks only when a later batch takes an item over. */
  items: z.array(batchItem),
})
export type Batch = z.infer<typeof batch>

/**
 * What there is to do for a venue-day. It only grows, and each item stands in exactly one batch. `unlisted` names what was
 * asked for by symbol and the vendor does not have: nothing is to be done for it.
 */
export const plan = fields({
  schemaVersion,
  venue,
  date: day,
  /** The id of the last growth. */
  plan: planId,
  /** `pending`: the vendor had not exported the day when it was asked last. */
  status: z.enum(['planned', 'pending']),
  scope,
  batches: z.array(batch),
  unlisted: z.array(item),
  incidents: z.array(incident),
})
export type Plan = z.infer<typeof plan>
