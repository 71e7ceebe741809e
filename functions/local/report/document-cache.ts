import { decodeDocument } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { manifest } from '../../ledger/manifest.ts'
import type { VenueDay } from '../../market/items.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'
import { manifestName, venuesPrefix } from '../../storage/names.ts'
import type { DocumentFiles } from './document-files.ts'
import { isListed, type ListedVenue, listedObject, listVenue } from './venue-list.ts'

/** What those who read whole manifests and receipts need of a bucket. */
export type DocumentSource = Pick<Bucket, 'read' | 'list'>

export interface DocumentCacheFrom {
  readonly bucket: DocumentSource
  readonly prefix: string
  readonly files: DocumentFiles
  /** True: read every document again. */
  readonly refresh: boolean
}

/** Venues are read one after the other: 16 days at once are of a few of them. */
const REMEMBERED_VENUES = 8

/**
 * Manifests and receipts of a bucket; those that have not changed come from files of this machine. A list of each venue, made
 * when the first of its days is read, says which have changed and which receipts there are. Memory: the lists of 8 venues.
 */
export class DocumentCache implements DocumentSource {
  readonly #from: DocumentCacheFrom
  readonly #days: ReadonlyMap<string, readonly VenueDay[]>
  readonly #listed = new Map<string, Promise<ListedVenue>>()

  /** @param days every venue-day that will be read, each once */
  constructor(from: DocumentCacheFrom, days: readonly VenueDay[]) {
    this.#from = from
    this.#days = Map.groupBy(days, ({ venue }) => venue)
  }

  async read(name: string, signal?: AbortSignal): ReturnType<Bucket['read']> {
    const { bucket, files, refresh } = this.#from
    const listed = await this.#listOf(name)
    if (!listed) return await bucket.read(name, signal)
    const object = listedObject(listed.venue, listed.date, name)
    if (!object) return undefined
    const kept = refresh ? undefined : await files.read(object)
    if (kept) return { object, data: kept }
    const found = await bucket.read(name, signal)
    if (found) await files.write(found.object, found.data)
    return found
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const listed = await this.#listOf(prefix)
    if (!listed) return yield* this.#from.bucket.list(prefix, signal)
    const { venue, date } = listed
    yield* (venue.objects.get(date) ?? []).filter(({ name }) => name.startsWith(prefix))
  }

  /** What stays in the files is within their bound. */
  trim(): Promise<void> {
    return this.#from.files.trim()
  }

  /** The list that holds all names of the day that a name is of; undefined where there is none. */
  async #listOf(name: string): Promise<{ readonly venue: ListedVenue; readonly date: string } | undefined> {
    const all = venuesPrefix(this.#from.prefix)
    const [, venue, date] = (name.startsWith(all) && DAY.exec(name.slice(all.length))) || []
    const days = venue === undefined ? undefined : this.#days.get(venue)
    if (!days) return undefined
    const listed = await this.#venue(venue!, days)
    return isListed(listed, date!) ? { venue: listed, date: date! } : undefined
  }

  #venue(venue: string, days: readonly VenueDay[]): Promise<ListedVenue> {
    const found = this.#listed.get(venue)
    if (found) return found
    const made = listVenue(this.#from, venue, days, name => name === 'manifest.json' || name.startsWith('receipts/'))
    this.#listed.set(venue, made)
    const [oldest] = this.#listed.keys()
    if (this.#listed.size > REMEMBERED_VENUES) this.#listed.delete(oldest!)
    return made
  }
}

const DAY = /^([^/]+)\/date=([^/]+)\//

/** The same ledger with whole manifests from that source. */
export function ledgerOver(ledger: Ledger, source: Pick<DocumentSource, 'read'>, prefix: string): Ledger {
  return {
    ...ledger,
    async readManifest(day, signal) {
      const name = manifestName(prefix, day)
      const found = await source.read(name, signal)
      return found && decodeDocument(manifest, name, found.data)
    },
  }
}
