import assert from 'node:assert/strict'
import fc from 'fast-check'
import sinon from 'sinon'
import { createMemoryBudget } from '../../functions/fetch/memory-budget.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'

const MIB = 1048576

describe('the gate of a memory budget', () => {
  /** A budget of 256 MiB whose resident memory the test sets. */
  function setUp(limitMib = 256, residentMib = 100) {
    const state = { residentMib, reclaims: 0, reclaimedMib: 0 }
    const timers: { callback: () => void; ms: number }[] = []
    let nowMs = 0
    const fake = {
      now: () => nowMs,
      setTimeout: (callback: () => void, ms: number) => {
        const timer = { callback, ms }
        timers.push(timer)
        return timer
      },
      clearTimeout: (timer: unknown) => {
        const at = timers.indexOf(timer as (typeof timers)[number])
        if (at >= 0) timers.splice(at, 1)
      },
    }
    const budget = createMemoryBudget({
      limitBytes: limitMib * MIB,
      resident: () => state.residentMib * MIB,
      reclaim: () => {
        state.reclaims += 1
        state.residentMib -= state.reclaimedMib
      },
      clock: fake,
    })
    const logged: { level: string; fields: LogFields }[] = []
    const at =
      (level: string) =>
      (_: string, fields: LogFields = {}) =>
        void logged.push({ level, fields })
    const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
    const tick = () => {
      const [timer] = timers.splice(0, 1)
      assert.ok(timer, 'no timer is set')
      nowMs += timer.ms
      timer.callback()
    }
    return { state, gate: budget.gate, budget, timers, logged, log, tick }
  }

  /** Lets everything that can go on go on. */
  const settle = () => new Promise<void>(resolve => setImmediate(resolve))

  it('lets an item start while none is in work, however little memory there is', async () => {
    const { state, gate, logged, log } = setUp()
    state.residentMib = 1000
    const slot = await gate.waitToStart({ log })
    slot.finish()
    ;(await gate.waitToStart({ log })).finish()
    assert.deepEqual(logged, [])
    assert.equal(gate.running, 0)
  })

  it('holds the next item back at the threshold, and starts it when one is finished', async () => {
    const { state, gate, logged, log, timers } = setUp()
    const first = await gate.waitToStart()
    state.residentMib = 192
    let started = false
    const second = gate.waitToStart({ log }).then(slot => {
      started = true
      return slot
    })
    await settle()
    assert.deepEqual([started, gate.running, gate.waiting], [false, 1, 1])
    assert.equal(logged[0]?.fields.event, 'memory_wait')
    assert.equal(logged[0]?.fields.residentBytes, 192 * MIB)
    assert.equal(logged[0]?.fields.thresholdBytes, 192 * MIB)
    first.finish()
    ;(await second).finish()
    assert.deepEqual(timers, [])
  })

  it('starts a waiting item when memory is free again, without another one finishing', async () => {
    const { state, gate, logged, log, tick } = setUp()
    await gate.waitToStart()
    state.residentMib = 192
    const second = gate.waitToStart({ log })
    tick()
    tick()
    assert.equal(gate.waiting, 1)
    state.residentMib = 120
    tick()
    await second
    assert.equal(gate.running, 2)
    const events = logged.map(entry => entry.fields.event)
    assert.deepEqual(events, ['memory_wait', 'memory_wait_over'], 'one line per wait, however often it is looked')
    assert.equal(logged[1]?.fields.waitedMs, 600)
  })

  it('counts the memory that items in work may still take', async () => {
    const { gate, logged, log } = setUp(192, 130)
    const first = await gate.waitToStart()
    const second = gate.waitToStart({ log })
    await settle()
    assert.equal(gate.running, 1, '130 MiB and two items are more than 180')
    assert.equal(logged[0]?.fields.reason, 'the allocation has no room for one more')
    first.finish()
    ;(await second).finish()
  })

  it('collects garbage before it makes an item wait, at most every two seconds', async () => {
    const { state, gate, logged, log, tick } = setUp()
    await gate.waitToStart()
    state.residentMib = 195
    state.reclaimedMib = 60
    await gate.waitToStart({ log })
    assert.deepEqual([state.reclaims, logged.length, gate.running], [1, 0, 2])
    state.residentMib = 195
    state.reclaimedMib = 0
    void gate.waitToStart()
    for (let i = 0; i < 25; i++) tick()
    assert.equal(state.reclaims, 1 + 2, 'every two seconds of the five')
  })

  it('starts waiting items in the order of their calls', async () => {
    const { state, gate } = setUp()
    const order: number[] = []
    let most = 0
    const first = await gate.waitToStart()
    state.residentMib = 200
    const items = [1, 2, 3, 4].map(async n => {
      const slot = await gate.waitToStart()
      order.push(n)
      most = Math.max(most, gate.running)
      await settle()
      slot.finish()
    })
    first.finish()
    await Promise.all(items)
    assert.deepEqual(order, [1, 2, 3, 4])
    assert.equal(most, 1)
  })

  it('leaves no timer and no listener for an item that is given up', async () => {
    const { state, gate, timers } = setUp()
    const first = await gate.waitToStart()
    state.residentMib = 200
    const controller = new AbortController()
    const listeners = sinon.spy(controller.signal, 'removeEventListener')
    const reason = new Error('deadline')
    const given = gate.waitToStart({ signal: controller.signal })
    const after = gate.waitToStart()
    controller.abort(reason)
    await assert.rejects(given, reason)
    await assert.rejects(gate.waitToStart({ signal: controller.signal }), reason)
    assert.equal(gate.waiting, 1)
    first.finish()
    const lives = new AbortController()
    const removed = sinon.spy(lives.signal, 'removeEventListener')
    ;(await after).finish()
    ;(await gate.waitToStart({ signal: lives.signal })).finish()
    assert.equal(removed.callCount, 1, 'one that started listens no more')
    assert.equal(listeners.callCount, 0)
    assert.deepEqual(timers, [])
  })

  it('counts an item as finished once', async () => {
    const { gate } = setUp()
    {
      using slot = await gate.waitToStart()
      await gate.waitToStart()
      slot.finish()
      slot.finish()
      assert.equal(gate.running, 1)
    }
    assert.equal(gate.running, 1)
  })

  it('holds a thousand items of any size to the budget', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 36 }), { minLength: 50, maxLength: 120 })
    await fc.assert(
      fc.asyncProperty(sizes, async mib => {
        const { state, gate, budget } = setUp()
        let most = 0
        await Promise.all(
          mib.map(async size => {
            const slot = await gate.waitToStart()
            state.residentMib += size
            most = Math.max(most, state.residentMib)
            await settle()
            state.residentMib -= size
            slot.finish()
          }),
        )
        assert.equal(gate.running, 0)
        assert.ok(most * MIB <= budget.limitBytes, `${most} MiB`)
      }),
      { numRuns: 15 },
    )
  })
})
