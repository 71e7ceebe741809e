import type { ItemSlot, MemoryGate } from '../runtime/memory/gate.ts'

/**
 * The gate for one batch: at most `max` of its items are converted at once, in the order of the calls, each of them as memory
 * allows.
 */
export function createTurns(max: number, gate: Pick<MemoryGate, 'waitToStart'>): Pick<MemoryGate, 'waitToStart'> {
  const queue: (() => void)[] = []
  let running = 0
  const startNext = () => {
    while (running < max && queue.length > 0) {
      running += 1
      queue.shift()!()
    }
  }
  const giveBack = () => {
    running -= 1
    startNext()
  }
  const waitForTurn = (signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        queue.splice(queue.indexOf(start), 1)
        reject(signal?.reason)
      }
      const start = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      queue.push(start)
      startNext()
    })
  return {
    async waitToStart(options = {}) {
      await waitForTurn(options.signal)
      try {
        return withTurn(await gate.waitToStart(options), giveBack)
      } catch (error) {
        giveBack()
        throw error
      }
    },
  }
}

function withTurn(slot: ItemSlot, giveBack: () => void): ItemSlot {
  let finished = false
  const finish = () => {
    if (finished) return
    finished = true
    slot.finish()
    giveBack()
  }
  return { finish, [Symbol.dispose]: finish }
}
