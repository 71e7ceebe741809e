import { type VenueDay, venueDayKey } from '../market/items.ts'
import { ABSENT, type Bucket, type StoredObject } from '../storage/bucket.ts'
import { dayNoteName, dayNotesPrefix, parseDayNoteName } from '../storage/table-names.ts'
import type { LeftOut } from './data-files.ts'

/** The stored objects of a venue-day that no table names. */
export interface LeftOutDay extends VenueDay {
  readonly objects: readonly LeftOut[]
}

/** Notes what tables leave out, one object for each venue-day that has any, so that `table status` need not read manifests. */
export class LeftOutNotes {
  readonly #bucket: Bucket
  readonly #prefix: string
  readonly #noted: ReadonlyMap<string, StoredObject>

  private constructor(bucket: Bucket, prefix: string, noted: ReadonlyMap<string, StoredObject>) {
    this.#bucket = bucket
    this.#prefix = prefix
    this.#noted = noted
  }

  static async open(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<LeftOutNotes> {
    const noted = new Map<string, StoredObject>()
    for await (const object of bucket.list(dayNotesPrefix(prefix, 'left-out'), signal)) {
      const day = parseDayNoteName(prefix, 'left-out', object.name)
      if (day) noted.set(venueDayKey(day), object)
    }
    return new LeftOutNotes(bucket, prefix, noted)
  }

  /** Where another refresh notes the same venue-day, its note stays: the next refresh of it corrects what is not right. */
  async note({ venue, date }: VenueDay, objects: readonly LeftOut[], signal?: AbortSignal): Promise<void> {
    const present = this.#noted.get(venueDayKey({ venue, date }))
    if (objects.length === 0) {
      if (present) await this.#bucket.remove(present, signal)
      return
    }
    const data = Buffer.from(`${JSON.stringify({ venue, date, objects })}\n`)
    const options = { contentType: 'application/json', ...(signal && { signal }) }
    const name = dayNoteName(this.#prefix, 'left-out', { venue, date })
    await this.#bucket.write(name, data, present?.generation ?? ABSENT, options)
  }
}

/** What the tables leave out, in order of venue and day. */
export async function readLeftOut(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<LeftOutDay[]> {
  const days: LeftOutDay[] = []
  for await (const { name } of bucket.list(dayNotesPrefix(prefix, 'left-out'), signal)) {
    const found = await bucket.read(name, signal)
    if (found) days.push(JSON.parse(new TextDecoder().decode(found.data)))
  }
  return days
}
