import type { VenueDay } from '../../functions/market/items.ts'
import type { Bucket, ListRange, ObjectWriter, StoredObject, StreamOptions } from '../../functions/storage/bucket.ts'
import type { Chance } from '../faults/model/chance.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { COSTS } from './costs.ts'
import { PackedObjects } from './packed-objects.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Waits } from './waits.ts'

export interface BucketBehaviour {
  /** Multiplies every latency; 1 is as in `costs.ts`. */
  readonly slowness: number
  /** Share of requests that fail once and are repeated by the bucket's client. */
  readonly failures: number
}

/** The bucket of a rehearsal: each request takes its time and is counted. */
export class RehearsalBucket {
  readonly #objects = new PackedObjects()
  readonly #stored = new MemoryBucket(undefined, this.#objects)
  /** Names of Parquet objects by venue-day. */
  readonly #dataOf = new Map<string, string[]>()
  readonly #time: VirtualTime
  readonly #chance: Chance
  readonly #behaviour: BucketBehaviour
  /** As Cloud Storage bills: A writes and lists, B reads. */
  classA = 0
  classB = 0

  constructor(time: VirtualTime, chance: Chance, behaviour: BucketBehaviour) {
    this.#time = time
    this.#chance = chance
    this.#behaviour = behaviour
  }

  /**
   * Drops the Parquet objects of a venue-day that are there. Called after a batch: its receipt tells of them, so no handler
   * reads them any more. An object of another batch that is in work may be downloaded twice.
   */
  dropData({ venue, date }: VenueDay): void {
    const key = `venue=${venue}/date=${date}/`
    for (const name of this.#dataOf.get(key) ?? []) this.#stored.delete(name)
    this.#dataOf.delete(key)
  }

  get objects(): number {
    return this.#objects.size
  }

  /** The bucket as one function sees it. `waits` counts how long its workers wait for it. */
  seenBy(waits: Waits | undefined): Bucket {
    const stored = this.#stored
    const timed = async <T>(latencyMs: number, act: () => Promise<T>): Promise<T> => {
      const wait = () => this.#latency(latencyMs)
      await (waits ? waits.during('bucket', wait) : wait())
      return act()
    }
    const read = <T>(act: () => Promise<T>) => {
      this.classB += 1
      return timed(COSTS.bucketReadMs.value, act)
    }
    const listed = async function* <T>(bucket: RehearsalBucket, entries: () => AsyncIterable<T>) {
      bucket.classA += 1
      await timed(COSTS.bucketReadMs.value, async () => undefined)
      yield* entries()
    }
    return {
      url: stored.url,
      stat: (name, signal) => read(() => stored.stat(name, signal)),
      read: (name, signal) => read(() => stored.read(name, signal)),
      readRange: (object, start, end, signal) => read(() => stored.readRange(object, start, end, signal)),
      readBeginning: (name, bytes, signal) => read(() => stored.readBeginning(name, bytes, signal)),
      list: (prefix, signal, range) =>
        listed(this, () => (isDataFolder(prefix) ? this.#listData(prefix, range) : stored.list(prefix, signal, range))),
      listFolders: (folder, signal) => listed(this, () => stored.listFolders(folder, signal)),
      write: (name, data, expected, options) => {
        this.classA += 1
        return timed(COSTS.bucketWriteMs.value, () => stored.write(name, data, expected, options))
      },
      // Deletions are free of charge.
      remove: (object, signal) => timed(COSTS.bucketWriteMs.value, () => stored.remove(object, signal)),
      copy: (source, name, options) => {
        this.classA += 1
        return timed(COSTS.bucketWriteMs.value, () => stored.copy(source, name, options))
      },
      createWriter: (name, expected, options) => this.#writer(name, expected, options, timed),
    }
  }

  #writer(
    name: string,
    expected: string,
    options: StreamOptions,
    timed: <T>(latencyMs: number, act: () => Promise<T>) => Promise<T>,
  ): ObjectWriter {
    const writer = this.#stored.createWriter(name, expected, options)
    return {
      write: chunk => writer.write(chunk),
      commit: () => {
        this.classA += 1
        this.#remember(name)
        return timed(COSTS.bucketUploadMs.value, () => writer.commit())
      },
      abort: () => writer.abort(),
    }
  }

  /** Without a look at the names of all other venue-days. */
  async *#listData(folder: string, { from = '', to = '~' }: ListRange = {}): AsyncGenerator<StoredObject> {
    const isIn = (name: string) => name.startsWith(folder) && name >= from && name < to
    for (const name of (this.#dataOf.get(venueDayOf(folder)) ?? []).filter(isIn).sort()) {
      const object = await this.#stored.stat(name)
      if (object) yield object
    }
  }

  #remember(name: string): void {
    const key = venueDayOf(name)
    const names = this.#dataOf.get(key)
    if (names) names.push(name)
    else this.#dataOf.set(key, [name])
  }

  async #latency(ms: number): Promise<void> {
    const failed = this.#chance.next() < this.#behaviour.failures
    await this.#time.wait((ms + (failed ? COSTS.bucketRetryMs.value : 0)) * this.#behaviour.slowness)
  }
}

function isDataFolder(prefix: string): boolean {
  return prefix.includes('/data_type=') && prefix.includes('/date=')
}

function venueDayOf(name: string): string {
  return name.slice(name.indexOf('/venue=') + 1, name.lastIndexOf('/') + 1)
}
