import type { ItemSlot } from '../runtime/memory/gate.ts'
import { VendorRefusedError } from '../tardis/refusal.ts'
import { NotBegun } from './item.ts'
import { createTurns } from './turns.ts'

/** Sends a request in its turn. Rejects with NotBegun where the signal is aborted before. */
export type SendInTime = <Response>(request: () => Promise<Response>, signal: AbortSignal) => Promise<Response>

/**
 * Sends the requests of a batch one by one, in the order of the calls: each when the one before it has a response or has
 * failed. So a vendor whose quota ends refuses one request of the batch. Those that wait reject with the same
 * VendorRefusedError and are not sent. The bodies of earlier responses may still be open.
 */
export function createOneByOne(): SendInTime {
  const turns = createTurns(1, { waitToStart: async () => FREE })
  let refusal: VendorRefusedError | undefined
  return async (request, signal) => {
    using _turn = await turns.waitToStart({ signal }).catch(cause => {
      throw new NotBegun('no turn to send a request before the deadline', { cause })
    })
    if (refusal) throw refusal
    try {
      return await request()
    } catch (error) {
      if (error instanceof VendorRefusedError) refusal = error
      throw error
    }
  }
}

const FREE: ItemSlot = { finish() {}, [Symbol.dispose]() {} }
