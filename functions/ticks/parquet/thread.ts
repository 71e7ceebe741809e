import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Kernel } from '../kernel.ts'
import { type ColumnType, type Extent, extentsOf, type Layout, type Sizes } from '../layout.ts'
import type { GroupWriter, Sink } from './writer.ts'

/** What the thread is given when it starts. */
export interface ThreadStart {
  readonly columns: readonly ColumnType[]
  readonly sizes: Sizes
}

export type ToThread =
  | {
      readonly kind: 'group'
      readonly rows: number
      readonly sorted: boolean
      /** Where the group's parts belong; they stand one after the other in `staging`. */
      readonly extents: readonly Extent[]
      readonly staging: SharedArrayBuffer
    }
  | {
      readonly kind: 'finish'
      readonly columns: readonly ColumnType[]
      readonly keyValues: Readonly<Record<string, string>>
    }
  /** The last chunk has been written. */
  | { readonly kind: 'written' }

export type FromThread =
  /** The group has been copied, so `staging` is free. */
  | { readonly kind: 'copied' }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'finished'; readonly parquetBytes: number }

/** The least memory that the thread's JavaScript works in; its kernel and buffers lie outside. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 }
const MEBIBYTE = 1 << 20

/**
 * A ParquetWriter in a thread of its own: a row group is encoded and compressed while the next one is parsed. Memory:
 * one row group to hand over, the thread's own, and its kernel. `close` ends it on every path out.
 */
export class ParquetThread implements GroupWriter {
  private readonly kernel: Kernel
  private readonly sink: Sink
  private readonly worker: Worker
  private failure: { readonly error: unknown } | undefined
  private staging = new SharedArrayBuffer(MEBIBYTE)
  private copied = Promise.withResolvers<void>()
  private writing: Promise<void> = Promise.resolve()
  private readonly finished = Promise.withResolvers<number>()

  constructor(kernel: Kernel, sink: Sink, start: ThreadStart) {
    this.kernel = kernel
    this.sink = sink
    this.copied.resolve()
    // Whoever waits next sees the failure; until then it must not count as unhandled.
    this.finished.promise.catch(() => {})
    const entry = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url)
    this.worker = new Worker(entry, { workerData: start, resourceLimits: RESOURCE_LIMITS })
    this.worker.on('message', message => this.receive(message as FromThread))
    this.worker.on('error', error => this.fail(error))
    this.worker.on('exit', code => this.fail(new Error(`the Parquet thread ended with ${code}`)))
  }

  async write(layout: Layout, rows: number, sorted: boolean): Promise<void> {
    await this.ready()
    const extents = extentsOf(this.kernel, layout, rows)
    this.copyOut(extents)
    this.copied = Promise.withResolvers()
    this.copied.promise.catch(() => {})
    this.send({ kind: 'group', rows, sorted, extents, staging: this.staging })
  }

  async finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number> {
    await this.ready()
    this.send({ kind: 'finish', columns, keyValues })
    return this.finished.promise
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  /** Until the thread takes the next message; throws what has gone wrong so far. */
  private async ready(): Promise<void> {
    await this.copied.promise
    if (this.failure) throw this.failure.error
  }

  private copyOut(extents: readonly Extent[]): void {
    const bytes = extents.reduce((sum, extent) => sum + extent.bytes, 0)
    if (bytes > this.staging.byteLength)
      this.staging = new SharedArrayBuffer(Math.ceil((bytes * 1.1) / MEBIBYTE) * MEBIBYTE)
    const from = new Uint8Array(this.kernel.memory.buffer)
    const to = new Uint8Array(this.staging)
    let at = 0
    for (const extent of extents) {
      to.set(from.subarray(extent.address, extent.address + extent.bytes), at)
      at += extent.bytes
    }
  }

  private receive(message: FromThread): void {
    if (message.kind === 'copied') this.copied.resolve()
    else if (message.kind === 'finished')
      this.writing = this.writing.then(() => this.finished.resolve(message.parquetBytes))
    else this.writing = this.writing.then(() => this.writeChunk(message.bytes))
  }

  /** Chunks reach the sink one after the other; after a failure, none does. */
  private async writeChunk(bytes: Uint8Array): Promise<void> {
    if (this.failure) return
    try {
      await this.sink.write(bytes)
      this.send({ kind: 'written' })
    } catch (error) {
      this.fail(error)
    }
  }

  private fail(error: unknown): void {
    this.failure ??= { error }
    this.copied.reject(error)
    this.finished.reject(error)
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message)
  }
}
