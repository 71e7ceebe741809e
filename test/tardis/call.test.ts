import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { beginCall } from '../../functions/tardis/call.ts'
import { deadlineIn } from './loopback.ts'

const listeners = (...controllers: AbortController[]) =>
  controllers.map(({ signal }) => getEventListeners(signal, 'abort').length)

describe('tardis/call', () => {
  let caller: AbortController
  let time: AbortController
  const begin = (signal: AbortSignal | undefined = caller.signal) =>
    beginCall(deadlineIn(1_000, undefined, time.signal), signal)
  beforeEach(() => {
    caller = new AbortController()
    time = new AbortController()
  })

  for (const which of ['caller', 'deadline'] as const)
    it(`ends with the reason of the ${which}, and listens to neither then`, () => {
      const call = begin()
      assert.deepEqual(listeners(caller, time), [1, 1])
      assert.equal(call.signal.aborted, false)
      const reason = new Error(which)
      if (which === 'caller') caller.abort(reason)
      else time.abort(reason)
      assert.equal(call.signal.reason, reason)
      assert.deepEqual(listeners(caller, time), [0, 0])
    })

  it('begins ended where the caller has stopped, or the time is over', () => {
    caller.abort(new Error('stopped'))
    assert.equal(begin().signal.reason.message, 'stopped')
    assert.deepEqual(listeners(caller, time), [0, 0])
    time.abort(new Error('over'))
    assert.equal(begin(new AbortController().signal).signal.reason.message, 'over')
    assert.equal(beginCall(deadlineIn(1_000, undefined, time.signal), undefined).signal.reason.message, 'over')
  })

  it('begins ended where the time is over although no timer has fired', () => {
    const { signal } = time
    const late = { ...deadlineIn(0, undefined, signal), expired: true }
    const call = beginCall(late, caller.signal)
    assert.equal(call.signal.aborted, true)
    assert.deepEqual(listeners(caller, time), [0, 0])
  })

  it('listens to nothing once it has ended', () => {
    const call = begin()
    call.end()
    assert.deepEqual(listeners(caller, time), [0, 0])
    caller.abort()
    assert.equal(call.signal.aborted, false)
  })
})
