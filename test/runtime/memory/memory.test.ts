import assert from 'node:assert/strict'
import fc from 'fast-check'
import sinon from 'sinon'
import type { LogFields } from '../../../functions/runtime/log/log.ts'
import { createMemoryBudget } from '../../../functions/runtime/memory/memory.ts'
import { readMemoryUsage, residentBytes } from '../../../functions/runtime/memory/usage.ts'

const MIB = 1048576
const NO_CONTAINER = { limitBytes: undefined, currentBytes: undefined }

describe('createMemoryBudget', () => {
  const systemTotal = () => 8192 * MIB
  const container = (limitBytes: number | undefined) => () => ({ limitBytes, currentBytes: 0 })

  it('takes the limit it is given over the container’s, and that over the machine’s', () => {
    const given = createMemoryBudget({ limitBytes: 300 * MIB, container: container(512 * MIB), systemTotal })
    assert.deepEqual([given.limitBytes, given.limitFrom], [300 * MIB, 'MEMORY_LIMIT_MB'])
    const contained = createMemoryBudget({ container: container(512 * MIB), systemTotal })
    assert.deepEqual([contained.limitBytes, contained.limitFrom], [512 * MIB, 'container'])
    const free = createMemoryBudget({ container: () => NO_CONTAINER, systemTotal })
    assert.deepEqual([free.limitBytes, free.limitFrom], [8192 * MIB, 'system'])
  })

  it('goes by the machine where the container is allowed more than there is', () => {
    const budget = createMemoryBudget({ container: container(16384 * MIB), systemTotal })
    assert.deepEqual([budget.limitBytes, budget.limitFrom], [8192 * MIB, 'system'])
  })

  it('shrinks the buffers while resident memory is at the threshold or above', () => {
    let now = 100 * MIB
    const budget = createMemoryBudget({ limitBytes: 256 * MIB, threshold: 0.75, resident: () => now })
    assert.equal(budget.thresholdBytes, 192 * MIB)
    assert.equal(budget.buffers(), budget.plan)
    now = 192 * MIB
    assert.equal(budget.pressure(), 1)
    assert.equal(budget.buffers().uploadChunkBytes, MIB)
    now = 191 * MIB
    assert.equal(budget.buffers(), budget.plan)
  })

  it('says all of it in fields of plain values', () => {
    const fields = createMemoryBudget({ limitBytes: 256 * MIB }).describe()
    assert.deepEqual(JSON.parse(JSON.stringify(fields)), fields)
    assert.equal(fields.limitBytes, 256 * MIB)
    assert.equal(fields.itemsAtOnce, 2)
  })

  it('warns where there is too little for an item, for all the workers, or for what the process takes already', () => {
    const warnings = (limitMib: number, residentMib = 116) =>
      createMemoryBudget({ limitBytes: limitMib * MIB, resident: () => residentMib * MIB }).warnings.join('\n')
    assert.equal(warnings(256), '')
    assert.match(warnings(220), /^220 MiB have room for 1 of the 2 items/)
    assert.match(warnings(170), /^a single item can take \d+ MiB with all around it, and there are 170 MiB$/)
    assert.match(warnings(256, 146), /^the process takes 146 MiB before any work, planned are 120 MiB/)
  })
})

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

  it('holds the next item back at the threshold, and lets it go when one is finished', async () => {
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

  it('lets it go when memory is there again, without anyone finishing', async () => {
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

  it('allows for what those in work have not taken yet', async () => {
    const { gate, logged, log } = setUp(192, 130)
    const first = await gate.waitToStart()
    const second = gate.waitToStart({ log })
    await settle()
    assert.equal(gate.running, 1, '130 MiB and two items are more than 180')
    assert.equal(logged[0]?.fields.reason, 'the allocation has no room for one more')
    first.finish()
    ;(await second).finish()
  })

  it('collects garbage before it makes an item wait, but not again and again', async () => {
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

  it('starts those that wait in the order they asked, one at a time if need be', async () => {
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

  it('forgets one that is given up, with its timer and its listener', async () => {
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

  it('counts an item as finished once, by whichever way', async () => {
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

describe('readMemoryUsage', () => {
  it('agrees with the cheap reading and with itself', () => {
    const held = Buffer.alloc(32 * MIB, 1)
    const usage = readMemoryUsage()
    assert.ok(Math.abs(usage.rssBytes - residentBytes()) < 16 * MIB)
    assert.ok(usage.peakRssBytes >= usage.rssBytes)
    assert.ok(usage.arrayBuffersBytes >= held.length)
    assert.ok(usage.systemFreeBytes > 0)
  })

  it('takes the peak of this program, not of the one that started it', () => {
    const read = (path: string) => (path === '/proc/self/status' ? 'VmPeak:\t 1 kB\nVmHWM:\t  2048 kB\n' : undefined)
    const own = { rss: MIB, heapUsed: 0, heapTotal: 0, external: 0, arrayBuffers: 0 }
    assert.equal(readMemoryUsage({ read, process: () => own }).peakRssBytes, 2 * MIB)
    assert.equal(readMemoryUsage({ read, process: () => ({ ...own, rss: 3 * MIB }) }).peakRssBytes, 3 * MIB)
  })

  it('does without what other systems do not have', () => {
    const usage = readMemoryUsage({ read: () => undefined, container: () => NO_CONTAINER })
    assert.equal(usage.containerBytes, undefined)
    assert.ok(usage.peakRssBytes >= usage.rssBytes)
  })
})
