import {
  ABSENT,
  type Bucket,
  type CopyOutcome,
  type Generation,
  type ListRange,
  type ObjectWriter,
  type StoredObject,
  type WriteOptions,
  type WriteOutcome,
} from '../../functions/storage/bucket.ts'
import { crc32c, crc32cText } from '../../functions/storage/crc32c.ts'
import { compareNames } from '../../functions/storage/folder/names.ts'

/** One call of the bucket, before or after it took effect. */
export interface BucketOperation {
  readonly operation:
    | 'stat'
    | 'read'
    | 'readRange'
    | 'readBeginning'
    | 'list'
    | 'listFolders'
    | 'write'
    | 'remove'
    | 'copy'
    | 'writeChunk'
    | 'commit'
    | 'abort'
  /** The object's name, or the list's prefix. */
  readonly name: string
  /** `before`: nothing has happened yet. `after`: it has, and the caller has not heard of it. */
  readonly when: 'before' | 'after'
  readonly expected?: Generation
}

/**
 * Called around every operation. Throwing before it plants a failure or a crash with nothing done, throwing after it one
 * whose effect stays; writing to the bucket from here plants a rival. It may be asynchronous, to hold a caller up.
 */
export type BucketHook = (operation: BucketOperation) => void | Promise<void>

/** Where a memory bucket keeps its objects, by name. */
export type ObjectStore = Pick<
  Map<string, { readonly object: StoredObject; readonly data: Uint8Array }>,
  'get' | 'set' | 'delete' | 'keys'
>

/** A bucket in memory, with the outcomes of the real one. The hook does not see its own calls. */
export class MemoryBucket implements Bucket {
  readonly url = 'memory://bucket'
  hook: BucketHook | undefined
  readonly #objects: ObjectStore
  #generation = 1_700_000_000_000_000n

  constructor(hook?: BucketHook, objects: ObjectStore = new Map()) {
    this.hook = hook
    this.#objects = objects
  }

  /** What is stored, name by name, in name order: for comparing buckets. */
  contents(): Map<string, Uint8Array> {
    return new Map(this.#names('').map(name => [name, this.#objects.get(name)!.data]))
  }

  async stat(name: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    return this.#around({ operation: 'stat', name }, signal, () => this.#objects.get(name)?.object)
  }

  async read(name: string, signal?: AbortSignal): Promise<{ object: StoredObject; data: Uint8Array } | undefined> {
    return this.#around({ operation: 'read', name }, signal, () => {
      const found = this.#objects.get(name)
      return found && { object: found.object, data: found.data.slice() }
    })
  }

  async readRange(
    { name, generation }: Pick<StoredObject, 'name' | 'generation'>,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    if (!(start >= 0 && end > start)) throw new RangeError(`${name}: bytes ${start} to ${end} are not a range`)
    return this.#around({ operation: 'readRange', name }, signal, () => {
      const found = this.#objects.get(name)
      if (found?.object.generation !== generation) return undefined
      if (start >= found.data.length) throw new RangeError(`${name}: range begins at ${start}, after the end`)
      return found.data.slice(start, end)
    })
  }

  async readBeginning(name: string, bytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#around({ operation: 'readBeginning', name }, signal, () => {
      return this.#objects.get(name)?.data.slice(0, bytes)
    })
  }

  async *list(prefix: string, signal?: AbortSignal, { from = '', to }: ListRange = {}): AsyncGenerator<StoredObject> {
    const isIn = (name: string) => compareNames(name, from) >= 0 && (to === undefined || compareNames(name, to) < 0)
    const objects = await this.#around({ operation: 'list', name: prefix }, signal, () =>
      this.#names(prefix)
        .filter(isIn)
        .map(name => this.#objects.get(name)!.object),
    )
    yield* objects
  }

  async *listFolders(prefix: string, signal?: AbortSignal): AsyncGenerator<string> {
    const folders = await this.#around({ operation: 'listFolders', name: prefix }, signal, () =>
      this.#names(prefix).flatMap(name => {
        const slash = name.indexOf('/', prefix.length)
        return slash < 0 ? [] : [name.slice(0, slash + 1)]
      }),
    )
    yield* new Set(folders)
  }

  async write(name: string, data: Uint8Array, expected: Generation, options: WriteOptions): Promise<WriteOutcome> {
    const copy = data.slice()
    return this.#around({ operation: 'write', name, expected }, options.signal, () => this.#put(name, copy, expected))
  }

  async remove({ name, generation }: Pick<StoredObject, 'name' | 'generation'>, signal?: AbortSignal) {
    return this.#around({ operation: 'remove', name, expected: generation }, signal, () => {
      const found = this.#objects.get(name)?.object.generation
      if (found !== undefined && found !== generation) return { outcome: 'conflict' } as const
      this.#objects.delete(name)
      return { outcome: 'removed' } as const
    })
  }

  async copy(source: StoredObject, name: string, { signal }: WriteOptions): Promise<CopyOutcome> {
    return this.#around({ operation: 'copy', name }, signal, () => {
      const found = this.#objects.get(source.name)
      if (found?.object.generation !== source.generation) return { outcome: 'gone' }
      return this.#put(name, found.data, ABSENT)
    })
  }

  createWriter(name: string, expected: Generation, { signal }: WriteOptions): ObjectWriter {
    const pieces: Uint8Array[] = []
    let ended = false
    const check = () => {
      if (ended) throw new Error(`${name}: written to after commit or abort`)
    }
    return {
      write: async chunk => {
        check()
        await this.#around({ operation: 'writeChunk', name, expected }, signal, () => pieces.push(chunk.slice()))
      },
      commit: async () => {
        check()
        return this.#around({ operation: 'commit', name, expected }, signal, () => {
          ended = true
          return this.#put(name, new Uint8Array(Buffer.concat(pieces)), expected)
        })
      },
      abort: async () => {
        ended = true
        await this.#around({ operation: 'abort', name, expected }, undefined, () => undefined)
      },
    }
  }

  /** Puts an object there with the generation that it has elsewhere. */
  plant(name: string, data: Uint8Array, generation: string): StoredObject {
    const object = { name, generation, bytes: data.length, crc32c: crc32cText(crc32c(data)) }
    this.#objects.set(name, { object, data })
    if (BigInt(generation) > this.#generation) this.#generation = BigInt(generation)
    return object
  }

  /** Takes an object away, as an operator might; no operation of the pipeline does. */
  delete(name: string): boolean {
    return this.#objects.delete(name)
  }

  async #around<T>(
    operation: Omit<BucketOperation, 'when'>,
    signal: AbortSignal | undefined,
    act: () => T,
  ): Promise<T> {
    signal?.throwIfAborted()
    await this.hook?.({ ...operation, when: 'before' })
    signal?.throwIfAborted()
    const result = act()
    await this.hook?.({ ...operation, when: 'after' })
    return result
  }

  #put(name: string, data: Uint8Array, expected: Generation): WriteOutcome {
    const present = this.#objects.get(name)?.object
    const crc = crc32cText(crc32c(data))
    if ((present?.generation ?? ABSENT) !== expected) {
      const isSame = present?.bytes === data.length && present.crc32c === crc
      return isSame ? { outcome: 'committed', object: present } : { outcome: 'conflict' }
    }
    const object = { name, generation: String(++this.#generation), bytes: data.length, crc32c: crc }
    this.#objects.set(name, { object, data })
    return { outcome: 'committed', object }
  }

  #names(prefix: string): string[] {
    const names = [...this.#objects.keys()].filter(name => name.startsWith(prefix))
    return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }
}
