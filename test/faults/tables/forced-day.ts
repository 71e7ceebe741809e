import { encodeDocument } from '../../../functions/ledger/document.ts'
import { type Batch, type BatchItem, type Plan, plan } from '../../../functions/ledger/plan.ts'
import type { VenueDay } from '../../../functions/market/items.ts'
import { ABSENT, type Bucket, type Generation } from '../../../functions/storage/bucket.ts'
import { dataObjectName, planName } from '../../../functions/storage/names.ts'
import { PREFIX } from '../../iceberg/lake.ts'

export const SYMBOLS = ['A', 'B', 'C']
const JSON_TYPE = { contentType: 'application/json' }

/** Rows by item: what a venue-day had when it was complete. */
export type Version = ReadonlyMap<string, number>

/** A venue-day as the course knows it. */
export interface Day extends VenueDay {
  /** What was recorded, the oldest first; undefined where it was not complete. */
  readonly recorded: (Version | undefined)[]
  /** Which of them the table shows, or a later one. */
  shown: number | undefined
  /** Receipts: the rows of the items that a plan's batch has settled. */
  readonly settled: Map<string, Map<string, number>>
}

export function objectOf(day: VenueDay, symbol: string): string {
  return dataObjectName(PREFIX, { ...day, dataType: 'trades', symbol })
}

/** An object of so many rows, each of four bytes. */
export function contentOf(rows: number): Buffer {
  return Buffer.from(String(rows).padEnd(rows * 4))
}

export function rowsOf(data: Uint8Array): number {
  return Number(Buffer.from(data).toString().trim())
}

/** The plan grows by a batch with these items, which leave the batches before it. With `force`, it replaces what is there. */
export async function grow(bucket: Bucket, day: VenueDay, before: Plan | undefined, added: Batch): Promise<void> {
  const taken = new Set(added.items.map(({ symbol }) => symbol))
  const left = (before?.batches ?? []).map(batch => ({
    ...batch,
    items: batch.items.filter(({ symbol }) => !taken.has(symbol)),
  }))
  const grown: Plan = {
    ...{ schemaVersion: 1, venue: day.venue, date: day.date, plan: added.plan, status: 'planned' },
    ...{ scope: { trades: 'all' }, batches: [...left, added], unlisted: [], incidents: [] },
  }
  const name = planName(PREFIX, day)
  const { generation = ABSENT } = (await bucket.stat(name)) ?? {}
  await bucket.write(name, encodeDocument(plan, name, grown), generation, JSON_TYPE)
}

/** The item, with the generation that a forced request finds. */
export async function itemOf(bucket: Bucket, day: VenueDay, symbol: string): Promise<BatchItem> {
  const replaces: Generation | undefined = (await bucket.stat(objectOf(day, symbol)))?.generation
  return { dataType: 'trades', symbol, ...(replaces !== undefined && { replaces }) }
}
