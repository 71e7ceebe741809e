import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { createTurns } from '../../functions/fetch/turns.ts'
import { createMemoryGate, type ItemSlot } from '../../functions/runtime/memory/gate.ts'

const open = () => createMemoryGate({ objection: () => undefined })

/** Asks for a turn. `got` is empty until it is there. */
function ask(turns: ReturnType<typeof createTurns>, signal?: AbortSignal) {
  const got: ItemSlot[] = []
  const asked = turns.waitToStart(signal && { signal }).then(slot => void got.push(slot))
  return { got, asked }
}

/** All that is settled by now has been told. */
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('turns', () => {
  it('are given to so many at once, in the order of the calls', async () => {
    const gate = open()
    const turns = createTurns(2, gate)
    const asks = [1, 2, 3, 4].map(() => ask(turns))
    await settled()
    assert.deepEqual([asks.map(({ got }) => got.length), gate.running], [[1, 1, 0, 0], 2])
    asks[1]!.got[0]!.finish()
    asks[1]!.got[0]!.finish()
    await settled()
    assert.deepEqual([asks.map(({ got }) => got.length), gate.running], [[1, 1, 1, 0], 2])
  })

  it('pass over one whose signal is aborted', async () => {
    const turns = createTurns(1, open())
    const stop = new AbortController()
    const [first, second, third] = [ask(turns), ask(turns, stop.signal), ask(turns)]
    const refused = assert.rejects(second.asked, /stopped/)
    stop.abort(new Error('stopped'))
    await refused
    first.got[0]!.finish()
    await third.asked
    assert.equal(third.got.length, 1)
  })

  it('are given back where memory holds the item back until its signal is aborted', async () => {
    let isShort = true
    const gate = createMemoryGate({ objection: () => (isShort ? { reason: 'short' } : undefined) })
    using other = await gate.waitToStart()
    const turns = createTurns(1, gate)
    const stop = new AbortController()
    const first = ask(turns, stop.signal)
    await settled()
    assert.equal(gate.waiting, 1)
    const refused = assert.rejects(first.asked, /stopped/)
    stop.abort(new Error('stopped'))
    await refused
    isShort = false
    const second = ask(turns)
    await second.asked
    assert.equal(second.got.length, 1)
    other.finish()
  })

  it('are not taken by one whose signal is aborted before, and leave nothing on a signal', async () => {
    const turns = createTurns(1, { waitToStart: async () => ({ finish() {}, [Symbol.dispose]() {} }) })
    const reason = new Error('stopped')
    await assert.rejects(turns.waitToStart({ signal: AbortSignal.abort(reason) }), reason)
    const { signal } = new AbortController()
    const slot = await turns.waitToStart({ signal })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    slot.finish()
    ;(await turns.waitToStart()).finish()
  })
})
