import { z } from 'zod'
import { count, fields, micros } from './fields.ts'

/** A span without rows between two consecutive local_timestamps. */
const gap = fields({ startMicros: micros, micros })

/** local_timestamp − timestamp, in microseconds; `negative` counts the rows that were received before they were sent. */
const latency = fields({
  minMicros: micros,
  medianMicros: micros,
  p99Micros: micros,
  maxMicros: micros,
  negative: count.optional(),
})

/**
 * What was seen in an item's rows while they were converted. Files of older releases have the first four fields only, and no `version`: the others are unknown. With a `version`, a count that
 * is absent is zero, or the data type has no such column.
 */
export const quality = fields({
  rowsOutOfOrder: count,
  largestGapMicros: micros,
  largestGapStartMicros: micros.optional(),
  /** Rows whose local_timestamp is not of the day; absent where there are none, or the converter did not count them yet. */
  rowsOutsideDay: count.optional(),
  version: z.int().min(2).optional(),
  /** Rows whose `timestamp` is before that of the row before. */
  exchangeRowsOutOfOrder: count.optional(),
  /** The longest gaps, at most five, the longest first. */
  gaps: z.array(gap).optional(),
  repeatedRows: count.optional(),
  repeatedIds: count.optional(),
  latency: latency.optional(),
  nonPositivePrices: count.optional(),
  nonPositiveAmounts: count.optional(),
  /** The best bid is above the best ask, or equal to it, or one of them is absent. */
  crossed: count.optional(),
  locked: count.optional(),
  oneSided: count.optional(),
  /** How often a snapshot of the book begins. */
  snapshots: count.optional(),
  /** The columns that have nulls. */
  nulls: z.array(fields({ column: z.string(), rows: count })).optional(),
  price: fields({ min: z.number(), max: z.number() }).optional(),
  /** Sum of the amounts, and of price × amount, of trades and liquidations. */
  volume: z.number().optional(),
  notional: z.number().optional(),
  /** Where ids are whole numbers that increase: the first and the last, and how many between them are absent. */
  ids: fields({ first: z.string(), last: z.string(), missing: count.optional() }).optional(),
})
export type Quality = z.infer<typeof quality>
