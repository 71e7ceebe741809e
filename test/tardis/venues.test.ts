import assert from 'node:assert/strict'
import { VendorError } from '../../functions/tardis/error.ts'
import { deadlineIn, rejection, rig, serve } from './loopback.ts'

const MINUTE = { deadline: deadlineIn(60_000) }

describe('tardis/vendor, venues', () => {
  it('gives the ids of all venues, and ignores what has none', async () => {
    const list = [{ id: 'bitmex', name: 'BitMEX' }, { id: 'deribit' }, null, 7, { id: 5 }, {}]
    await using server = await serve((_, response) => response.end(JSON.stringify(list)))
    await using r = rig(server.url)
    assert.deepEqual(await r.vendor.venues(MINUTE), ['bitmex', 'deribit'])
    assert.equal(server.requests[0]?.url, '/api/v1/exchanges')
    assert.equal(server.requests[0]?.headers.authorization, undefined)
  })

  it('repeats the request where the list is cut off', async () => {
    await using server = await serve((_, response, count) => response.end(count === 0 ? '[{"id":' : '[{"id":"x"}]'))
    await using r = rig(server.url)
    assert.deepEqual(await r.vendor.venues(MINUTE), ['x'])
    assert.equal(server.requests.length, 2)
  })

  it('says so where it finds no JSON at every attempt', async () => {
    await using server = await serve((_, response) => response.end('<html>'))
    await using r = rig(server.url)
    const error = await rejection(r.vendor.venues(MINUTE))
    assert.match(error.message, /exchanges: found no JSON, expected a list of venues; gave up after 6 attempts$/)
  })

  const failures: [string, number, string | Buffer, RegExp][] = [
    ['an object', 200, '{"a":1}', /exchanges: found no JSON list of venues, expected a list of venues$/],
    ['a list without end', 200, Buffer.alloc(4 * 1024 * 1024 + 1, ' '), /found more than 4194304 bytes/],
    ['a refusal', 403, '{"message":"no"}', /exchanges: answered 403: no$/],
  ]
  for (const [what, status, body, message] of failures)
    it(`rejects for ${what}, after one request`, async () => {
      await using server = await serve((_, response) => response.writeHead(status).end(body))
      await using r = rig(server.url)
      const error = await rejection(r.vendor.venues(MINUTE))
      assert.ok(error instanceof VendorError && !error.retryable)
      assert.match(error.message, message)
      assert.equal(server.requests.length, 1)
    })

  it('takes a list of four megabytes', async () => {
    await using server = await serve((_, response) => response.end('[{"id":"x"}]'.padEnd(4 * 1024 * 1024)))
    await using r = rig(server.url)
    assert.deepEqual(await r.vendor.venues(MINUTE), ['x'])
  })
})
