import { type Clock, systemClock } from '../../functions/runtime/deadline.ts'

export interface HurryingClock extends Clock {
  /** Lets this much time pass at once: whatever was to end by then ends. */
  advance(ms: number): void
}

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/**
 * The real time, for tests over real servers, without the waits: waits up to `passMs` (backoffs, Retry-After) are over
 * in the next turn. Longer ones (deadlines) end when the test says so.
 */
export function hurryingClock(passMs = 100_000): HurryingClock {
  const timers = new Set<Timer>()
  let aheadMs = 0
  const now = () => systemClock.now() + aheadMs
  const fire = (timer: Timer) => {
    if (timers.delete(timer)) timer.callback()
  }
  return {
    now,
    setTimeout(callback, ms) {
      const timer = { atMs: now() + ms, callback }
      timers.add(timer)
      if (ms <= passMs) setImmediate(fire, timer)
      return timer
    },
    clearTimeout: timer => void timers.delete(timer as Timer),
    advance(ms) {
      aheadMs += ms
      for (const timer of [...timers]) if (timer.atMs <= now()) fire(timer)
    },
  }
}
