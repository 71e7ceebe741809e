import { freeBuffer } from '../runtime/memory/free-buffer.ts'
import type { ObjectWriter, WriteOutcome } from './bucket.ts'
import { crc32c } from './crc32c.ts'
import { byteLength, type GcsApi } from './gcs-api.ts'
import { cancelSession, openSession, type Session, sendChunk } from './gcs-resumable.ts'
import { type Content, insertWhole, readBack, settle, type Upload } from './gcs-write.ts'

/**
 * Writes one object in chunks, one being sent while the next one fills. An object that fits into one chunk goes in one
 * request.
 *
 * Memory: at most two chunks and the caller's last write; `write` resolves when no more than that is held.
 */
export class GcsWriter implements ObjectWriter {
  readonly #api: GcsApi
  readonly #chunkBytes: number
  readonly #upload: Upload
  readonly #freesChunks: boolean
  readonly #stop = new AbortController()
  readonly #unlink: () => void
  #pieces: Uint8Array[] = []
  #piecesBytes = 0
  #startBytes = 0
  #crc = 0
  #session: Session | undefined
  #sending: Promise<void> | undefined
  #state: 'open' | 'refused' | 'failed' | 'ended' = 'open'
  #failure: unknown

  constructor(api: GcsApi, chunkBytes: number, upload: Upload, freesChunks: boolean) {
    this.#api = api
    this.#chunkBytes = chunkBytes
    this.#freesChunks = freesChunks
    this.#upload = { ...upload, signal: this.#stop.signal }
    const { signal } = upload
    const forward = (): void => this.#stop.abort(signal?.reason)
    if (signal?.aborted) forward()
    signal?.addEventListener('abort', forward, { once: true })
    this.#unlink = () => signal?.removeEventListener('abort', forward)
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#check()
    this.#crc = crc32c(chunk, this.#crc)
    this.#pieces.push(chunk)
    this.#piecesBytes += chunk.length
    // More than a chunk, because the last chunk states the object's length and must not be empty.
    while (this.#piecesBytes > this.#chunkBytes) {
      await this.#sending
      this.#check()
      this.#sending = this.#send(this.#take(this.#chunkBytes))
    }
  }

  async commit(): Promise<WriteOutcome> {
    this.#check()
    await this.#sending
    this.#check()
    try {
      return await this.#finish({ bytes: this.#startBytes + this.#piecesBytes, crc: this.#crc })
    } catch (error) {
      throw this.#fail(error)
    } finally {
      this.#unlink()
      this.#pieces = []
      if (this.#state !== 'failed') this.#state = 'ended'
    }
  }

  async abort(): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#unlink()
    this.#stop.abort()
    this.#pieces = []
    await this.#sending
    if (this.#session) await cancelSession(this.#api, this.#upload, this.#session)
  }

  #check(): void {
    if (this.#state === 'failed') throw this.#failure
    if (this.#state === 'ended') throw new Error(`${this.#upload.name}: written to after commit or abort`)
    this.#stop.signal.throwIfAborted()
  }

  #fail(error: unknown): unknown {
    if (this.#state === 'open' || this.#state === 'refused') this.#state = 'failed'
    this.#failure = error
    this.#pieces = []
    this.#unlink()
    return error
  }

  /** Sends a chunk that is not the last. Never rejects: the next call throws the error. */
  async #send(pieces: Uint8Array[]): Promise<void> {
    const start = this.#startBytes
    const end = start + byteLength(pieces)
    this.#startBytes = end
    if (this.#state === 'refused') return
    try {
      this.#session ??= await openSession(this.#api, this.#upload)
      const response =
        this.#session && (await sendChunk(this.#api, this.#upload, this.#session, { pieces, start, end }))
      if (this.#session && !response) {
        // The bucket has them, so nothing reads them any more.
        if (this.#freesChunks) for (const piece of pieces) freeBuffer(piece)
        return
      }
      if (response && response.status !== 412) throw this.#lost(response.status)
      // Another writer was first. Whether it wrote the same content is known at the end.
      if (this.#state === 'open') this.#state = 'refused'
    } catch (error) {
      this.#fail(error)
    }
  }

  async #finish(content: Content): Promise<WriteOutcome> {
    if (this.#state === 'refused') return readBack(this.#api, this.#upload, content)
    if (!this.#session) return insertWhole(this.#api, this.#upload, this.#pieces, content)
    const chunk = { pieces: this.#pieces, start: this.#startBytes, end: content.bytes, last: content }
    const response = await sendChunk(this.#api, this.#upload, this.#session, chunk)
    if (response && response.status < 300) return settle(this.#api, this.#upload, this.#request(), response, content)
    const found = await readBack(this.#api, this.#upload, content)
    // The session is gone and the object is not there: the write did not happen, and no other writer is known.
    if (found.outcome === 'conflict' && response?.status !== 412) throw this.#lost(response?.status)
    return found
  }

  #request() {
    return { operation: 'upload', object: this.#upload.name, method: 'PUT', path: this.#session?.uri ?? '' } as const
  }

  #lost(status: number | undefined): Error {
    const what = `the upload's session ended with ${status} after ${this.#startBytes} bytes; send the object again`
    return this.#api.error(this.#request(), what, 'SESSION_LOST', true)
  }

  #take(bytes: number): Uint8Array[] {
    const taken: Uint8Array[] = []
    let left = bytes
    while (left > 0) {
      const piece = this.#pieces.shift()!
      taken.push(piece.subarray(0, left))
      if (piece.length > left) this.#pieces.unshift(piece.subarray(left))
      left -= Math.min(left, piece.length)
    }
    this.#piecesBytes -= bytes
    return taken
  }
}
