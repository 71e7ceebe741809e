import type { VenueDay } from '../market/items.ts'
import { ABSENT, type Bucket, type StoredObject } from '../storage/bucket.ts'
import { dayNoteName, dayNotesPrefix, parseDayNoteName, tableBuildName } from '../storage/table-names.ts'

/**
 * The venue-days whose manifests the Iceberg tables may not have seen yet: one small object each. Whoever writes a complete
 * manifest queues its venue-day before and afterwards, and a refresh of the tables takes a venue-day off once the tables
 * have it.
 */

export interface QueuedDay extends VenueDay {
  readonly object: StoredObject
}

const MAX_ATTEMPTS = 8

/**
 * Queues a venue-day, also one that is queued already: a refresh that has listed it may have read the manifest before it
 * was written, so the object gets a new generation, and that refresh does not take it off. Safe to repeat.
 * @throws Error where others are first again and again
 */
export async function queueDay(bucket: Bucket, prefix: string, day: VenueDay, signal?: AbortSignal): Promise<void> {
  const name = dayNoteName(prefix, 'queue', day)
  const options = { contentType: 'application/json', ...(signal && { signal }) }
  const data = Buffer.from(`${JSON.stringify({ venue: day.venue, date: day.date })}\n`)
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const { generation = ABSENT } = (await bucket.stat(name, signal)) ?? {}
    // The same content of another writer counts as written. It was written after the generation above was read.
    if ((await bucket.write(name, data, generation, options)).outcome === 'committed') return
  }
  throw new Error(`${name}: other writers were first ${MAX_ATTEMPTS} times in a row`)
}

/** True once a refresh of the tables has begun, by a list: fetch may not read there. */
export async function hasTables(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<boolean> {
  for await (const _ of bucket.list(tableBuildName(prefix), signal)) return true
  return false
}

/** In order of venue and day. Objects that are not ours are left out. */
export async function* listQueuedDays(bucket: Bucket, prefix: string, signal?: AbortSignal): AsyncGenerator<QueuedDay> {
  for await (const object of bucket.list(dayNotesPrefix(prefix, 'queue'), signal)) {
    const day = parseDayNoteName(prefix, 'queue', object.name)
    if (day) yield { ...day, object }
  }
}
