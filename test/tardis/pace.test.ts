import assert from 'node:assert/strict'
import { paced } from '../../functions/tardis/pace.ts'
import { deadlineIn, leapingClock, NAME, rejection, rig, serve } from './loopback.ts'

describe('tardis/pace', () => {
  const DEADLINE = deadlineIn(60_000)

  it('spaces the requests of a client evenly, also those of concurrent calls', async () => {
    await using server = await serve((_, response) => void response.writeHead(404).end('none'))
    const clock = leapingClock()
    await using r = rig(server.url, { clock, maxRequestsPerSecond: 4 })
    const startMs = clock.now()
    for (let n = 0; n < 5; n++) await r.vendor.openDataset(NAME, { deadline: DEADLINE })
    assert.deepEqual(clock.waitsMs, [250, 250, 250, 250])
    assert.equal(clock.now() - startMs, 1_000)
    assert.equal(server.requests.length, 5)
  })

  it('has no limit by default', async () => {
    await using server = await serve((_, response) => void response.writeHead(404).end('none'))
    const clock = leapingClock()
    await using r = rig(server.url, { clock })
    for (let n = 0; n < 3; n++) await r.vendor.openDataset(NAME, { deadline: DEADLINE })
    assert.deepEqual(clock.waitsMs, [])
  })

  it('ends a request that waits for its turn when its caller stops', async () => {
    await using server = await serve((_, response) => void response.writeHead(404).end('none'))
    await using r = rig(server.url, {
      clock: { ...leapingClock(), setTimeout: () => undefined },
      maxRequestsPerSecond: 1,
    })
    const stop = new AbortController()
    const options = { deadline: deadlineIn(60_000), signal: stop.signal }
    await r.vendor.openDataset(NAME, options)
    const second = r.vendor.openDataset(NAME, options)
    stop.abort(new Error('stopped'))
    assert.match((await rejection(second)).message, /stopped/)
    assert.equal(server.requests.length, 1)
  })

  it('closes the client that it is made of', async () => {
    let closed = 0
    const http = { get: () => assert.fail('nothing is requested'), close: async () => void closed++ }
    await paced(http, 1, leapingClock()).close()
    assert.equal(closed, 1)
  })
})
