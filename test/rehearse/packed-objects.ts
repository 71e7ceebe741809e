import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { StoredObject } from '../../functions/storage/bucket.ts'
import type { ObjectStore } from '../support/memory-bucket.ts'

/** From here on packing gains more than it costs. */
const MIN_PACKED_BYTES = 2_048

/** What is in use stays unpacked: most documents are read and written a few times in a row, and then hardly ever again. */
const MAX_OPEN_BYTES = 128 * 1024 * 1024

/** The objects of a memory bucket, compressed when they have not been used for a while: a ledger's documents repeat themselves. */
export class PackedObjects extends Map<string, Entry> implements ObjectStore {
  readonly #open: OpenEntries

  constructor(maxOpenBytes = MAX_OPEN_BYTES) {
    super()
    this.#open = new OpenEntries(maxOpenBytes)
  }

  override set(name: string, { object, data }: { readonly object: StoredObject; readonly data: Uint8Array }): this {
    this.delete(name)
    return super.set(name, new Entry(object, data, this.#open))
  }

  override delete(name: string): boolean {
    const entry = super.get(name)
    if (entry) this.#open.remove(entry)
    return super.delete(name)
  }
}

/** The fastest level, and smaller chunks than by default, because every call allocates them anew. */
const FAST = { chunkSize: 16 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } }

class Entry {
  readonly object: StoredObject
  readonly #open: OpenEntries
  #bytes: Uint8Array | undefined
  #packed: Uint8Array | undefined

  constructor(object: StoredObject, data: Uint8Array, open: OpenEntries) {
    this.object = object
    this.#open = open
    // Exactly the bytes: a part of a larger buffer would keep all of it.
    this.#bytes = new Uint8Array(data)
    if (data.length >= MIN_PACKED_BYTES) open.use(this)
  }

  get data(): Uint8Array {
    this.#bytes ??= zstdDecompressSync(this.#packed!, { chunkSize: this.object.bytes })
    if (this.object.bytes >= MIN_PACKED_BYTES) this.#open.use(this)
    return this.#bytes
  }

  pack(): void {
    this.#packed ??= new Uint8Array(zstdCompressSync(this.#bytes!, FAST))
    this.#bytes = undefined
  }
}

/** The entries that are unpacked, the one that was used longest ago first. */
class OpenEntries {
  readonly #entries = new Set<Entry>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  use(entry: Entry): void {
    this.remove(entry)
    this.#entries.add(entry)
    this.#bytes += entry.object.bytes
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#maxBytes || oldest === entry) return
      this.remove(oldest)
      oldest.pack()
    }
  }

  remove(entry: Entry): void {
    if (this.#entries.delete(entry)) this.#bytes -= entry.object.bytes
  }
}
