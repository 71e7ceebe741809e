import { z } from 'zod'
import { dataType, day, planId, scope, symbol, venue } from '../market/schemas.ts'
import { count, fields, incident, item, schemaVersion } from './fields.ts'

/**
 * An item of a batch. In a batch with `force`, `replaces` is the generation that the item's object had when the request
 * came; absent where there was no object. An object of another generation has been replaced since.
 */
export const batchItem = fields({ ...item.shape, replaces: z.string().regex(/^\d+$/).optional() })
export type BatchItem = Readonly<z.infer<typeof batchItem>>

/** Some items that one message asks for. `plan` and `index` name the batch and its receipt, and never change. */
export const batch = fields({
  /** The plan id with which the batch was added. It stays when the plan grows. */
  plan: planId,
  /** Counts from 0 under each plan id. */
  index: count,
  /** Download and convert the items again, once: see `replaces`. */
  force: z.literal(true).optional(),
  /** Convert those items again whose objects an older converter version than this wrote. */
  upgrade: count.optional(),
  /** In order of data type and symbol. An item leaves only for a later batch. */
  items: z.array(batchItem),
})
export type Batch = z.infer<typeof batch>

/** A selector, as the scope writes it, with the symbols listed on the day that it resolved to, for these data types. */
const resolvedSelector = fields({ selector: z.string().min(1), dataTypes: z.array(dataType), symbols: z.array(symbol) })

/**
 * What there is to do for a venue-day. It only grows, and each item is in exactly one batch. `unlisted` names what was
 * requested by symbol or selector and the vendor does not have: there is nothing to do for it.
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
  /** What was requested by selectors, in order of their texts; absent if nothing was. */
  selectors: z.array(resolvedSelector).optional(),
  incidents: z.array(incident),
})
export type Plan = z.infer<typeof plan>
