import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { downloadMemory } from '../../functions/tardis/memory.ts'
import type { Vendor } from '../../functions/tardis/vendor.ts'
import { deadlineIn, FILE, NAME, rejection, rig, serve } from './loopback.ts'

const MINUTE = { deadline: deadlineIn(60_000) }
const WANTED = { venue: 'binance', symbols: new Set(['A']), beforeMs: 0 }
const SYMBOL = { id: 'A', type: 'spot', availableSince: '2019-01-01', dataTypes: ['trades'] }
const detailsOf = (...symbols: unknown[]) => JSON.stringify({ datasets: { exportedUntil: '2024-08-09', symbols } })

/** Each call, and a body that it gives up before the end. */
const CALLS: Readonly<Record<string, [(vendor: Vendor) => Promise<unknown>, string]>> = {
  venues: [vendor => vendor.venues(MINUTE), '['.padEnd(5 * 1024 * 1024)],
  exchange: [vendor => vendor.exchange('binance', MINUTE), '{"datasets":7,'],
  instruments: [vendor => vendor.instruments(WANTED, MINUTE), '{"code":1}'],
  keyAccess: [vendor => vendor.keyAccess(MINUTE), '['.padEnd(2 * 1024 * 1024)],
  openDataset: [vendor => vendor.openDataset(NAME, MINUTE), '<html>'.padEnd(10_000)],
}

describe('tardis/vendor, what a call gives back', () => {
  for (const [name, [call, beginning]] of Object.entries(CALLS))
    it(`the connection of a body that it gives up: ${name}`, async () => {
      await using server = await serve((_, response, count) => {
        if (count > 0) response.writeHead(404).end('none')
        else response.writeHead(200).write(beginning)
      })
      await using r = rig(server.url, { connections: 1 })
      await call(r.vendor).catch(() => {})
      assert.equal((await r.vendor.openDataset(NAME, MINUTE)).kind, 'missing')
      assert.equal(server.requests.length, 2)
    })

  it('the listeners on its signals', async () => {
    await using server = await serve((_, response) => response.writeHead(400).end())
    await using r = rig(server.url)
    const { signal } = new AbortController()
    await rejection(r.vendor.venues({ ...MINUTE, signal }))
    await r.vendor.exchange('binance', { ...MINUTE, signal })
    await r.vendor.instruments(WANTED, { ...MINUTE, signal })
    await r.vendor.keyAccess({ ...MINUTE, signal })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    assert.equal(getEventListeners(MINUTE.deadline.signal, 'abort').length, 0)
  })

  it('what it skipped, in the log, and nothing where it skipped nothing', async () => {
    for (const skips of [true, false]) {
      await using server = await serve((request, response) => {
        const isList = request.url!.includes('/instruments/')
        if (isList) response.end(JSON.stringify(skips ? [7] : []))
        else response.end(skips ? detailsOf(7, SYMBOL) : detailsOf(SYMBOL))
      })
      await using r = rig(server.url)
      await r.vendor.exchange('binance', MINUTE)
      await r.vendor.instruments(WANTED, MINUTE)
      const examples = ['datasets.symbols[0] is 7, expected an object']
      const faults = ['list[0] is 7, expected an object']
      const entries = [
        [
          `skipped entries in Tardis's details of binance that cannot be read`,
          { venue: 'binance', count: 1, examples },
        ],
        ['skipped instruments of binance that cannot be read', { faults }],
      ].map(([message, fields]) => ({ level: 'warn', message, fields }))
      assert.deepEqual(r.log, skips ? entries : [])
    }
  })

  it('an error for a status that is no result, whatever the body is', async () => {
    await using server = await serve((request, response) =>
      response.writeHead(418).end(request.url!.includes('key') ? '[]' : detailsOf(SYMBOL)),
    )
    await using r = rig(server.url)
    assert.match((await rejection(r.vendor.exchange('binance', MINUTE))).message, /binance: answered 418/)
    assert.match((await rejection(r.vendor.instruments(WANTED, MINUTE))).message, /binance: answered 418/)
  })

  it('nothing about the key where the status is no result, although the body could be read', async () => {
    const access = [{ exchange: 'binance', from: '2024-08-01', to: '2024-09-01' }]
    await using server = await serve((_, response) => response.writeHead(418).end(JSON.stringify(access)))
    await using r = rig(server.url)
    assert.equal(await r.vendor.keyAccess(MINUTE), undefined)
  })

  it('a body that is read as it was sent', async () => {
    await using server = await serve((_, response) => response.end(FILE))
    await using r = rig(server.url)
    const found = await r.vendor.openDataset(NAME, MINUTE)
    assert.ok(found.kind === 'open')
    found.cancel()
  })
})

describe('tardis/memory', () => {
  it('is one buffer of a response, and what the system buffers for its connection', () => {
    const [body, socket, ...more] = downloadMemory(1000)
    assert.deepEqual(body, { part: 'response body', bytes: 1000, count: 1, resident: true })
    assert.deepEqual([socket?.resident, more], [false, []])
  })
})
