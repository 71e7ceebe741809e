import type { PublishOptions } from '../../../functions/pubsub/publisher.ts'
import type { Clock } from '../../../functions/runtime/deadline.ts'
import type { Bucket, ObjectWriter, StoredObject, WriteOutcome } from '../../../functions/storage/bucket.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'

/** Something that an instance waits for: it happens, fails, or is never heard of because the instance dies. */
export interface Point {
  readonly instance: Instance
  /** `deadline`: a timer that is not meant to end. */
  readonly kind: 'operation' | 'publish' | 'wait' | 'deadline'
  happen(): void
  fail?(error: Error): void
  die(): void
}

/** What an instance shares with all the others. */
export interface Shared {
  readonly bucket: Bucket
  readonly points: Set<Point>
  /** The time when the instance begins. */
  readonly nowMs: number
  /** Called when an object has become visible. */
  written(object: StoredObject, data: Uint8Array): void
  /** Called when a topic takes a message. */
  published(topic: string, message: object): void
}

export class Dead extends Error {
  override readonly name = 'Dead'
}

const DEADLINE_MS = 15_000

/**
 * One function instance at work on one delivery. Whatever it does outside itself waits to be chosen first, and can fail
 * before or after it has taken effect; once it is dead nothing of it takes effect any more.
 */
export class Instance {
  readonly #around: Shared
  readonly #stop = new AbortController()
  #nowMs: number
  #dead = false

  constructor(around: Shared) {
    this.#around = around
    this.#nowMs = around.nowMs
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** As SIGTERM does. */
  stop(): void {
    this.#stop.abort(new Error('the instance is being stopped'))
  }

  /** As SIGKILL does. */
  kill(): void {
    this.#dead = true
    for (const point of [...this.#around.points]) if (point.instance === this) point.die()
  }

  readonly clock: Clock = {
    now: () => this.#nowMs,
    setTimeout: (callback, ms) => {
      const atMs = this.#nowMs + ms
      const { points } = this.#around
      const point: Point = {
        instance: this,
        kind: ms < DEADLINE_MS ? 'wait' : 'deadline',
        happen: () => {
          points.delete(point)
          this.#nowMs = Math.max(this.#nowMs, atMs)
          callback()
        },
        die: () => void points.delete(point),
      }
      if (!this.#dead) points.add(point)
      return point
    },
    clearTimeout: timer => void this.#around.points.delete(timer as Point),
  }

  readonly publisher = {
    publish: async (topic: string, message: object, { signal }: PublishOptions = {}) => {
      await this.#turn('publish', signal)
      this.#around.published(topic, message)
      await this.#turn('publish', signal)
      return ''
    },
    publishMany: async (
      topic: string,
      messages: Iterable<object> | AsyncIterable<object>,
      options: PublishOptions = {},
    ) => {
      let count = 0
      for await (const message of messages) {
        await this.publisher.publish(topic, message, options)
        count += 1
      }
      return count
    },
  }

  get bucket(): Bucket {
    const { bucket } = this.#around
    return {
      url: bucket.url,
      stat: async (name, signal) => {
        await this.#turn('operation', signal)
        return bucket.stat(name, signal)
      },
      read: async (name, signal) => {
        await this.#turn('operation', signal)
        return bucket.read(name, signal)
      },
      readRange: async (object, start, end, signal) => {
        await this.#turn('operation', signal)
        return bucket.readRange(object, start, end, signal)
      },
      readBeginning: async (name, bytes, signal) => {
        await this.#turn('operation', signal)
        return bucket.readBeginning(name, bytes, signal)
      },
      list: (prefix, signal, range) => bucket.list(prefix, signal, range),
      listFolders: (folder, signal) => bucket.listFolders(folder, signal),
      write: async (name, data, expected, options) => {
        await this.#turn('operation', options.signal)
        return this.#effect(data, await bucket.write(name, data, expected, options), options.signal)
      },
      remove: async (object, signal) => {
        await this.#turn('operation', signal)
        return bucket.remove(object, signal)
      },
      copy: async (source, name, options) => {
        await this.#turn('operation', options.signal)
        return bucket.copy(source, name, options)
      },
      createWriter: (name, expected, options) => {
        const pieces: Uint8Array[] = []
        const writer = bucket.createWriter(name, expected, options)
        return {
          write: async chunk => {
            pieces.push(chunk.slice())
            await writer.write(chunk)
          },
          commit: async () => {
            await this.#turn('operation', options.signal)
            return this.#effect(Buffer.concat(pieces), await writer.commit(), options.signal)
          },
          abort: () => writer.abort(),
        } satisfies ObjectWriter
      },
    }
  }

  async #effect(data: Uint8Array, outcome: WriteOutcome, signal: AbortSignal | undefined): Promise<WriteOutcome> {
    if (outcome.outcome === 'committed') this.#around.written(outcome.object, data)
    await this.#turn('operation', signal)
    return outcome
  }

  #turn(kind: 'operation' | 'publish', signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(new Dead())
      if (signal?.aborted) return reject(signal.reason)
      const { points } = this.#around
      const over = () => {
        points.delete(point)
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        over()
        reject(signal?.reason)
      }
      const point: Point = {
        instance: this,
        kind,
        happen: () => resolve(over()),
        fail: error => reject(over() ?? error),
        die: () => reject(over() ?? new Dead()),
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      points.add(point)
    })
  }
}

/** What the adapter says when its own patience with the bucket is at its end. */
export function bucketFailure(): StorageError {
  return new StorageError('503 planted', { retryable: true, bucket: 'gs://model', operation: 'model', code: 503 })
}
