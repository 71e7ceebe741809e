import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import { createVendor } from '../../functions/tardis/vendor.ts'
import { startProxyServer } from '../support/proxy-server.ts'
import { BIG } from './faults.ts'
import { collect, deadlineIn, FILE, KEY, NAME, recordLog, rejection, rig, serve } from './loopback.ts'

const MINUTE = { deadline: deadlineIn(60_000) }
const DETAILS = JSON.stringify({
  datasets: {
    exportedUntil: '2024-08-09',
    symbols: [{ id: 'BTCUSDT', type: 'spot', availableSince: '2019-03-30', dataTypes: ['trades'] }],
  },
})

/** Copies each chunk before the next one is requested. */
async function copyOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const chunk of body) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

describe('tardis/vendor', () => {
  describe('exchange', () => {
    it('requests below the API address and without the key', async () => {
      await using server = await serve((_, response) => response.end(DETAILS))
      await using r = rig(server.url)
      const outcome = await r.vendor.exchange('binance', MINUTE)
      assert.equal(outcome.kind, 'known')
      assert.equal(outcome.kind === 'known' && outcome.details.datasets.symbols[0]?.id, 'BTCUSDT')
      assert.equal(server.requests[0]?.url, '/api/v1/exchanges/binance')
      assert.equal(server.requests[0]?.headers.authorization, undefined)
    })

    it('unpacks an encoded response, and repeats the request where it is damaged', async () => {
      const packed = gzipSync(DETAILS)
      await using server = await serve((_, response, count) => {
        response.setHeader('content-encoding', 'gzip')
        response.end(count === 0 ? Buffer.concat([packed.subarray(0, 40), Buffer.alloc(60)]) : packed)
      })
      await using r = rig(server.url)
      assert.equal((await r.vendor.exchange('binance', MINUTE)).kind, 'known')
      assert.equal(server.requests.length, 2)
    })

    it('repeats the request where the response is cut off', async () => {
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
      it(`reports an unknown venue after a ${status}, with the vendor’s message`, async () => {
        const message = `invalid exchange, try one of: ${'binance, '.repeat(200)}`
        await using server = await serve((_, response) => response.writeHead(status).end(JSON.stringify({ message })))
        await using r = rig(server.url)
        const outcome = await r.vendor.exchange('binanse', MINUTE)
        assert.ok(outcome.kind === 'unknown')
        assert.match(outcome.detail, /^invalid exchange, try one of: binance, /)
        assert.ok(outcome.detail.length <= 201, `${outcome.detail.length} characters`)
        assert.equal(server.requests.length, 1)
      })

    it('makes one request where the response has no valid details', async () => {
      await using server = await serve((_, response) => response.end('{"datasets":{}}'))
      await using r = rig(server.url)
      const error = await rejection(r.vendor.exchange('binance', MINUTE))
      assert.match(error.message, /binance: datasets\.exportedUntil is missing/)
      assert.equal(server.requests.length, 1)
    })
  })

  describe('openDataset', () => {
    it('hands on the file unchanged, with its length', async () => {
      await using server = await serve((_, response) =>
        response.writeHead(200, { 'content-length': FILE.length }).end(FILE),
      )
      await using r = rig(server.url)
      const found = await r.vendor.openDataset({ ...NAME, symbol: 'btc/usdt' }, MINUTE)
      assert.ok(found.kind === 'open')
      assert.equal(found.contentLength, FILE.length)
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

    it('hands on a file unchanged that is gzip once and has Content-Encoding gzip', async () => {
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

    it('unwraps a file that is encoded with gzip once more, and does not state the length of the outer one', async () => {
      const file = gzipSync(Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) >> 5)))
      const wrapped = gzipSync(file)
      await using server = await serve((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': wrapped.length }).end(wrapped)
      })
      await using r = rig(server.url)
      for (const freesChunks of [false, true]) {
        const found = await r.vendor.openDataset(NAME, { ...MINUTE, freesChunks })
        assert.ok(found.kind === 'open')
        assert.equal(found.contentLength, undefined)
        assert.deepEqual(await copyOf(found.body), file)
      }
    })

    it('reports damage in the outer gzip of a file that is encoded once more', async () => {
      const wrapped = gzipSync(gzipSync(Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) >> 5))))
      wrapped[wrapped.length - 6]! ^= 1
      await using server = await serve((_, response) => response.end(wrapped))
      await using r = rig(server.url)
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      const error = await rejection(collect(found.body))
      assert.ok(error instanceof VendorError && error.retryable)
      assert.match(error.message, /BTCUSDT\.csv\.gz: damaged gzip: incorrect data check$/)
    })

    it('hands on a gzip file of no rows', async () => {
      const none = gzipSync('')
      await using server = await serve((_, response) => response.end(none))
      await using r = rig(server.url)
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      assert.deepEqual(await collect(found.body), none)
      assert.equal(server.requests.length, 1)
    })

    it('recognises a gzip file whose first byte comes alone', async () => {
      await using server = await serve((_, response) => {
        response.write(FILE.subarray(0, 1), () => setImmediate(() => response.end(FILE.subarray(1))))
      })
      await using r = rig(server.url)
      const found = await r.vendor.openDataset(NAME, MINUTE)
      assert.ok(found.kind === 'open')
      assert.deepEqual(await collect(found.body), FILE)
    })

    it('distinguishes a missing dataset from a forbidden one', async () => {
      await using server = await serve((_, response, count) => {
        response.writeHead([404, 403][count]!).end('{"message":"not for you"}')
      })
      await using r = rig(server.url)
      assert.deepEqual(await r.vendor.openDataset(NAME, MINUTE), { kind: 'missing', detail: 'not for you' })
      const place = `${server.url}/datasets/v1/binance/trades/2024/08/08/BTCUSDT.csv.gz`
      const reason = `GET ${place} with an API key: answered 403: not for you`
      assert.deepEqual(await r.vendor.openDataset(NAME, MINUTE), { kind: 'forbidden', status: 403, reason })
      assert.equal(server.requests.length, 2)
    })

    it('releases the connection after every kind of response', async () => {
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

    it('releases the connection of a body that is abandoned half-way', async () => {
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
    it('are followed up to five times, with the key to the same origin only', async () => {
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

    it('send the key again when redirected back to its origin, and to no other port', async () => {
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

  it('requests details and datasets through the proxy, with the key for the datasets only', async () => {
    await using server = await serve((request, response) =>
      response.end(/datasets/.test(request.url!) ? FILE : DETAILS),
    )
    await using proxy = await startProxyServer(Number(new URL(server.url).port))
    await using r = rig('http://vendor.test', { proxies: { http: new Secret(proxy.url) } })
    assert.equal((await r.vendor.exchange('binance', MINUTE)).kind, 'known')
    const found = await r.vendor.openDataset(NAME, MINUTE)
    assert.ok(found.kind === 'open')
    assert.deepEqual(await collect(found.body), FILE)
    assert.deepEqual(proxy.requests, [
      'GET http://vendor.test/api/v1/exchanges/binance',
      'GET http://vendor.test/datasets/v1/binance/trades/2024/08/08/BTCUSDT.csv.gz',
    ])
    assert.deepEqual(
      server.requests.map(request => request.headers.authorization),
      [undefined, `Bearer ${KEY}`],
    )
  })

  it('refuses addresses that are not URLs and keys that no header can hold', () => {
    const good = { apiUrl: 'http://a/v1', datasetsUrl: 'http://a/v1', log: recordLog([]) }
    for (const apiUrl of ['', 'ftp://a', 'http://user:pass@a/', 'http://a/?x=1'])
      assert.throws(() => createVendor({ ...good, apiUrl }), /must be an http or https URL/)
    assert.throws(
      () => createVendor({ ...good, apiKey: new Secret('a secret\n') }),
      (error: Error) => /printable ASCII/.test(error.message) && !error.message.includes('a secret'),
    )
  })

  it('ends every body when it is closed, and refuses calls afterwards', async () => {
    await using server = await serve((_, response) => response.write(BIG))
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
