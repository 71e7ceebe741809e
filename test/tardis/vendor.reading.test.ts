import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { VendorError } from '../../functions/tardis/error.ts'
import { BEGINNING_BYTES } from '../../functions/tardis/gzip-encoding.ts'
import type { VendorOptions } from '../../functions/tardis/vendor.ts'
import { assertNoKey, BIG, breaking } from './faults.ts'
import { collect, deadlineIn, FILE, type Handler, leapingClock, NAME, rejection, rig, serve } from './loopback.ts'

interface Case {
  name: string
  handler: Handler
  message: RegExp
  options?: Partial<VendorOptions>
}

const whileReading: Case[] = [
  {
    name: 'a connection reset',
    handler: breaking({ 'content-length': BIG.length }, response => response.destroy()),
    message: new RegExp(`the body broke off \\(.+\\) after \\d+ of ${BIG.length} bytes$`),
  },
  {
    name: 'an end before the stated length',
    handler: breaking({ 'content-length': BIG.length }, response => response.socket?.end()),
    message: new RegExp(`after 500000 of ${BIG.length} bytes$`),
  },
  {
    name: 'a reset without a stated length',
    handler: breaking({}, response => response.destroy()),
    message: /the body broke off \(.+\) after \d+ bytes$/,
  },
  {
    name: 'silence',
    handler: breaking({ 'content-length': BIG.length }, () => {}),
    options: { timeouts: { bodyMs: 30 } },
    message: new RegExp(`no more data in time\\) after 500000 of ${BIG.length} bytes$`),
  },
]

describe('tardis/vendor, faults while reading', () => {
  for (const { name, handler, message, options } of whileReading)
    it(`reports: ${name}`, async () => {
      await using server = await serve(handler)
      await using r = rig(server.url, options)
      const found = await r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) })
      assert.ok(found.kind === 'open')
      const error = await rejection(collect(found.body))
      assert.ok(error instanceof VendorError, inspect(error))
      assert.match(error.message, message)
      assert.equal(error.retryable, true)
      assert.equal(server.requests.length, 1)
      assertNoKey(error, r)
    })

  it('reports a stream that ends before its Content-Length, although the connection closes cleanly', async () => {
    const raw = createServer(socket => {
      socket.once('data', () => {
        socket.end(
          `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n${FILE.toString('latin1').slice(0, 20)}`,
          'latin1',
        )
      })
    })
    raw.listen(0, '127.0.0.1')
    await once(raw, 'listening')
    await using r = rig(`http://127.0.0.1:${(raw.address() as { port: number }).port}`)
    const error = await rejection(r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) }))
    assert.match(error.message, /after 20 of 100 bytes; gave up after 6 attempts$/)
    raw.close()
  })

  it('ends a body that is slower than the minimum throughput, not counting the time of its reader', async () => {
    let drip = () => {}
    await using server = await serve((_, response) => {
      response.write(BIG.subarray(0, BEGINNING_BYTES))
      drip = () => void response.write(Buffer.alloc(100))
    })
    let nowMs = 0
    const clock = { ...leapingClock(), now: () => nowMs }
    await using r = rig(server.url, { clock, minThroughput: { bytes: 5000, windowMs: 60_000 } })
    const found = await r.vendor.openDataset(NAME, { deadline: deadlineIn(1e9) })
    assert.ok(found.kind === 'open')
    const body = found.body[Symbol.asyncIterator]()
    await body.next()
    nowMs += 3_600_000
    let drips = 0
    const dripping = async () => {
      for (; drips < 20; drips++) {
        const next = body.next()
        nowMs += 20_000
        drip()
        await next
      }
    }
    const error = await rejection(dripping())
    assert.ok(drips === 2 || drips === 3, `${drips} drips were accepted`)
    assert.ok(error instanceof VendorError && error.retryable)
    assert.match(error.message, /only \d+ bytes came in \d+ s, too slow, after \d+ bytes$/)
    assertNoKey(error, r)
  })
})
