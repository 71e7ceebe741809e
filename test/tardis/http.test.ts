import assert from 'node:assert/strict'
import { createRedactor, VendorError } from '../../functions/tardis/error.ts'
import { createHttpClient, defaultTimeouts, explain, describe as textOf } from '../../functions/tardis/http.ts'
import { type Handler, rejection, serve } from './loopback.ts'

/** What a client gets of a server, as `get` gives it or fails. */
async function get(handler: Handler, path = '/a?b=c', signal = new AbortController().signal) {
  await using server = await serve(handler)
  const redactor = createRedactor('secret')
  const client = createHttpClient({ connections: 1, timeouts: defaultTimeouts, redactor })
  try {
    const response = await client.get(new URL(path, server.url), { signal, key: 'secret' })
    const text = await explain(response, redactor)
    return { response, text, requests: server.requests, url: server.url }
  } finally {
    await client.close()
  }
}

describe('tardis/http', () => {
  it('waits 10 s for a connection, and 30 s for headers and for each piece of a body', () => {
    assert.deepEqual(defaultTimeouts, { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000 })
  })

  it('says who it is, accepts gzip, and sends the key', async () => {
    const { requests } = await get((_, response) => response.end())
    const { 'user-agent': agent, 'accept-encoding': encoding, authorization } = requests[0]!.headers
    assert.deepEqual([agent, encoding, authorization], ['market-data-tick-handler', 'gzip', 'Bearer secret'])
  })

  it('gives status, the first of each header, and the address without its query', async () => {
    const { response, url, text } = await get((_, answer) => {
      answer.writeHead(418, [['x-twice', 'one'], ['x-twice', 'two'], ['x-once', '1']].flat()).end('a secret') // biome-ignore format: pairs
    })
    assert.deepEqual([response.status, response.address, response.wasKeySent], [418, `${url}/a`, true])
    const headers = ['x-twice', 'x-once', 'x-none', 'constructor', 'toString'].map(name => response.header(name))
    assert.deepEqual(headers, ['one', '1', undefined, undefined, undefined])
    assert.equal(text, 'a [key]')
  })

  it('fails with the address and without the key where a redirect leads nowhere', async () => {
    for (const [location, found] of [
      [undefined, 'without a usable Location'],
      ['http://', 'without a usable Location'],
      ['mailto:a@b', 'without a usable Location'],
      ['xhttp://a', 'without a usable Location'],
      ['httpx://a', 'without a usable Location'],
    ] as const) {
      const error = await rejection(
        get((_, response) => response.writeHead(303, location === undefined ? {} : { location }).end(), '/secret?x'),
      )
      assert.ok(error instanceof VendorError && !error.retryable)
      assert.match(error.message, new RegExp(`^GET http://127\\.0\\.0\\.1:\\d+/\\[key\\]: 303 ${found}$`))
    }
  })

  it('follows five redirects, and no sixth', async () => {
    const { requests } = await get((request, response) => {
      const hop = Number(request.url!.slice('/hop'.length) || 0)
      if (hop === 5) response.end()
      else response.writeHead(307, { location: `/hop${hop + 1}` }).end()
    }, '/hop0')
    assert.equal(requests.length, 6)
    const endless = get((_, response) => response.writeHead(308, { location: '/again' }).end(), '/first')
    assert.match((await rejection(endless)).message, /^GET http:\/\/[\d.:]+\/first: more than 5 redirects$/)
  })

  it('ends with the reason of a signal that is aborted before, and requests nothing', async () => {
    const reason = new Error('stopped')
    const handler: Handler = () => assert.fail('no request is expected')
    assert.equal(await rejection(get(handler, '/a', AbortSignal.abort(reason))), reason)
  })

  it('says that the network failed, which may pass, with the cause', async () => {
    const error = await rejection(get(request => void request.socket.destroy()))
    assert.ok(error instanceof VendorError && error.retryable)
    assert.match(error.message, /^GET http:\/\/[\d.:]+\/a: no answer: /)
    assert.ok(error.cause instanceof Error)
  })
})

describe('tardis/http: the text of an error', () => {
  const coded = (message: string, code: unknown, more: object = {}) => Object.assign(new Error(message), { code }, more)

  it('is what its code means, with the place, or its message with the code', () => {
    for (const [error, text] of [
      [coded('connect', 'ECONNREFUSED', { address: '127.0.0.1', port: 9 }), 'connection refused (127.0.0.1:9)'],
      [coded('x', 'UND_ERR_BODY_TIMEOUT'), 'no more data in time'],
      [coded('odd', 'UND_ERR_ODD'), 'odd (UND_ERR_ODD)'],
      [coded('it is UND_ERR_ODD', 'UND_ERR_ODD'), 'it is UND_ERR_ODD'],
      [coded('', 'UND_ERR_ODD'), 'failed (UND_ERR_ODD)'],
      [coded('odd', 7), 'odd'],
      [new Error('plain'), 'plain'],
      ['a text', 'a text'],
      [undefined, 'undefined'],
    ] as const)
      assert.equal(textOf(error), text)
  })
})

describe('tardis/http: what is given back', () => {
  const redactor = createRedactor(undefined)
  const clientOf = () => createHttpClient({ connections: 1, timeouts: defaultTimeouts, redactor })

  it('is the connection of a redirect whose body does not end', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/b') response.end('done')
      else response.writeHead(302, { location: '/b' }).write('x'.repeat(100_000))
    })
    const client = clientOf()
    const response = await client.get(new URL('/a', server.url), { signal: AbortSignal.timeout(10_000) })
    assert.equal(await explain(response, redactor), 'done')
    await client.close()
  })

  it('is the response that was explained', async () => {
    let cancelled = 0
    const body = (async function* () {
      yield Buffer.from('busy')
    })()
    const response = { status: 503, header: () => undefined, address: '', wasKeySent: false, body }
    assert.equal(await explain({ ...response, cancel: () => void cancelled++ }, redactor), 'busy')
    assert.equal(cancelled, 1)
  })

  it('is the reason of a signal that is aborted while a response is waited for, also after a redirect', async () => {
    for (const hops of [0, 1]) {
      const stop = new AbortController()
      const reason = new Error('stopped')
      await using elsewhere = await serve(() => stop.abort(reason))
      await using server = await serve((_, response) => {
        if (hops === 0) stop.abort(reason)
        else response.writeHead(302, { location: elsewhere.url }).end()
      })
      const client = clientOf()
      assert.equal(await rejection(client.get(new URL(server.url), { signal: stop.signal })), reason)
      await client.close()
    }
  })

  it('is an error that no repeat helps, for a request that cannot be sent', async () => {
    await using server = await serve(() => assert.fail('no request is expected'))
    const client = clientOf()
    const { signal } = new AbortController()
    const error = await rejection(client.get(new URL(server.url), { signal, key: 'a\nb' }))
    assert.ok(error instanceof VendorError && !error.retryable)
    await client.close()
  })
})
