import type { RequestListener } from 'node:http'
import { type Clock, sleep, systemClock } from '../runtime/deadline.ts'

/**
 * The listener as a network of this latency shows it: each request reaches it `latencyMs` later. Requests wait side by side.
 * A request whose client has disconnected by then is dropped.
 */
export function withLatency(listener: RequestListener, latencyMs = 0, clock: Clock = systemClock): RequestListener {
  if (latencyMs === 0) return listener
  return async (request, response) => {
    await sleep(latencyMs, undefined, clock)
    if (!response.destroyed) listener(request, response)
  }
}
