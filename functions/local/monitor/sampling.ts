import { setTimeout as delay } from 'node:timers/promises'

/** The first samples come this soon, so that a command of a tenth of a second has some. */
const SHORTEST_FIRST_MS = 4
const SHORTEST_MS = 20
/** CPU time that watching may take: a fixed part for its start, and a share of the elapsed time. */
const FREE_COST_MS = 300
const COST_SHARE = 0.02

/**
 * The delay before the next sample: a hundredth of the elapsed time, so that short runs have fine curves and long ones
 * cost little, and at most `intervalMs`. The delay is longer if watching has cost more than its share, as with hundreds
 * of processes.
 */
export function nextDelayMs(elapsedMs: number, intervalMs: number, ownCpuMs: number): number {
  const least = Math.min(intervalMs, elapsedMs < 100 ? SHORTEST_FIRST_MS : SHORTEST_MS)
  const usual = Math.min(intervalMs, Math.max(least, elapsedMs / 100))
  const overspentMs = ownCpuMs - FREE_COST_MS - elapsedMs * COST_SHARE
  return Math.max(usual, Math.min(overspentMs / COST_SHARE, 5 * intervalMs))
}

export interface SamplingOptions {
  readonly intervalMs: number
  readonly signal: AbortSignal
  readonly elapsedMs: () => number
  /** CPU time of this process since the beginning. */
  readonly ownCpuMs: () => number
}

/** Calls `sample` again and again until the signal is aborted, and waits for one that is under way. */
export async function keepSampling(sample: () => Promise<void>, options: SamplingOptions): Promise<void> {
  const { intervalMs, signal, elapsedMs, ownCpuMs } = options
  while (!signal.aborted) {
    await sample()
    const waitMs = nextDelayMs(elapsedMs(), intervalMs, ownCpuMs())
    await delay(waitMs, undefined, { signal }).catch(() => {})
  }
}
