import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DatasetName, GroupWriter, RowFacts } from '../checked-writer.ts'
import type { Memory } from '../kernel.ts'
import type { ColumnType, GroupRows } from '../layout.ts'
import type { Sink } from './writer.ts'

export type ToThread =
  /** The memory of all row groups. Sent once, before the first; the memory does not grow after that. */
  | { readonly kind: 'memory'; readonly memory: Memory; readonly dataset: DatasetName }
  | { readonly kind: 'group'; readonly group: GroupRows }
  | { readonly kind: 'facts' }
  | {
      readonly kind: 'finish'
      readonly columns: readonly ColumnType[]
      readonly keyValues: Readonly<Record<string, string>>
    }
  /** The sink has written the last chunk. */
  | { readonly kind: 'written' }

export type FromThread =
  /** The last row group is checked and encoded: its place is free. */
  | { readonly kind: 'encoded' }
  | { readonly kind: 'facts'; readonly facts: RowFacts }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'finished'; readonly parquetBytes: number }

/** The heap of the thread's JavaScript; the kernel's memory and buffers are outside it. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 }

/**
 * A CheckedWriter in a second thread. The thread checks, encodes and compresses a row group in place, while the main thread parses
 * the next one into another place of the same memory. The caller must `close` it in any case; until then the memory is in use.
 */
export class ParquetThread implements GroupWriter {
  private readonly memory: Memory
  private readonly dataset: DatasetName
  private readonly sink: Sink
  private readonly worker: Worker
  private hasMemory = false
  private failure: { readonly error: unknown } | undefined
  /** The row groups that are not encoded yet: two at most. */
  private readonly groups: PromiseWithResolvers<void>[] = []
  private writing: Promise<void> = Promise.resolve()
  private readonly found = Promise.withResolvers<RowFacts>()
  private readonly finished = Promise.withResolvers<number>()

  constructor(memory: Memory, sink: Sink, dataset: DatasetName) {
    this.memory = memory
    this.dataset = dataset
    this.sink = sink
    // The next caller gets the error; until then it must not count as an unhandled rejection.
    for (const { promise } of [this.found, this.finished]) promise.catch(() => {})
    const entry = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url)
    this.worker = new Worker(entry, { resourceLimits: RESOURCE_LIMITS })
    this.worker.on('message', message => this.receive(message as FromThread))
    this.worker.on('error', error => this.fail(error))
    this.worker.on('exit', code => this.fail(new Error(`the Parquet thread ended with ${code}`)))
  }

  /** Resolves when the previous row group is encoded, so that its place can be filled again. */
  async write({ layout, rows }: GroupRows): Promise<void> {
    const before = this.groups.at(-1)
    const encoded = Promise.withResolvers<void>()
    encoded.promise.catch(() => {})
    this.groups.push(encoded)
    if (!this.hasMemory) this.send({ kind: 'memory', memory: this.memory, dataset: this.dataset })
    this.hasMemory = true
    this.send({ kind: 'group', group: { layout, rows } })
    await before?.promise
    if (this.failure) throw this.failure.error
  }

  async facts(): Promise<RowFacts> {
    this.send({ kind: 'facts' })
    return this.found.promise
  }

  async finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number> {
    this.send({ kind: 'finish', columns, keyValues })
    return this.finished.promise
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private receive(message: FromThread): void {
    if (message.kind === 'encoded') this.groups.shift()!.resolve()
    else if (message.kind === 'facts') this.found.resolve(message.facts)
    else if (message.kind === 'finished')
      this.writing = this.writing.then(() => this.finished.resolve(message.parquetBytes))
    else this.writing = this.writing.then(() => this.writeChunk(message.bytes))
  }

  /** Chunks reach the sink one after the other; after an error, none does. */
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
    for (const group of this.groups) group.reject(error)
    this.found.reject(error)
    this.finished.reject(error)
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message)
  }
}
