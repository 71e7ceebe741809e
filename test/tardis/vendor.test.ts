import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import { createVendor } from '../../functions/tardis/vendor.ts'
import { collect, deadlineIn, FILE, KEY, NAME, recordLog, rejection, rig, serve } from './loopback.ts'

const MINUTE = { deadline: deadlineIn(60_000) }
const DETAILS = JSON.stringify({
  datasets: {
    exportedUntil: '2024-08-09',
    symbols: [{ id: 'BTCUSDT', type: 'spot', availableSince: '2019-03-30', dataTypes: ['trades'] }],
  },
})

describe('tardis/vendor', () => {
  describe('exchange', () => {
    it('asks below the API address and without the key', async () => {
      await using server = await serve((_, response) => response.end(DETAILS))
      await using r = rig(server.url)
      const outcome = await r.vendor.exchange('binance', MINUTE)
      assert.equal(outcome.kind, 'known')
      assert.equal(outcome.kind === 'known' && outcome.details.datasets.symbols[0]?.id, 'BTCUSDT')
      assert.equal(server.requests[0]?.url, '/api/v1/exchanges/binance')
      assert.equal(server.requests[0]?.headers.authorization, undefined)
    })

    it('unpacks a packed answer, and asks again where it is damaged', async () => {
      const packed = gzipSync(DETAILS)
      await using server = await serve((_, response, count) => {
        response.setHeader('content-encoding', 'gzip')
        response.end(count === 0 ? Buffer.concat([packed.subarray(0, 40), Buffer.alloc(60)]) : packed)
      })
      await using r = rig(server.url)
      assert.equal((await r.vendor.exchange('binance', MINUTE)).kind, 'known')
      assert.equal(server.requests.length, 2)
    })

    it('asks again where the answer is cut off', async () => {
      await using server = await serve((_, response, count) => {
        response.setHeader('content-length', DETAILS.length)
        if (count > 0) response.end(DETAILS)
        else response.write(DETAILS.slice(0, 50), () => response.destroy())
      })
      await using r = rig(server.url)
      assert.equal((await r.vendor.exchange('binance', MINUTE)).kind, 'known')
      assert.equal(server.requests.length, 2)
    })

    for (const status of [400, 404])
      it(`tells a venue that nobody knows by a ${status}, with the vendor’s words`, async () => {
        const message = `invalid exchange, try one of: ${'binance, '.repeat(200)}`
        await using server = await serve((_, response) => response.writeHead(status).end(JSON.stringify({ message })))
        await using r = rig(server.url)
        const outcome = await r.vendor.exchange('binanse', MINUTE)
        assert.ok(outcome.kind === 'unknown')
        assert.match(outcome.detail, /^invalid exchange, try one of: binance, /)
        assert.ok(outcome.detail.length <= 201, `${outcome.detail.length} characters`)
        assert.equal(server.requests.length, 1)
      })

    it('asks once where the answer is nonsense', async () => {
      await using server = await serve((_, response) => response.end('{"datasets":{}}'))
      await using r = rig(server.url)
      const error = await rejection(r.vendor.exchange('binance', MINUTE))
      assert.match(error.message, /binance: datasets\.exportedUntil is missing/)
      assert.equal(server.requests.length, 1)
    })
  })

  describe('openDataset', () => {
    it('hands on the file as it is, and what the vendor says of it', async () => {
      const head = { 'content-length': FILE.length, 'x-md5': 'abc', 'last-modified': 'Fri, 09 Aug 2024 06:00:00 GMT' }
      await using server = await serve((_, response) => response.writeHead(200, head).end(FILE))
      await using r = rig(server.url)
      const found = await r.vendor.openDataset({ ...NAME, symbol: 'btc/usdt' }, MINUTE)
      assert.ok(found.kind === 'open')
      const { contentLength, md5, lastModified } = found
      assert.deepEqual(
        { contentLength, md5, lastModified },
        { contentLength: FILE.length, md5: 'abc', lastModified: head['last-modified'] },
      )
      assert.deepEqual(await collect(found.body), FILE)
      assert.equal(server.requests[0]?.url, '/datasets/v1/binance/trades/2024/08/08/BTC-USDT.csv.gz')
      assert.equal(server.requests[0]?.headers.authorization, `Bearer ${KEY}`)
      assert.equal(server.requests[0]?.headers.range, undefined)
    })

    it('sends no Authorization without a key', async () => {
      await using server = await serve((_, response) => response.end(FILE))
      await using r = rig(server.url, { apiKey: undefined })
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      await collect(found.body)
      assert.equal('authorization' in server.requests[0]!.headers, false)
    })

    it('hands on the gzip bytes though they are called an encoding', async () => {
      await using server = await serve((_, response) => {
        response
          .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/csv', 'content-length': FILE.length })
          .end(FILE)
      })
      await using r = rig(server.url)
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      assert.deepEqual(await collect(found.body), FILE)
    })

    for (const chunked of [true, false])
      it(`hands on an answer of no bytes (${chunked ? 'chunked' : 'with a length'})`, async () => {
        await using server = await serve((_, response) => {
          if (chunked) response.flushHeaders()
          else response.setHeader('content-length', 0)
          response.end()
        })
        await using r = rig(server.url)
        const found = await r.vendor.openDataset(NAME, MINUTE)
        assert.ok(found.kind === 'open')
        assert.equal((await collect(found.body)).length, 0)
      })

    it('finds the gzip mark though it comes a byte at a time', async () => {
      await using server = await serve((_, response) => {
        response.write(FILE.subarray(0, 1), () => setImmediate(() => response.end(FILE.subarray(1))))
      })
      await using r = rig(server.url)
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      assert.deepEqual(await collect(found.body), FILE)
    })

    it('tells what is missing from what is forbidden', async () => {
      await using server = await serve((_, response, count) => {
        response.writeHead([404, 401, 403][count]!).end('{"message":"not for you"}')
      })
      await using r = rig(server.url)
      assert.deepEqual(await r.vendor.openDataset(NAME, MINUTE), { kind: 'missing', detail: 'not for you' })
      for (const status of [401, 403]) {
        const place = `${server.url}/datasets/v1/binance/trades/2024/08/08/BTCUSDT.csv.gz`
        const reason = `GET ${place} with an API key: answered ${status}: not for you`
        assert.deepEqual(await r.vendor.openDataset(NAME, MINUTE), { kind: 'forbidden', status, reason })
      }
      assert.equal(server.requests.length, 3)
    })

    it('gives the connection back after every kind of answer', async () => {
      await using server = await serve((_, response, count) => {
        if (count % 4 === 3) response.end(FILE)
        else response.writeHead([404, 403, 503][count % 4]!, { 'retry-after': '0' }).end('x'.repeat(100_000))
      })
      await using r = rig(server.url, { connections: 1 })
      for (let i = 0; i < 5; i++) {
        assert.equal((await r.vendor.openDataset(NAME, MINUTE)).kind, 'missing')
        assert.equal((await r.vendor.openDataset(NAME, MINUTE)).kind, 'forbidden')
        const found = await r.vendor.openDataset(NAME, MINUTE)
        assert.ok(found.kind === 'open')
        if (i % 2) found.cancel()
        else await collect(found.body)
        found.cancel()
      }
      assert.equal(server.requests.length, 20)
    })

    it('frees the connection of a body that is left half-way', async () => {
      const file = Buffer.concat([FILE, Buffer.alloc(5_000_000)])
      await using server = await serve((_, response) => response.end(file))
      await using r = rig(server.url, { connections: 1 })
      for (let i = 0; i < 3; i++) {
        const found = await r.vendor.openDataset(NAME, MINUTE)
        assert.ok(found.kind === 'open')
        for await (const _ of found.body) break
      }
      assert.equal(server.requests.length, 3)
    })
  })

  describe('redirects', () => {
    it('follows up to five, with the key to the same origin only', async () => {
      await using elsewhere = await serve((_, response) => response.end(FILE))
      await using server = await serve((_, response, count) => {
        const location = count < 4 ? `/hop${count}?n=1` : `${elsewhere.url}/signed?token=t`
        response.writeHead([301, 302, 303, 307, 308][count]!, { location }).end('moved')
      })
      await using r = rig(server.url)
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      assert.deepEqual(await collect(found.body), FILE)
      assert.ok(server.requests.every(request => request.headers.authorization === `Bearer ${KEY}`))
      assert.equal(server.requests.length, 5)
      assert.equal(elsewhere.requests[0]?.headers.authorization, undefined)
      assert.equal(JSON.stringify(elsewhere.requests[0]?.rawHeaders).includes(KEY), false)
    })

    it('sends the key to the origin that it belongs to again, and not to its other ports', async () => {
      await using elsewhere = await serve((_, response) =>
        response.writeHead(302, { location: `${server.url}/back` }).end(),
      )
      await using server = await serve((_, response, count) => {
        if (count === 0) response.writeHead(302, { location: elsewhere.url }).end()
        else response.end(FILE)
      })
      await using r = rig(server.url)
      assert.equal((await r.vendor.openDataset(NAME, MINUTE)).kind, 'open')
      assert.equal(elsewhere.requests[0]?.headers.authorization, undefined)
      assert.equal(server.requests[1]?.headers.authorization, `Bearer ${KEY}`)
    })
  })

  it('refuses addresses that are none and keys that no header can hold', () => {
    const good = { apiUrl: 'http://a/v1', datasetsUrl: 'http://a/v1', log: recordLog([]) }
    for (const apiUrl of ['', 'ftp://a', 'http://user:pass@a/', 'http://a/?x=1'])
      assert.throws(() => createVendor({ ...good, apiUrl }), /must be an http or https URL/)
    assert.throws(
      () => createVendor({ ...good, apiKey: new Secret('a secret\n') }),
      (error: Error) => /printable ASCII/.test(error.message) && !error.message.includes('a secret'),
    )
  })

  it('ends everything when it is closed, and cannot be used after', async () => {
    await using server = await serve((_, response) => response.write(FILE))
    await using r = rig(server.url)
    const found = await r.vendor.openDataset(NAME, MINUTE)
    assert.ok(found.kind === 'open')
    const reading = rejection(collect(found.body))
    await r.vendor.close()
    await r.vendor.close()
    const error = await reading
    assert.ok(error instanceof VendorError)
    const after = await rejection(r.vendor.openDataset(NAME, MINUTE))
    assert.ok(after instanceof VendorError && !after.retryable)
    assert.match(after.message, /destroyed/)
  })
})
