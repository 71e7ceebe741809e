import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { StoredObject } from '../../functions/storage/bucket.ts'
import type { ObjectStore } from '../support/memory-bucket.ts'

/** From here on packing gains more than it costs. */
const MIN_PACKED_BYTES = 2_048

/** The objects of a memory bucket, compressed: a ledger's documents repeat themselves. */
export class PackedObjects extends Map<string, Packed> implements ObjectStore {
  override set(name: string, { object, data }: { readonly object: StoredObject; readonly data: Uint8Array }): this {
    return super.set(name, new Packed(object, data))
  }
}

/** Less than the default, which every call would allocate anew. */
const CHUNK = { chunkSize: 16 * 1024 }

class Packed {
  readonly object: StoredObject
  /** Exactly the bytes: a part of a larger buffer would keep all of it. */
  readonly #bytes: Uint8Array
  readonly #isPacked: boolean

  constructor(object: StoredObject, data: Uint8Array) {
    this.object = object
    this.#isPacked = data.length >= MIN_PACKED_BYTES
    this.#bytes = new Uint8Array(this.#isPacked ? zstdCompressSync(data, CHUNK) : data)
  }

  get data(): Uint8Array {
    return this.#isPacked ? zstdDecompressSync(this.#bytes, { chunkSize: this.object.bytes }) : this.#bytes
  }
}
