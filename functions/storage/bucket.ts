/**
 * A bucket as the pipeline sees it: objects that appear whole or not at all, and writes that name the generation they
 * expect to replace. Three adapters serve it: `gcs.ts`, `folder/` and the tests' in-memory one. All pass one suite.
 */

/** What is known of a stored object without reading it. */
export interface StoredObject {
  readonly name: string
  /** The object's generation: a decimal int64, kept as text. */
  readonly generation: string
  readonly bytes: number
  /** CRC32C of the content, base64 of the big-endian 4 bytes, as GCS states it. */
  readonly crc32c: string
}

/** The generation a write expects to replace; `ABSENT` means that the object must not exist yet. */
export type Generation = string
export const ABSENT: Generation = '0'

/** A conflict is a value: another write came first, and the caller decides what that means. */
export type WriteOutcome =
  | { readonly outcome: 'committed'; readonly object: StoredObject }
  | { readonly outcome: 'conflict' }

/** Which names to list, in the order of their UTF-8 bytes: from `from` (included) to `to` (excluded). */
export interface ListRange {
  readonly from?: string
  readonly to?: string
}

/** The most objects that one request lists. */
export const LIST_PAGE_OBJECTS = 1000

export type CopyOutcome =
  | WriteOutcome
  /** The generation to copy is not there any more. */
  | { readonly outcome: 'gone' }

export interface WriteOptions {
  readonly contentType: string
  readonly signal?: AbortSignal
}

export interface StreamOptions extends WriteOptions {
  /** How much is collected before it is sent, a multiple of 256 KiB. The bucket chooses by default. */
  readonly chunkBytes?: number
  /** Frees the memory of a chunk as soon as the bucket has it. False by default. */
  readonly freesChunks?: boolean
}

/** One object being written in pieces. Nothing is visible before `commit` resolves with `committed`. */
export interface ObjectWriter {
  /** Takes the chunk over (the caller must not change it); resolves when more may be written (backpressure). */
  write(chunk: Uint8Array): Promise<void>
  /** The commit point: all bytes are checked against the bucket's CRC32C before it resolves. */
  commit(): Promise<WriteOutcome>
  /** Abandons the upload; nothing becomes visible. Safe to call at any time, also twice or after a failure. */
  abort(): Promise<void>
}

export interface Bucket {
  /** For people and manifests: `gs://name`, or the local folder. */
  readonly url: string
  stat(name: string, signal?: AbortSignal): Promise<StoredObject | undefined>
  /** A whole small object (a ledger document), CRC32C checked; undefined if there is none. */
  read(name: string, signal?: AbortSignal): Promise<{ object: StoredObject; data: Uint8Array } | undefined>
  /** Bytes `start` (included) to `end` (excluded) of one generation; undefined if that generation is gone. */
  readRange(
    object: Pick<StoredObject, 'name' | 'generation'>,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined>
  /** The first bytes of an object as it is now, all of them where it is shorter; undefined if there is none. */
  readBeginning(name: string, bytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** All objects whose name begins with `prefix` and is in the range, in name order, a page at a time. */
  list(prefix: string, signal?: AbortSignal, range?: ListRange): AsyncIterable<StoredObject>
  /**
   * The folders directly below a folder, as prefixes with a slash at the end, in name order. After the last slash of
   * `folder` the beginning of the wanted names may follow. Takes one request per thousand folders, whatever they hold.
   */
  listFolders(folder: string, signal?: AbortSignal): AsyncIterable<string>
  /** A whole small object in one request, if the object still has generation `expected`. */
  write(name: string, data: Uint8Array, expected: Generation, options: WriteOptions): Promise<WriteOutcome>
  /**
   * Removes exactly this generation. An object that is not there counts as removed, so that it is safe to repeat; one that
   * has another generation stays, and is a conflict.
   */
  remove(
    object: Pick<StoredObject, 'name' | 'generation'>,
    signal?: AbortSignal,
  ): Promise<{ readonly outcome: 'removed' | 'conflict' }>
  /**
   * Makes an object with the content of exactly this generation, if there is none of that name. The bucket does it: the
   * content does not come here. The same content that is there already counts as copied, so that it is safe to repeat.
   */
  copy(source: StoredObject, name: string, options: WriteOptions): Promise<CopyOutcome>
  /** A streamed object, if at the commit the object still has generation `expected`. Memory: a few chunks. */
  createWriter(name: string, expected: Generation, options: StreamOptions): ObjectWriter
}
