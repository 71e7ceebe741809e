import type { Clock } from '../../functions/runtime/deadline.ts'

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/**
 * A clock that stands still, save that short waits (backoffs) pass by themselves, one after the other. Longer ones
 * (deadlines) pass when the test says so.
 */
export class TestClock implements Clock {
  #nowMs = Date.parse('2024-08-10T12:00:00Z')
  readonly timers = new Set<Timer>()
  /** Lengths of the waits begun, short ones only. */
  readonly waitsMs: number[] = []
  readonly #passMs: number

  constructor(passMs = 10_000) {
    this.#passMs = passMs
  }

  now(): number {
    return this.#nowMs
  }

  setTimeout(callback: () => void, ms: number): unknown {
    const timer = { atMs: this.#nowMs + ms, callback }
    this.timers.add(timer)
    if (ms > this.#passMs) return timer
    this.waitsMs.push(ms)
    setImmediate(() => {
      if (this.timers.has(timer)) this.advance(Math.max(0, timer.atMs - this.#nowMs))
    })
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as Timer)
  }

  advance(ms: number): void {
    this.#nowMs += ms
    for (const timer of [...this.timers]) {
      if (timer.atMs > this.#nowMs) continue
      this.timers.delete(timer)
      timer.callback()
    }
  }
}
