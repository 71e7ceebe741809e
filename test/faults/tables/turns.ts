import type { Clock } from '../../../functions/runtime/deadline.ts'
import type { Bucket } from '../../../functions/storage/bucket.ts'
import type { Chance } from '../model/chance.ts'

/** Where somebody stands: before an operation on the bucket, or in a delay. */
interface Point {
  readonly worker: Worker
  go(): void
}

/** One process. Dead, it never goes on. */
export interface Worker {
  readonly name: string
  isDead: boolean
  /** It does not go on before this step, unless nobody else does. */
  sleepsUntil: number
}

/** Lets workers go on one operation at a time, in an order that chance decides. */
export class Turns {
  readonly #points = new Set<Point>()

  /** The bucket of a worker: each operation waits for its turn. A list is one operation. */
  bucketOf(worker: Worker, bucket: Bucket): Bucket {
    const turn = () => this.#wait(worker)
    const all = async <T>(source: AsyncIterable<T>) => {
      const values: T[] = []
      for await (const value of source) values.push(value)
      return values
    }
    return {
      url: bucket.url,
      stat: async (...args) => turn().then(() => bucket.stat(...args)),
      read: async (...args) => turn().then(() => bucket.read(...args)),
      readRange: async (...args) => turn().then(() => bucket.readRange(...args)),
      readBeginning: async (...args) => turn().then(() => bucket.readBeginning(...args)),
      write: async (...args) => turn().then(() => bucket.write(...args)),
      copy: async (...args) => turn().then(() => bucket.copy(...args)),
      remove: async (...args) => turn().then(() => bucket.remove(...args)),
      async *list(...args) {
        await turn()
        yield* await all(bucket.list(...args))
      },
      async *listFolders(...args) {
        await turn()
        yield* await all(bucket.listFolders(...args))
      },
      createWriter: (...args) => bucket.createWriter(...args),
    }
  }

  clockOf(worker: Worker, now: () => number): Clock {
    return {
      now,
      setTimeout: callback => {
        const point: Point = {
          worker,
          go: () => {
            this.#points.delete(point)
            callback()
          },
        }
        if (!worker.isDead) this.#points.add(point)
        return point
      },
      clearTimeout: timer => void this.#points.delete(timer as Point),
    }
  }

  /** Lets one worker go on. @returns false where nobody waits */
  async step(chance: Chance, step: number): Promise<boolean> {
    // What the last step set off runs until it waits again: nothing in it waits for anything else.
    await new Promise(setImmediate)
    if (this.#points.size === 0) return false
    const awake = [...this.#points].filter(({ worker }) => worker.sleepsUntil <= step)
    chance.pick(awake.length > 0 ? awake : [...this.#points]).go()
    return true
  }

  kill(worker: Worker): void {
    worker.isDead = true
    for (const point of [...this.#points]) if (point.worker === worker) this.#points.delete(point)
  }

  #wait(worker: Worker): Promise<void> {
    return new Promise(resolve => {
      if (worker.isDead) return
      const point: Point = {
        worker,
        go: () => {
          this.#points.delete(point)
          resolve()
        },
      }
      this.#points.add(point)
    })
  }
}
