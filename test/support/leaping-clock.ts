import type { Clock } from '../../functions/runtime/deadline.ts'

/** Time that passes only by being waited for: every timer fires at once, and the clock then shows its time. */
export function leapingClock(startMs = 0): Clock & { readonly waitsMs: number[] } {
  let nowMs = startMs
  const waitsMs: number[] = []
  return {
    waitsMs,
    now: () => nowMs,
    setTimeout(callback, ms) {
      waitsMs.push(ms)
      nowMs += ms
      queueMicrotask(callback)
      return undefined
    },
    clearTimeout() {},
  }
}
