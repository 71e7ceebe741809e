import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DatasetName, GroupWriter, RowFacts } from '../checked-writer.ts'
import { type Memory, whenForgotten } from '../kernel.ts'
import type { ColumnType, GroupRows } from '../layout.ts'
import type { Sink } from './writer.ts'

export type ToThread =
  /** Comes before a file's first row group, with the memory if the thread has not got it yet. It does not grow after that. */
  | { readonly kind: 'begin'; readonly memory?: Memory; readonly dataset: DatasetName }
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

/** A thread with who uses it now. Its start takes 40 ms, so it is kept with its kernel for the next file. */
class Thread {
  user: ParquetThread | undefined
  /** How large the memory was that the thread got last: another buffer after it has grown. */
  memoryBytes = 0
  hasEnded = false
  private readonly worker: Worker

  constructor() {
    const entry = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url)
    this.worker = new Worker(entry, { resourceLimits: RESOURCE_LIMITS })
    this.worker.on('message', message => this.user?.receive(message as FromThread))
    this.worker.on('error', error => this.user?.fail(error))
    this.worker.on('exit', code => {
      this.hasEnded = true
      this.user?.fail(new Error(`the Parquet thread ended with ${code}`))
    })
  }

  begin(memory: Memory, dataset: DatasetName): void {
    const { byteLength } = memory.buffer
    this.send({ kind: 'begin', dataset, ...(byteLength !== this.memoryBytes && { memory }) })
    this.memoryBytes = byteLength
  }

  send(message: ToThread): void {
    this.worker.postMessage(message)
  }

  /** While a thread waits for the next file, it does not keep the process alive. */
  hold(user: ParquetThread | undefined): void {
    this.user = user
    if (user) this.worker.ref()
    else this.worker.unref()
  }

  async stop(): Promise<void> {
    this.user = undefined
    await this.worker.terminate()
  }
}

/** The threads that wait for the next file, by the memory of their kernel. */
const idle = new WeakMap<Memory, Thread>()

function threadOf(memory: Memory): Thread {
  const kept = idle.get(memory)
  idle.delete(memory)
  return kept && !kept.hasEnded ? kept : new Thread()
}

function keep(memory: Memory, thread: Thread): void {
  thread.hold(undefined)
  idle.set(memory, thread)
  whenForgotten(memory, () => {
    if (idle.delete(memory)) void thread.stop()
  })
}

/**
 * A CheckedWriter in a second thread. The thread checks, encodes and compresses a row group in place, while the main thread
 * parses the next one into another place of the same memory. The caller must `close` it in any case; until then the memory
 * is in use. Where all went well, the thread then waits for the kernel's next file; else it ends.
 */
export class ParquetThread implements GroupWriter {
  private readonly memory: Memory
  private readonly dataset: DatasetName
  private readonly sink: Sink
  private readonly thread: Thread
  private hasBegun = false
  private isDone = false
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
    this.thread = threadOf(memory)
    this.thread.hold(this)
  }

  /** Resolves when the previous row group is encoded, so that its place can be filled again. */
  async write({ layout, rows }: GroupRows): Promise<void> {
    const before = this.groups.at(-1)
    const encoded = Promise.withResolvers<void>()
    encoded.promise.catch(() => {})
    this.groups.push(encoded)
    if (!this.hasBegun) this.thread.begin(this.memory, this.dataset)
    this.hasBegun = true
    this.thread.send({ kind: 'group', group: { layout, rows } })
    await before?.promise
    if (this.failure) throw this.failure.error
  }

  async facts(): Promise<RowFacts> {
    this.thread.send({ kind: 'facts' })
    return this.found.promise
  }

  async finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number> {
    this.thread.send({ kind: 'finish', columns, keyValues })
    return this.finished.promise
  }

  async close(): Promise<void> {
    if (this.failure || this.hasBegun !== this.isDone) await this.thread.stop()
    else keep(this.memory, this.thread)
  }

  receive(message: FromThread): void {
    if (message.kind === 'encoded') this.groups.shift()!.resolve()
    else if (message.kind === 'facts') this.found.resolve(message.facts)
    else if (message.kind === 'finished') this.writing = this.writing.then(() => this.end(message.parquetBytes))
    else this.writing = this.writing.then(() => this.writeChunk(message.bytes))
  }

  private end(parquetBytes: number): void {
    this.isDone = true
    this.finished.resolve(parquetBytes)
  }

  /** Chunks reach the sink one after the other; after an error, none does. */
  private async writeChunk(bytes: Uint8Array): Promise<void> {
    if (this.failure) return
    try {
      await this.sink.write(bytes)
      this.thread.send({ kind: 'written' })
    } catch (error) {
      this.fail(error)
    }
  }

  fail(error: unknown): void {
    this.failure ??= { error }
    for (const group of this.groups) group.reject(error)
    this.found.reject(error)
    this.finished.reject(error)
  }
}
