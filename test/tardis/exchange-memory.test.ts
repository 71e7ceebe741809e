import assert from 'node:assert/strict'
import { rememberExchanges } from '../../functions/tardis/exchange-memory.ts'
import type { Vendor } from '../../functions/tardis/vendor.ts'
import { deadlineIn, rejection, rig, serve } from './loopback.ts'

const MINUTE = { deadline: deadlineIn(60_000) }

function detailsWith(symbols: number): string {
  const named = (id: number) => ({ id: `S${id}`, availableSince: '2019-03-30', dataTypes: ['trades'] })
  return JSON.stringify({
    datasets: { exportedUntil: '2024-08-09', symbols: Array.from({ length: symbols }, (_, at) => named(at)) },
  })
}

describe('tardis/exchange-memory', () => {
  let nowMs: number
  const clock = { now: () => nowMs }
  beforeEach(() => {
    nowMs = 0
  })
  const ask = async (vendor: Vendor, ...venues: string[]) => {
    for (const venue of venues) await vendor.exchange(venue, MINUTE)
  }

  it('requests a venue again only after the time that it is kept', async () => {
    await using server = await serve((_, response) => response.end(detailsWith(2)))
    await using r = rig(server.url)
    const vendor = rememberExchanges(r.vendor, { keepMs: 1_000, clock })
    const first = await vendor.exchange('binance', MINUTE)
    assert.equal(await vendor.exchange('binance', MINUTE), first)
    await ask(vendor, 'deribit', 'binance')
    assert.equal(server.requests.length, 2)
    nowMs = 1_000
    await ask(vendor, 'binance')
    assert.equal(server.requests.length, 3)
  })

  it('makes one request for calls at the same time', async () => {
    await using server = await serve((_, response) => response.end(detailsWith(2)))
    await using r = rig(server.url)
    const vendor = rememberExchanges(r.vendor, { clock })
    const outcomes = await Promise.all([1, 2, 3].map(() => vendor.exchange('binance', MINUTE)))
    assert.equal(server.requests.length, 1)
    assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['known']))
  })

  it('ends a call with its own deadline, and not with that of the call whose request it shares', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    await using server = await serve(async (_, response, count) => {
      asked.resolve()
      if (count > 0) await answer.promise
      response.write(detailsWith(2).slice(0, 20))
      if (count > 0) response.end(detailsWith(2).slice(20))
    })
    await using r = rig(server.url)
    const vendor = rememberExchanges(r.vendor, { clock })
    const hurried = new AbortController()
    const first = rejection(vendor.exchange('binance', { deadline: deadlineIn(60_000, clock, hurried.signal) }))
    await asked.promise
    const gone = new AbortController()
    const second = vendor.exchange('binance', MINUTE)
    const third = rejection(vendor.exchange('binance', { deadline: deadlineIn(60_000, clock, gone.signal) }))
    gone.abort(new Error('the third has no time'))
    assert.equal((await third).message, 'the third has no time')
    hurried.abort(new Error('the first has no time'))
    assert.equal((await first).message, 'the first has no time')
    answer.resolve()
    assert.equal((await second).kind, 'known')
  })

  it('does not keep failures and unknown venues', async () => {
    await using server = await serve((_, response, count) =>
      count < 2 ? response.writeHead(count === 0 ? 404 : 403).end('no') : response.end(detailsWith(1)),
    )
    await using r = rig(server.url)
    const vendor = rememberExchanges(r.vendor, { clock })
    assert.equal((await vendor.exchange('binance', MINUTE)).kind, 'unknown')
    await rejection(vendor.exchange('binance', MINUTE))
    assert.equal((await vendor.exchange('binance', MINUTE)).kind, 'known')
  })

  it('keeps at most so many symbols, drops the oldest venues first, and keeps no larger venue', async () => {
    await using server = await serve((request, response) =>
      response.end(detailsWith(Number(/\d+$/.exec(request.url!)![0]))),
    )
    await using r = rig(server.url)
    const vendor = rememberExchanges(r.vendor, { maxSymbols: 10, clock })
    await ask(vendor, 'a-5', 'b-5', 'c-5', 'c-5', 'b-5')
    assert.equal(server.requests.length, 3)
    await ask(vendor, 'a-5')
    assert.equal(server.requests.length, 4)
    await ask(vendor, 'd-11', 'd-11')
    assert.equal(server.requests.length, 6)
    await ask(vendor, 'c-5', 'a-5')
    assert.equal(server.requests.length, 6)
  })
})
