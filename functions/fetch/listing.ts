import type { ItemName } from '../market/items.ts'
import type { Services } from '../services.ts'
import { LIST_PAGE_OBJECTS } from '../storage/bucket.ts'
import { dataObjectName } from '../storage/names.ts'
import { badName } from './item-result.ts'

/** A page of a list answers for at least so many items. Google charges as much for it as for 13 requests of metadata. */
export const MIN_LISTED_ITEMS = 16

/**
 * How old a list may be. Two deliveries of the same batch may run at once: the later one should see what the earlier one
 * has stored since, before it downloads it again.
 */
export const MAX_LIST_AGE_MS = 10_000

/**
 * True where a list that is younger than 10 s says that the object is not there. False where only the object's own metadata
 * can tell: it is there, or no list was worth its price. Asked once for each object. Rejects where the bucket fails.
 */
export type IsAbsent = (name: ItemName, object: string) => Promise<boolean>

/**
 * Tells which objects of a delivery's items are absent, from one list of each data type instead of a request for each
 * item. An answer can be out of date as soon as it is given: what is written after it must expect the object to be absent.
 * Memory: the names of the items. Nothing is requested before the first call.
 */
export function createListing(
  items: readonly ItemName[],
  { bucket, clock, config }: Pick<Services, 'bucket' | 'clock' | 'config'>,
  signal: AbortSignal,
): IsAbsent {
  const named = items.filter(name => badName(name) === undefined)
  const types = new Map<string, Type>()
  for (const [dataType, names] of Map.groupBy(named, name => name.dataType)) {
    types.set(dataType, { left: new Set(names.map(name => dataObjectName(config.gcsPrefix, name))), list: undefined })
  }
  return async ({ dataType }, object) => {
    const type = types.get(dataType)
    if (!type) return false
    if (isListWanted(type, clock.now())) {
      type.list = { startedMs: clock.now(), answers: 0, absent: findAbsent(type.left, bucket, signal) }
    }
    type.left.delete(object)
    const { list } = type
    if (!list || isOld(list, clock.now())) return false
    list.answers += 1
    try {
      return (await list.absent).has(object)
    } catch (error) {
      // The items that begin later ask again.
      if (type.list === list) type.list = undefined
      throw error
    }
  }
}

/** The items of a data type. */
interface Type {
  /** The objects of the items that have not asked yet. */
  readonly left: Set<string>
  list: List | undefined
}

interface List {
  readonly startedMs: number
  /** How many items it has answered for. */
  answers: number
  readonly absent: Promise<ReadonlySet<string>>
}

function isListWanted({ left, list }: Type, nowMs: number): boolean {
  if (left.size < MIN_LISTED_ITEMS) return false
  // Where few items began while the last list was young, the next one would be used as little.
  return !list || (isOld(list, nowMs) && list.answers >= MIN_LISTED_ITEMS)
}

function isOld({ startedMs }: List, nowMs: number): boolean {
  return nowMs - startedMs >= MAX_LIST_AGE_MS
}

/** Those of the objects that are not in the bucket, as far as the list reaches before it costs more than it saves. */
async function findAbsent(
  objects: ReadonlySet<string>,
  bucket: Services['bucket'],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = [...objects].sort()
  const [first, last] = [names[0]!, names.at(-1)!]
  const folder = first.slice(0, first.lastIndexOf('/') + 1)
  const maxObjects = Math.floor(names.length / MIN_LISTED_ITEMS) * LIST_PAGE_OBJECTS
  const absent = new Set(names)
  let listed = 0
  // A slash comes after the last name, and before every longer name that begins with it.
  for await (const { name } of bucket.list(folder, signal, { from: first, to: `${last}/` })) {
    absent.delete(name)
    listed += 1
    if (listed === maxObjects) return new Set([...absent].filter(one => one < name))
  }
  return absent
}
