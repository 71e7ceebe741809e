import { Chance } from '../model/chance.ts'
import type { Target } from './targets.ts'

export interface FuzzEnd {
  readonly inputs: number
  readonly taken: number
  readonly refused: number
  readonly longestMs: number
  /** How far memory rose above what it was after the first tenth. */
  readonly grownBytes: number
  readonly crashes: readonly { readonly seed: number; readonly error: unknown }[]
}

/** Each input follows from a seed of its own, counted from `seed`, so that one crash can be looked at alone. */
export async function fuzz(target: Target, inputs: number, seed: number): Promise<FuzzEnd> {
  const counts = { taken: 0, refused: 0 }
  const crashes: { seed: number; error: unknown }[] = []
  let longestMs = 0
  let settledBytes = 0
  for (let n = 0; n < inputs; n++) {
    const startedMs = performance.now()
    try {
      counts[await target(new Chance(seed + n))] += 1
    } catch (error) {
      crashes.push({ seed: seed + n, error })
    }
    // The first ones pay for compiling.
    if (n > 50) longestMs = Math.max(longestMs, performance.now() - startedMs)
    if (n === Math.floor(inputs / 10)) settledBytes = process.memoryUsage.rss()
  }
  return { inputs, ...counts, longestMs, grownBytes: process.memoryUsage.rss() - settledBytes, crashes }
}
