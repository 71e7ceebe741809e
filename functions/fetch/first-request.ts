import { type Clock, settlesWithin } from '../runtime/deadline.ts'
import { VendorRefusedError } from '../tardis/refusal.ts'

/** How long the requests of a batch wait for the response to its first one. */
const MAX_WAIT_MS = 2_000

/** Sends a request, at once or after the response to the first request of the batch. */
export type SendRequest = <Response>(request: () => Promise<Response>) => Promise<Response>

/**
 * Lets the first request of a batch go alone, so that a vendor that refuses everything is asked once and not by all the
 * requests that the batch may have open. The others follow when it has a response or has failed, or after 2 s. Where it was
 * refused with a VendorRefusedError, they reject with the same error and are not sent.
 */
export function createFirstRequest(clock: Clock): SendRequest {
  let first: Promise<unknown> | undefined
  return async request => {
    if (first === undefined) {
      const sent = request()
      first = sent
      return await sent
    }
    if (await settlesWithin(first, MAX_WAIT_MS, clock)) await first.catch(rethrowRefusal)
    return await request()
  }
}

function rethrowRefusal(error: unknown): void {
  if (error instanceof VendorRefusedError) throw error
}
