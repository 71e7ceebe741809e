import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { createDeadline, DeadlineExceeded } from '../../functions/runtime/deadline.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import type { VendorOptions } from '../../functions/tardis/vendor.ts'
import {
  collect,
  deadlineIn,
  FILE,
  type Handler,
  KEY,
  leapingClock,
  NAME,
  type Rig,
  rejection,
  rig,
  serve,
} from './loopback.ts'

const HTML = `<html><head><title>x</title></head><body><h1>Just a\nmoment</h1> Bearer ${KEY}</body></html>`
const BIG = Buffer.concat([FILE, Buffer.alloc(1_000_000)])

const answer = (status: number, headers: Record<string, string | number> = {}, body = `no: ${KEY}`): Handler => {
  return (_, response) => void response.writeHead(status, headers).end(body)
}
const breaking = (headers: Record<string, string | number>, end: (response: ServerResponse) => void): Handler => {
  return (_, response) => {
    response.writeHead(200, headers)
    response.write(BIG.subarray(0, 500_000), () => end(response))
  }
}

/** Whatever else is wrong, the key is nowhere: not in the error, its cause or stack, nor in the log. */
function assertNoKey(error: unknown, { log }: Rig): void {
  const whole = inspect([error, log], { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null })
  const texts = [whole, JSON.stringify(log), error instanceof Error ? `${error.stack}${error.cause}` : '']
  for (const secret of [KEY, encodeURIComponent(KEY), btoa(KEY)])
    for (const text of texts) assert.equal(text.includes(secret), false, text)
}

interface Case {
  name: string
  handler: Handler
  message: RegExp
  retryable: boolean
  /** How many requests it takes to give up; unless told, one where nothing is tried again, else all six. */
  requests?: number
  options?: Partial<VendorOptions>
}

const whileOpening: Case[] = [
  { name: '400', handler: answer(400), message: /answered 400: no: \[key\]$/, retryable: false },
  { name: '402', handler: answer(402), message: /answered 402/, retryable: false },
  { name: '206', handler: answer(206), message: /answered 206/, retryable: false },
  { name: '408', handler: answer(408), message: /answered 408.*gave up after 6 attempts/, retryable: true },
  {
    name: '429',
    handler: answer(429, { 'retry-after': 1 }),
    message: /answered 429.*gave up after 6 attempts/,
    retryable: true,
  },
  {
    name: '500',
    handler: answer(500),
    message: /answered 500: no: \[key\]; gave up after 6 attempts/,
    retryable: true,
  },
  {
    name: '502 with a page',
    handler: answer(502, {}, HTML),
    message: /answered 502: Just a moment Bearer \[key\];/,
    retryable: true,
  },
  {
    name: 'an answer cut off while it is explained',
    handler: (_, response) => void response.writeHead(503).write('busy', () => response.destroy()),
    message: /answered 503: busy; gave up/,
    retryable: true,
  },
  {
    name: 'reset before an answer',
    handler: request => void request.socket.destroy(),
    message: /no answer: .*gave up/,
    retryable: true,
  },
  {
    name: 'no headers in time',
    handler: () => {},
    options: { timeouts: { headersMs: 30 }, retry: { attempts: 2 } },
    message: /no answer: Headers Timeout Error .*gave up after 2 attempts/,
    retryable: true,
    requests: 2,
  },
  {
    name: 'reset before the first byte',
    handler: (_, response) => {
      response.flushHeaders()
      setImmediate(() => response.destroy())
    },
    message: /the body broke off .* after 0 bytes; gave up/,
    retryable: true,
  },
  {
    name: 'a page instead of the file',
    handler: answer(200, { 'content-type': 'text/html' }, HTML),
    message: /answered text\/html instead of a gzip file: Just a moment Bearer \[key\]$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'a packed page instead of the file',
    handler: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync(HTML))
    },
    message: /answered text\/html instead of a gzip file: Just a moment Bearer \[key\]$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'JSON instead of the file',
    handler: answer(200, {}, JSON.stringify({ message: `bad key ${KEY}` })),
    message: /answered no content type instead of a gzip file: bad key \[key\]$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'one byte that is no gzip',
    handler: answer(200, {}, 'x'),
    message: /instead of a gzip file: x$/,
    retryable: true,
    requests: 1,
  },
  {
    name: 'a redirect to nowhere',
    handler: answer(302),
    message: /302 without a usable Location$/,
    retryable: false,
  },
  {
    name: 'a redirect to no web address',
    handler: answer(302, { location: 'file:///etc/passwd' }),
    message: /302 without a usable Location$/,
    retryable: false,
  },
  {
    name: 'redirects without end',
    handler: answer(302, { location: `/${encodeURIComponent(KEY)}?key=${encodeURIComponent(KEY)}` }),
    message: /more than 5 redirects$/,
    retryable: false,
    requests: 6,
  },
  {
    name: 'a failure at an address that holds the key',
    handler: (request, response) => {
      if (request.url?.includes('signed')) response.writeHead(400).end()
      else response.writeHead(302, { location: `/signed/${encodeURIComponent(KEY)}?key=${KEY}` }).end()
    },
    message: /GET http:\/\/127\.0\.0\.1:\d+\/signed\/\[key\]: answered 400/,
    retryable: false,
    requests: 2,
  },
]

const whileReading: Case[] = [
  {
    name: 'a reset',
    handler: breaking({ 'content-length': BIG.length }, response => response.destroy()),
    message: new RegExp(`the body broke off \\(.+\\) after \\d+ of ${BIG.length} bytes$`),
    retryable: true,
  },
  {
    name: 'an end before the stated length',
    handler: breaking({ 'content-length': BIG.length }, response => response.socket?.end()),
    message: new RegExp(`after 500000 of ${BIG.length} bytes$`),
    retryable: true,
  },
  {
    name: 'a reset without a stated length',
    handler: breaking({}, response => response.destroy()),
    message: /the body broke off \(.+\) after \d+ bytes$/,
    retryable: true,
  },
  {
    name: 'silence',
    handler: breaking({ 'content-length': BIG.length }, () => {}),
    options: { timeouts: { bodyMs: 30 } },
    message: new RegExp(`Body Timeout Error .* after 500000 of ${BIG.length} bytes$`),
    retryable: true,
  },
]

describe('tardis/vendor, faults', () => {
  for (const { name, handler, message, retryable, requests = retryable ? 6 : 1, options } of whileOpening)
    it(`while opening: ${name}`, async () => {
      await using server = await serve(handler)
      await using r = rig(server.url, options)
      const error = await rejection(r.vendor.openDataset(NAME, { deadline: deadlineIn(600_000) }))
      assert.ok(error instanceof VendorError, inspect(error))
      assert.match(error.message, message)
      assert.equal(error.retryable, retryable)
      assert.equal(server.requests.length, requests)
      assertNoKey(error, r)
    })

  for (const { name, handler, message, options } of whileReading)
    it(`while reading: ${name}`, async () => {
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

  it('does not let a stream without framing be cut in silence where a length is stated', async () => {
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
    const found = await r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) })
    assert.ok(found.kind === 'open')
    assert.match((await rejection(collect(found.body))).message, /after 20 of 100 bytes/)
    raw.close()
  })

  it('recovers from what passes, waiting longer each time', async () => {
    const faults: Handler[] = [answer(500), request => void request.socket.destroy(), answer(408), answer(503)]
    await using server = await serve((request, response, count) => {
      const fault = faults[count]
      if (fault) fault(request, response, count)
      else response.end(FILE)
    })
    const clock = leapingClock()
    await using r = rig(server.url, { clock })
    const found = await r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) })
    assert.equal(found.kind, 'open')
    assert.equal(server.requests.length, 5)
    assert.deepEqual(clock.waitsMs, [250, 500, 1000, 2000])
    assert.deepEqual(
      r.log.map(entry => [entry.level, (entry.fields as { attempt: number }).attempt]),
      [1, 2, 3, 4].map(attempt => ['warn', attempt]),
    )
    assertNoKey(undefined, r)
  })

  const waits: [string, number, Record<string, string>, number][] = [
    ['the seconds that a 429 asks for', 429, { 'retry-after': '7' }, 7000],
    ['until the date that a 503 asks for', 503, { 'retry-after': 'Fri, 09 Aug 2024 00:00:20 GMT' }, 20_000],
    ['a minute after a 429 that asks for nothing', 429, {}, 60_000],
    ['no shorter than its own backoff', 429, { 'retry-after': '0' }, 250],
    ['its own backoff where a 500 asks for more', 500, { 'retry-after': '90' }, 250],
  ]
  for (const [what, status, headers, waitMs] of waits)
    it(`waits ${what}`, async () => {
      await using server = await serve((request, response, count) => {
        if (count === 0) answer(status, headers)(request, response, count)
        else response.end(FILE)
      })
      const clock = leapingClock()
      await using r = rig(server.url, { clock })
      assert.equal((await r.vendor.openDataset(NAME, { deadline: deadlineIn(300_000, clock) })).kind, 'open')
      assert.deepEqual(clock.waitsMs, [waitMs])
    })

  it('does not begin a wait that would pass the deadline', async () => {
    await using server = await serve(answer(429, { 'retry-after': '3600' }))
    const clock = leapingClock()
    await using r = rig(server.url, { clock })
    const error = await rejection(r.vendor.openDataset(NAME, { deadline: deadlineIn(500_000, clock) }))
    assert.ok(error instanceof VendorError)
    assert.match(
      error.message,
      /answered 429.*would wait 3600\.0 s, which the vendor asks for, but the deadline is in 500\.0 s$/,
    )
    assert.equal(error.retryable, true)
    assert.equal(error.status, 429)
    assert.deepEqual(clock.waitsMs, [])
    assert.equal(server.requests.length, 1)
    assertNoKey(error, r)
  })

  it('gives up a body that drips, and only counts the time that it waited for it', async () => {
    let drip = () => {}
    await using server = await serve((_, response) => {
      response.write(FILE)
      drip = () => void response.write(Buffer.alloc(100))
    })
    let nowMs = 0
    const clock = { ...leapingClock(), now: () => nowMs }
    await using r = rig(server.url, { clock, floor: { bytes: 1000, windowMs: 60_000 } })
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
    assert.ok(drips === 2 || drips === 3, `${drips} drips were let through`)
    assert.ok(error instanceof VendorError && error.retryable)
    assert.match(error.message, /only \d+ bytes came in \d+ s, too slow, after \d+ bytes$/)
    assertNoKey(error, r)
  })

  const places: [string, Handler][] = [
    ['before an answer', () => {}],
    ['before the first byte', (_, response) => response.flushHeaders()],
    ['in the body', (_, response) => void response.write(FILE)],
    ['in a wait', answer(503, { 'retry-after': '3' })],
  ]
  for (const [place, handler] of places) {
    const readAll = async (r: Rig, options: Parameters<Rig['vendor']['openDataset']>[1]) => {
      const found = await r.vendor.openDataset(NAME, options)
      if (found.kind === 'open') await collect(found.body)
    }

    it(`stops at the deadline ${place}`, async () => {
      await using server = await serve(handler)
      await using r = rig(server.url, { clock: { ...leapingClock(), setTimeout: () => undefined } })
      using deadline = createDeadline(40)
      const patient = { ...deadline, signal: deadline.signal, expired: false, remainingMs: () => 1e6 }
      const error = await rejection(readAll(r, { deadline: patient }))
      assert.ok(error instanceof DeadlineExceeded, inspect(error))
      assert.equal(server.requests.length, 1)
      assertNoKey(error, r)
    })

    it(`stops when it is told to ${place}`, async () => {
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

  it('asks nothing where there is no time left', async () => {
    await using server = await serve(answer(200))
    await using r = rig(server.url)
    using deadline = createDeadline(0)
    assert.ok((await rejection(r.vendor.openDataset(NAME, { deadline }))) instanceof DeadlineExceeded)
    assert.ok((await rejection(r.vendor.exchange('binance', { deadline }))) instanceof DeadlineExceeded)
    assert.equal(server.requests.length, 0)
  })

  it('keeps no listener on the caller’s signals', async () => {
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
