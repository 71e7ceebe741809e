import { addDays } from '../../market/days.ts'
import type { VenueDay } from '../../market/items.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'
import { venuesPrefix } from '../../storage/names.ts'

/** Of fewer days of a venue a list is not worth its request. */
const MIN_DAYS = 4

/** What a list says of the ledger of a venue. */
export interface ListedVenue {
  readonly venue: string
  /** Undefined: the days are too few for a list. */
  readonly range?: { readonly first: string; readonly last: string }
  /** By day. */
  readonly objects: ReadonlyMap<string, readonly StoredObject[]>
}

/** True of a day whose objects are all in the list. */
export function isListed({ range }: ListedVenue, date: string): boolean {
  return range !== undefined && date >= range.first && date <= range.last
}

/** The object of that name, as the list has it. */
export function listedObject({ objects }: ListedVenue, date: string, name: string): StoredObject | undefined {
  return objects.get(date)?.find(object => object.name === name)
}

/**
 * Lists the objects of a venue's days, a thousand by request.
 * @param days of that venue, in any order
 * @param isWanted which names to keep, without what all names of a day begin with: `manifest.json`
 */
export async function listVenue(
  { bucket, prefix }: { readonly bucket: Pick<Bucket, 'list'>; readonly prefix: string },
  venue: string,
  days: readonly VenueDay[],
  isWanted: (name: string) => boolean,
): Promise<ListedVenue> {
  const objects = new Map<string, StoredObject[]>()
  if (days.length < MIN_DAYS) return { venue, objects }
  const dates = days.map(({ date }) => date).sort()
  const range = { first: dates[0]!, last: dates.at(-1)! }
  const beginning = `${venuesPrefix(prefix, venue)}date=`
  const names = { from: `${beginning}${range.first}/`, to: `${beginning}${addDays(range.last, 1)}` }
  for await (const object of bucket.list(beginning, undefined, names)) {
    const [date, ...rest] = object.name.slice(beginning.length).split('/')
    if (!isWanted(rest.join('/'))) continue
    const ofDay = objects.get(date!)
    if (ofDay) ofDay.push(object)
    else objects.set(date!, [object])
  }
  return { venue, range, objects }
}
