import { type Clock, sleep } from '../runtime/deadline.ts'
import type { HttpClient } from './http.ts'

/**
 * The same client with at most so many requests per second, evenly spaced: a burst would exceed the vendor's limit first. A
 * request that waits ends with its signal's reason, and its turn is lost.
 */
export function paced(http: HttpClient, maxPerSecond: number, clock: Clock): HttpClient {
  const spacingMs = 1_000 / maxPerSecond
  let nextMs = Number.NEGATIVE_INFINITY
  return {
    async get(url, options) {
      const nowMs = clock.now()
      const turnMs = Math.max(nowMs, nextMs)
      nextMs = turnMs + spacingMs
      if (turnMs > nowMs) await sleep(turnMs - nowMs, options.signal, clock)
      return await http.get(url, options)
    },
    close: () => http.close(),
  }
}
