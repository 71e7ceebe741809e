import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { type Clock, createDeadline, DeadlineExceeded } from '../../functions/runtime/deadline.ts'
import { assertNoKey, BIG, responding } from './faults.ts'
import {
  collect,
  deadlineIn,
  FILE,
  type Handler,
  leapingClock,
  NAME,
  type Rig,
  rejection,
  rig,
  serve,
} from './loopback.ts'

describe('tardis/vendor, stopping', () => {
  const places: [string, Handler][] = [
    ['before a response', () => {}],
    ['before the first byte', (_, response) => response.flushHeaders()],
    ['in the body', (_, response) => void response.write(BIG.subarray(0, 10_000))],
    ['in a delay', responding(503, { 'retry-after': '3' })],
  ]
  for (const [place, handler] of places) {
    const readAll = async (r: Rig, options: Parameters<Rig['vendor']['openDataset']>[1]) => {
      const found = await r.vendor.openDataset(NAME, options)
      if (found.kind === 'open') await collect(found.body)
    }

    it(`stops at the deadline ${place}`, async () => {
      let [nowMs, check] = [0, () => {}]
      const clock: Clock = {
        now: () => nowMs,
        setTimeout(callback) {
          check = callback
        },
        clearTimeout() {},
      }
      using deadline = createDeadline(40, clock)
      await using server = await serve((request, response, count) => {
        handler(request, response, count)
        nowMs = 40
        setImmediate(() => setImmediate(check))
      })
      await using r = rig(server.url, { clock: { ...leapingClock(), setTimeout: () => undefined } })
      const patient = { ...deadline, signal: deadline.signal, expired: false, remainingMs: () => 1e6 }
      const error = await rejection(readAll(r, { deadline: patient }))
      assert.ok(error instanceof DeadlineExceeded, inspect(error))
      assert.equal(server.requests.length, 1)
      assertNoKey(error, r)
    })

    it(`stops when the caller aborts ${place}`, async () => {
      const controller = new AbortController()
      const reason = new Error('enough')
      await using server = await serve((request, response, count) => {
        handler(request, response, count)
        setImmediate(() => setImmediate(() => controller.abort(reason)))
      })
      await using r = rig(server.url, { clock: { ...leapingClock(), setTimeout: () => undefined } })
      const error = await rejection(readAll(r, { deadline: deadlineIn(1e6), signal: controller.signal }))
      assert.equal(error, reason)
    })
  }

  it('makes no request where no time is left', async () => {
    await using server = await serve(responding(200))
    await using r = rig(server.url)
    using deadline = createDeadline(0)
    assert.ok((await rejection(r.vendor.openDataset(NAME, { deadline }))) instanceof DeadlineExceeded)
    assert.ok((await rejection(r.vendor.exchange('binance', { deadline }))) instanceof DeadlineExceeded)
    assert.equal(server.requests.length, 0)
  })

  it('leaves no listener on the caller’s signals', async () => {
    await using server = await serve((_, response, count) => {
      if (count % 3 === 2) response.end(FILE)
      else response.writeHead([404, 400][count % 3]!).end()
    })
    await using r = rig(server.url)
    const { signal } = new AbortController()
    const counts = { added: 0, removed: 0 }
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    Object.assign(signal, {
      addEventListener(...args: Parameters<typeof add>) {
        counts.added++
        add(...args)
      },
      removeEventListener(...args: Parameters<typeof remove>) {
        counts.removed++
        remove(...args)
      },
    })
    const options = { deadline: deadlineIn(60_000), signal }
    await r.vendor.openDataset(NAME, options)
    await rejection(r.vendor.openDataset(NAME, options))
    const found = await r.vendor.openDataset(NAME, options)
    assert.ok(found.kind === 'open')
    await collect(found.body)
    assert.equal(counts.added, 3)
    assert.equal(counts.removed, 3)
  })
})
