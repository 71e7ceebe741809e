import { z } from 'zod'
import { compareItems, itemKey } from '../market/items.ts'
import { dataType, day, planId, symbol, venue } from '../market/schemas.ts'
import { count, fields, micros, schemaVersion, seconds } from './fields.ts'
import { quality } from './quality.ts'

const named = { dataType, symbol }

/** The facts of an item whose Parquet object is in the bucket. All but `generation` follow from source and converter. */
export const storedFields = {
  object: z.string().min(1),
  generation: z.string().regex(/^\d+$/),
  crc32c: z.string().min(1),
  bytes: count,
  rows: count,
  firstTimestampMicros: micros.optional(),
  lastTimestampMicros: micros.optional(),
  sourceBytes: count,
  sourceSha256: z.string().regex(/^[0-9a-f]{64}$/),
  textBytes: count,
  quality,
  /** The converter version that wrote the object; absent where it was not recorded, as by releases before 0.2. */
  converterVersion: count.optional(),
  /** The least and the greatest value of the column `exchange`, where they are not the venue. */
  exchanges: z.array(z.string()).optional(),
  /** Columns that the data type does not document; they are text. */
  otherColumns: z.array(z.string()).optional(),
}

const stored = fields({ ...named, status: z.literal('stored'), ...storedFields, seconds })
const empty = fields({ ...named, status: z.literal('empty'), ...storedFields, seconds })
const missing = fields({ ...named, status: z.literal('missing'), error: z.string(), seconds })
const forbidden = fields({ ...named, status: z.literal('forbidden'), error: z.string(), seconds })
const failed = fields({
  ...named,
  status: z.literal('failed'),
  error: z.string(),
  /** Whether a retry can succeed. */
  retryable: z.boolean(),
  seconds,
})

/** The result of one item. `seconds` is the wall time it took. */
export const itemResult = z.discriminatedUnion('status', [stored, empty, missing, forbidden, failed])
export type ItemResult = z.infer<typeof itemResult>
export type StoredResult = z.infer<typeof stored> | z.infer<typeof empty>

/** What the work on a batch took, summed over the deliveries that wrote this receipt. No manifest depends on it. */
export const work = fields({
  deliveries: count,
  seconds,
  downloadedBytes: count,
  textBytes: count,
  rows: count,
  /** Memory and rates at the end of the last delivery, by field name; the peak is the highest of all. */
  figures: z.record(z.string(), z.number()),
})
export type Work = z.infer<typeof work>

/** The results of a batch so far. Written after the data that it describes. */
export const receipt = fields({
  schemaVersion,
  venue,
  date: day,
  plan: planId,
  index: count,
  /** Items without a result yet, which a further message was published for. */
  handedOn: count,
  /** In order of data type and symbol. */
  results: z.array(itemResult),
  work,
})
export type Receipt = z.infer<typeof receipt>

/** True where nothing is left to do: stored, empty, or known to be missing. */
export function isSettled(result: ItemResult): boolean {
  return result.status === 'stored' || result.status === 'empty' || result.status === 'missing'
}

/**
 * Merges the receipts of two deliveries of one batch. Nothing that either settled is lost: a stored object outranks
 * `missing`, which outranks failures. Of two generations the later one is current, of two failures the one in `mine`
 * counts. The caller sets `handedOn`, because it knows the batch's items.
 */
export function mergeReceipts(stored: Receipt, mine: Receipt): Receipt {
  const results = new Map(stored.results.map(result => [itemKey(result), result]))
  for (const result of mine.results) {
    const other = results.get(itemKey(result))
    if (!other || !outranks(other, result)) results.set(itemKey(result), result)
  }
  return {
    ...mine,
    results: [...results.values()].sort(compareItems),
    work: addWork(stored.work, mine.work),
  }
}

const RANK = { stored: 2, empty: 2, missing: 1, forbidden: 0, failed: 0 } as const

function outranks(a: ItemResult, b: ItemResult): boolean {
  if ('generation' in a && 'generation' in b) return BigInt(a.generation) >= BigInt(b.generation)
  return RANK[a.status] > RANK[b.status]
}

function addWork(a: Work, b: Work): Work {
  return {
    deliveries: a.deliveries + b.deliveries,
    seconds: wholeMs(a.seconds + b.seconds),
    downloadedBytes: a.downloadedBytes + b.downloadedBytes,
    textBytes: a.textBytes + b.textBytes,
    rows: a.rows + b.rows,
    figures: b.figures,
  }
}

/** Seconds to the millisecond, so that sums are written the same way every time. */
export function wholeMs(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
