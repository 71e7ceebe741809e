import { zstdDecompressSync } from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
} from 'hyparquet'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'

/** Enough for nearly every footer. */
const TAIL_BYTES = 64 * 1024

/** Our files are compressed with ZSTD. */
export const COMPRESSORS: Compressors = {
  ZSTD: (input, outputLength) => zstdDecompressSync(input, { maxOutputLength: outputLength }),
}
/** Times stay microseconds: a Date would cut them to milliseconds. */
export const PARSERS: Partial<ParquetParsers> = { timestampFromMicroseconds: (micros: bigint) => micros }

/** An object was replaced or removed while it was read. */
export class ObjectGoneError extends Error {
  override readonly name = 'ObjectGoneError'
}

/** A generation of an object as a file for the Parquet reader. Its end is read once. Memory: the end and what is asked for. */
export class ObjectFile implements AsyncBuffer {
  readonly byteLength: number
  readonly #bucket: Pick<Bucket, 'readRange'>
  readonly #object: StoredObject
  readonly #signal: AbortSignal | undefined
  #tail: Promise<Uint8Array> | undefined
  /** True once the bucket failed: then nothing is known of the file. */
  hasFailed = false

  constructor(bucket: Pick<Bucket, 'readRange'>, object: StoredObject, signal?: AbortSignal) {
    this.#bucket = bucket
    this.#object = object
    this.#signal = signal
    this.byteLength = object.bytes
  }

  /** @throws ObjectGoneError where the generation is gone */
  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const tailStart = Math.max(0, this.byteLength - TAIL_BYTES)
    if (start < tailStart) return copyOf(await this.read(start, end))
    this.#tail ??= this.read(tailStart, this.byteLength)
    return copyOf((await this.#tail).subarray(start - tailStart, end - tailStart))
  }

  /** @throws ObjectGoneError where the generation is gone */
  async read(start: number, end: number): Promise<Uint8Array> {
    const data = await this.#readRange(start, end)
    if (data?.length !== end - start) throw new ObjectGoneError(`${this.#object.name} changed while it was read`)
    return data
  }

  async #readRange(start: number, end: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#bucket.readRange(this.#object, start, end, this.#signal)
    } catch (error) {
      this.hasFailed = true
      throw error
    }
  }

  /** @throws Error where this is no Parquet file */
  async metadata(): Promise<FileMetaData> {
    return await parquetMetadataAsync(this, { parsers: PARSERS, initialFetchSize: TAIL_BYTES })
  }
}

/** The reader wants an ArrayBuffer of its own. */
function copyOf(data: Uint8Array): ArrayBuffer {
  return Uint8Array.from(data).buffer
}
