import { freeBuffer } from '../../runtime/memory/free-buffer.ts'
import type { ObjectWriter, WriteOutcome } from '../bucket.ts'
import type { StagedFile } from './staged-file.ts'

/** What a writer needs of its bucket. */
export interface WriterContext {
  readonly name: string
  readonly signal: AbortSignal | undefined
  /** True where a chunk's memory may be given back once it is written. */
  readonly freesChunks: boolean
  stage(): StagedFile
  /** Makes the content the object's. */
  commit(staged: StagedFile): Promise<WriteOutcome>
  /** Does a part of the work, and makes its errors the bucket's. */
  attempt<T>(neededBytes: number, work: () => Promise<T>): Promise<T>
}

/** A write of this size costs a tenth of what the thread pool adds to it. */
const COLLECTED_BYTES = 256 * 1024

/**
 * Writes one object into a file that is not visible before the commit. Pieces are collected, so that a small object takes
 * one write; of a large one a part is written while the next is collected.
 *
 * Memory: two times 256 KiB and the caller's last two chunks.
 */
export class FolderWriter implements ObjectWriter {
  readonly #context: WriterContext
  #staged: StagedFile | undefined
  #pieces: Uint8Array[] = []
  #heldBytes = 0
  #writing: Promise<void> | undefined
  #state: 'open' | 'failed' | 'ended' = 'open'
  #failure: unknown

  constructor(context: WriterContext) {
    this.#context = context
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#check()
    this.#pieces.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes < COLLECTED_BYTES) return
    await this.#writing
    this.#check()
    this.#writing = this.#flush(this.#take())
  }

  async commit(): Promise<WriteOutcome> {
    this.#check()
    await this.#writing
    this.#check()
    const rest = this.#take()
    const committing = this.#context.attempt(byteLength(rest), async () => {
      const staged = this.#stage()
      for (const piece of rest) staged.writeSync(piece)
      return await this.#context.commit(staged)
    })
    // An abort meanwhile waits for it.
    this.#writing = committing.then(ignore, ignore)
    try {
      const outcome = await committing
      this.#state = 'ended'
      return outcome
    } catch (error) {
      this.#fail(error)
      throw error
    } finally {
      this.#staged?.discard()
    }
  }

  async abort(): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#take()
    await this.#writing
    this.#staged?.discard()
  }

  #check(): void {
    if (this.#state === 'failed') throw this.#failure
    if (this.#state === 'ended') throw new Error(`${this.#context.name}: written to after commit or abort`)
    this.#context.signal?.throwIfAborted()
  }

  /** Writes what was collected. Never rejects: the next call throws the failure. */
  async #flush(pieces: Uint8Array[]): Promise<void> {
    try {
      const data = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
      await this.#context.attempt(data.length, () => this.#stage().write(data))
      if (this.#context.freesChunks) for (const piece of pieces) freeBuffer(piece)
    } catch (error) {
      this.#fail(error)
      // The room may be what is missing.
      this.#staged?.discard()
    }
  }

  #stage(): StagedFile {
    this.#staged ??= this.#context.stage()
    return this.#staged
  }

  #fail(error: unknown): void {
    this.#failure = error
    if (this.#state === 'open') this.#state = 'failed'
  }

  #take(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#heldBytes = 0
    return pieces
  }
}

const byteLength = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0)
const ignore = (): void => undefined
