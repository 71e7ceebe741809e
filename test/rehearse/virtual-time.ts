import type { Clock } from '../../functions/runtime/deadline.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  callback: (() => void) | undefined
}

/** A clock that jumps from one timer to the next. Whatever the pipeline waits for is a timer of it. */
export class VirtualTime implements Clock {
  #nowMs: number
  #order = 0
  /** A binary heap: the earliest timer first, and of equal ones the one that was set first. */
  readonly #heap: Timer[] = []

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  readonly now = (): number => this.#nowMs

  readonly setTimeout = (callback: () => void, ms: number): Timer => {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), order: ++this.#order, callback }
    this.#push(timer)
    return timer
  }

  readonly clearTimeout = (timer: unknown): void => {
    if (timer) (timer as Timer).callback = undefined
  }

  wait(ms: number): Promise<void> {
    return new Promise(resolve => this.setTimeout(resolve, ms))
  }

  /** Lets timers end one after the other until `isOver` says so, or until there are none. */
  async run(isOver: () => boolean): Promise<void> {
    await settled()
    for (let steps = 1; !isOver(); steps++) {
      const timer = this.#pop()
      if (timer === undefined) return
      if (timer.callback === undefined) continue
      this.#nowMs = timer.atMs
      timer.callback()
      await (steps % STEPS_PER_TURN === 0 ? turn() : settled())
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent]!, timer)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = timer
  }

  #pop(): Timer | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) this.#sink(last)
    return first
  }

  /** Puts a timer into the empty place at the top, and moves it down. */
  #sink(timer: Timer): void {
    const heap = this.#heap
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (isBefore(timer, heap[child]!)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = timer
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** So often what is outside of the rehearsal gets its turn: signals, and the timer that prints progress. */
const STEPS_PER_TURN = 1_000

/** What follows from a timer happens in microtasks. Node calls back when there are none left. */
function settled(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve))
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
