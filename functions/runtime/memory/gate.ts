import { type Clock, systemClock } from '../deadline.ts'
import type { Log } from '../log/log.ts'

/** One item in work. It is finished once, however it ended; a second call does nothing. */
export interface ItemSlot extends Disposable {
  finish(): void
}

export interface MemoryGate {
  /** Items in work. */
  readonly running: number
  /** Items that wait to start. */
  readonly waiting: number
  /**
   * Resolves when the next item may start, in the order of the calls: `using slot = await gate.waitToStart(…)`. While no item
   * is in work, one may always start, however little memory there is: so work proceeds at least one by one. Rejects with the
   * signal's reason if that is aborted first.
   */
  waitToStart(options?: { readonly signal?: AbortSignal | undefined; readonly log?: Log }): Promise<ItemSlot>
}

/** Returns why no further item may start, or undefined if one may. `running`: the number of items in work, never 0. */
export type Objection = (running: number) => { readonly reason: string; readonly [field: string]: unknown } | undefined

export interface GateOptions {
  readonly objection: Objection
  /** Tries to free memory; called before an item is made to wait, and now and then while one waits. */
  readonly reclaim?: () => void
  readonly clock?: Clock
  readonly recheckMs?: number
  readonly reclaimEveryMs?: number
}

interface Waiter {
  readonly start: () => void
  readonly log: Log | undefined
  sinceMs: number | undefined
}

/**
 * A gate that checks memory whenever an item asks to start or finishes, and a few times a second while one waits. The
 * timer does not keep the process alive. Without waiting items there is no timer and no listener.
 */
export function createMemoryGate(options: GateOptions): MemoryGate {
  return new Gate(options)
}

class Gate implements MemoryGate {
  readonly #options: GateOptions
  readonly #clock: Clock
  readonly #queue: Waiter[] = []
  #running = 0
  #timer: unknown
  #reclaimedAtMs = -Infinity

  constructor(options: GateOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#queue.length
  }

  waitToStart({ signal, log }: Parameters<MemoryGate['waitToStart']>[0] = {}): Promise<ItemSlot> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1)
        this.#startWaiting()
        reject(signal?.reason)
      }
      const start = () => {
        signal?.removeEventListener('abort', onAbort)
        if (waiter.sinceMs !== undefined) logEndOfWait(waiter, this.#clock)
        resolve(this.#newSlot())
      }
      const waiter: Waiter = { start, log, sinceMs: undefined }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(waiter)
      this.#startWaiting()
    })
  }

  #startWaiting(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#queue.length > 0) {
      const found = this.#objection()
      if (found !== undefined) {
        for (const waiter of this.#queue) holdBack(waiter, found, this.#running, this.#clock)
        this.#timer = this.#clock.setTimeout(() => this.#startWaiting(), this.#options.recheckMs ?? 200)
        unref(this.#timer)
        return
      }
      this.#running += 1
      this.#queue.shift()!.start()
    }
  }

  #objection(): ReturnType<Objection> {
    const { objection, reclaim, reclaimEveryMs = 2_000 } = this.#options
    const found = this.#running === 0 ? undefined : objection(this.#running)
    const nowMs = this.#clock.now()
    if (found === undefined || reclaim === undefined || nowMs - this.#reclaimedAtMs < reclaimEveryMs) return found
    this.#reclaimedAtMs = nowMs
    reclaim()
    return objection(this.#running)
  }

  #newSlot(): ItemSlot {
    let finished = false
    const finish = () => {
      if (finished) return
      finished = true
      this.#running -= 1
      this.#startWaiting()
    }
    return { finish, [Symbol.dispose]: finish }
  }
}

/** Logs why an item waits, once per wait. */
function holdBack(waiter: Waiter, found: NonNullable<ReturnType<Objection>>, running: number, clock: Clock): void {
  if (waiter.sinceMs !== undefined) return
  waiter.sinceMs = clock.now()
  const { reason, ...figures } = found
  waiter.log?.info(`the next item waits until one in work is finished: ${reason}`, {
    event: 'memory_wait',
    reason,
    runningItems: running,
    ...figures,
  })
}

function logEndOfWait(waiter: Waiter, clock: Clock): void {
  const waitedMs = clock.now() - waiter.sinceMs!
  waiter.log?.debug(`the item starts after ${waitedMs} ms of waiting for memory`, {
    event: 'memory_wait_over',
    waitedMs,
  })
}

function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
}
