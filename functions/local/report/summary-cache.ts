import type { Ledger } from '../../ledger/ledger.ts'
import type { VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'
import { manifestName } from '../../storage/names.ts'
import { isOf, type KeptSummary, type SummaryFiles } from './summary-files.ts'
import { isListed, type ListedVenue, listedObject, listVenue } from './venue-list.ts'

const LISTED_AT_ONCE = 8

export interface CacheFrom {
  readonly bucket: Bucket
  readonly prefix: string
  readonly files: SummaryFiles
  /** True: read every manifest again. */
  readonly refresh: boolean
}

export type SummaryReader = Pick<Ledger, 'readSummary'>

/**
 * The same ledger, but summaries of manifests that have not changed come from files of this machine. Lists say which have
 * changed: a list of a thousand objects takes one request, as reading one summary does. A manifest that is not listed is
 * absent. The files of a venue are written when all its days were read.
 *
 * @param days every venue-day that will be read, each once
 */
export async function cachedSummaries(
  ledger: SummaryReader,
  from: CacheFrom,
  days: readonly VenueDay[],
): Promise<SummaryReader & { readonly saved: () => Promise<void> }> {
  const byVenue = [...Map.groupBy(days, ({ venue }) => venue)]
  const venues = new Map<string, CachedVenue>()
  const list = ([venue, itsDays]: [string, VenueDay[]]) =>
    listVenue(from, venue, itsDays, name => name === 'manifest.json')
  for await (const listed of mapConcurrently(byVenue, LISTED_AT_ONCE, list)) {
    const size = byVenue.find(([venue]) => venue === listed.venue)![1].length
    venues.set(listed.venue, new CachedVenue(ledger, from, listed, size))
  }
  return {
    readSummary: (day, signal) => venues.get(day.venue)?.readSummary(day, signal) ?? ledger.readSummary(day, signal),
    async saved() {
      for (const venue of venues.values()) await venue.saved
    },
  }
}

class CachedVenue {
  readonly #ledger: SummaryReader
  readonly #from: CacheFrom
  readonly #listed: ListedVenue
  readonly #fresh = new Map<string, KeptSummary>()
  #kept: Promise<ReadonlyMap<string, KeptSummary>> | undefined
  #daysLeft: number
  saved: Promise<void> = Promise.resolve()

  constructor(ledger: SummaryReader, from: CacheFrom, listed: ListedVenue, days: number) {
    this.#ledger = ledger
    this.#from = from
    this.#listed = listed
    this.#daysLeft = days
  }

  readonly readSummary: Ledger['readSummary'] = async (day, signal) => {
    try {
      return isListed(this.#listed, day.date)
        ? await this.#readListed(day, signal)
        : await this.#ledger.readSummary(day, signal)
    } finally {
      this.#daysLeft -= 1
      if (this.#daysLeft === 0) this.saved = this.#save()
    }
  }

  async #readListed(day: VenueDay, signal?: AbortSignal): ReturnType<Ledger['readSummary']> {
    const object = this.#manifestOf(day.date)
    if (!object) return undefined
    this.#kept ??= this.#from.refresh ? Promise.resolve(new Map()) : this.#from.files.read(day.venue)
    const kept = (await this.#kept).get(day.date)
    if (kept && isOf(kept, object)) return kept.summary
    const summary = await this.#ledger.readSummary(day, signal)
    // A manifest that was replaced since the list is kept under a generation that no list has any more.
    const { generation, bytes, crc32c } = object
    if (summary) this.#fresh.set(day.date, { date: day.date, generation, bytes, crc32c, summary })
    return summary
  }

  /** Adds what was read to the file as it is now: another process may have added other days meanwhile. */
  async #save(): Promise<void> {
    const { files } = this.#from
    const { venue } = this.#listed
    const kept = (await this.#kept) ?? new Map<string, KeptSummary>()
    this.#kept = undefined
    if (this.#fresh.size === 0 && !this.#hasGone(kept)) return
    const entries = [...(await files.read(venue)), ...this.#fresh]
    this.#fresh.clear()
    await files.write(venue, new Map(entries.filter(([date]) => !this.#isGone(date))).values())
  }

  #hasGone(entries: ReadonlyMap<string, KeptSummary>): boolean {
    return [...entries.keys()].some(date => this.#isGone(date))
  }

  #manifestOf(date: string): StoredObject | undefined {
    const { venue } = this.#listed
    return listedObject(this.#listed, date, manifestName(this.#from.prefix, { venue, date }))
  }

  /** True of a day whose manifest was removed. */
  #isGone(date: string): boolean {
    return isListed(this.#listed, date) && !this.#manifestOf(date)
  }
}
