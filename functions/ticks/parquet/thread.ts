import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Kernel } from '../kernel.ts'
import { type ColumnType, type Extent, extentsOf, type Layout, type Sizes } from '../layout.ts'
import type { GroupWriter, Sink } from './writer.ts'

export type ToThread =
  /** What the groups are laid out for, once before all else. */
  | { readonly kind: 'layout'; readonly columns: readonly ColumnType[]; readonly sizes: Sizes }
  /** The group stands in the thread's memory. */
  | { readonly kind: 'group'; readonly rows: number; readonly sorted: boolean }
  | {
      readonly kind: 'finish'
      readonly columns: readonly ColumnType[]
      readonly keyValues: Readonly<Record<string, string>>
    }
  /** The last chunk has been written. */
  | { readonly kind: 'written' }

export type FromThread =
  /** There is room for a group in the thread's memory: laid out alike, so what has an address here has the same there. */
  | { readonly kind: 'room'; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'finished'; readonly parquetBytes: number }

/** The least memory that the thread's JavaScript works in; its kernel and buffers lie outside. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 }

/**
 * A ParquetWriter in a thread of its own: a row group is encoded and compressed while the next one is parsed. Memory:
 * the thread's own and its kernel. `close` ends it on every path out.
 */
export class ParquetThread implements GroupWriter {
  private readonly kernel: Kernel
  private readonly sink: Sink
  private readonly sizes: Sizes
  private readonly worker: Worker
  private failure: { readonly error: unknown } | undefined
  private hasLayout = false
  private room = Promise.withResolvers<SharedArrayBuffer>()
  private writing: Promise<void> = Promise.resolve()
  private readonly finished = Promise.withResolvers<number>()

  constructor(kernel: Kernel, sink: Sink, sizes: Sizes) {
    this.kernel = kernel
    this.sink = sink
    this.sizes = sizes
    // Whoever waits next sees the failure; until then it must not count as unhandled.
    this.room.promise.catch(() => {})
    this.finished.promise.catch(() => {})
    const entry = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url)
    this.worker = new Worker(entry, { resourceLimits: RESOURCE_LIMITS })
    this.worker.on('message', message => this.receive(message as FromThread))
    this.worker.on('error', error => this.fail(error))
    this.worker.on('exit', code => this.fail(new Error(`the Parquet thread ended with ${code}`)))
  }

  async write(layout: Layout, rows: number, sorted: boolean): Promise<void> {
    if (!this.hasLayout) this.sendLayout(layout)
    const memory = await this.takeRoom()
    copy(extentsOf(this.kernel, layout, rows), this.kernel.memory.buffer, memory)
    this.room = Promise.withResolvers()
    this.room.promise.catch(() => {})
    this.send({ kind: 'group', rows, sorted })
  }

  async finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number> {
    await this.takeRoom()
    this.send({ kind: 'finish', columns, keyValues })
    return this.finished.promise
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private sendLayout(layout: Layout): void {
    const columns = layout.columns.map(({ name, kind }) => ({ name, kind }))
    this.send({ kind: 'layout', columns, sizes: this.sizes })
    this.hasLayout = true
  }

  /** Waits until the last group is encoded; throws what has gone wrong so far. */
  private async takeRoom(): Promise<SharedArrayBuffer> {
    const memory = await this.room.promise
    if (this.failure) throw this.failure.error
    return memory
  }

  private receive(message: FromThread): void {
    if (message.kind === 'room') this.room.resolve(message.memory)
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
    this.room.reject(error)
    this.finished.reject(error)
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message)
  }
}

function copy(extents: readonly Extent[], from: SharedArrayBuffer, to: SharedArrayBuffer): void {
  const source = new Uint8Array(from)
  const target = new Uint8Array(to)
  for (const { address, bytes } of extents) target.set(source.subarray(address, address + bytes), address)
}
