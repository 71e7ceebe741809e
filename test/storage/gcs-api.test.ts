import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../../functions/runtime/deadline.ts'
import { GcsApi, type GcsApiOptions, type GcsRequest } from '../../functions/storage/gcs-api.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'

const REQUEST: GcsRequest = { operation: 'stat', object: 'a', method: 'GET', path: '/x' }
const CREDENTIALS = { headers: async () => ({}), isTransient: () => false, renew: () => {} }

describe('storage/gcs-api', () => {
  let server: Server
  let requests: { url: string; headers: IncomingMessage['headers']; body: string }[]
  let statuses: number[]
  let api: GcsApi

  const open = (more: Partial<GcsApiOptions> = {}) => {
    api = new GcsApi({
      ...{ bucket: 'ticks', url: 'gs://ticks', credentials: undefined, proxies: undefined },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ retryBudgetMs: 10_000, retryDelayMs: 1, silenceMs: 10_000, clock: systemClock, random: Math.random },
      ...more,
    })
    return api
  }
  beforeEach(async () => {
    requests = []
    statuses = []
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      requests.push({ url: request.url!, headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 200).end('{}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    await api.close()
    server.close()
    server.closeAllConnections()
  })

  it('sends a query where there is one, and the length of a body where there can be one', async () => {
    open()
    await api.call(REQUEST)
    await api.call({ ...REQUEST, query: { a: '1 2', b: undefined, c: 3 } })
    await api.call({ ...REQUEST, method: 'PUT' })
    await api.call({ ...REQUEST, method: 'POST', body: ['ab', 'c'].map(text => Buffer.from(text)) })
    await api.call({ ...REQUEST, method: 'PUT', body: [Buffer.from('abc')] })
    assert.deepEqual(
      requests.map(({ url, headers, body }) => [url, headers['content-length'], body]),
      [
        ['/x', undefined, ''],
        ['/x?a=1+2&c=3', undefined, ''],
        ['/x', '0', ''],
        ['/x', '3', 'abc'],
        ['/x', '3', 'abc'],
      ],
    )
    for (const { headers } of requests) assert.equal(headers['transfer-encoding'], undefined)
  })

  it('takes no status for success but those from 200 to 299, and those that a request accepts', async () => {
    open()
    for (const status of [200, 204, 299]) {
      statuses = [status]
      assert.equal((await api.call(REQUEST)).status, status)
    }
    for (const status of [300, 404]) {
      statuses = [status, status]
      await assert.rejects(api.call(REQUEST), { code: status, retryable: false })
      assert.equal((await api.call({ ...REQUEST, accept: [status] })).status, status)
    }
  })

  it('says of a request without an answer why, with the cause', async () => {
    open({ endpoint: 'http://127.0.0.1:1' })
    await assert.rejects(api.once(REQUEST, 1_000), (error: unknown) => {
      assert.ok(error instanceof StorageError && error.retryable)
      assert.equal(error.message, 'stat gs://ticks/a: no answer (connection refused: 127.0.0.1:1)')
      assert.equal((error.cause as { code?: unknown }).code, 'ECONNREFUSED')
      return true
    })
  })

  it('gives up after a 401 where there are no credentials, also after a success', async () => {
    open()
    statuses = [200, 401]
    await api.call(REQUEST)
    await assert.rejects(api.call(REQUEST), { name: 'StorageError', code: 401, retryable: false })
  })

  it('renews no token for another refusal than a 401', async () => {
    let renewals = 0
    open({ credentials: { ...CREDENTIALS, renew: () => void renewals++ } })
    statuses = [200, 403]
    await api.call(REQUEST)
    await assert.rejects(api.call(REQUEST), { code: 403, retryable: false })
    assert.equal(renewals, 0)
  })

  it('waits for a token as long as for any silence, but not beyond the budget', async () => {
    const waitsMs: number[] = []
    const clock: Clock = {
      now: () => 0,
      setTimeout: (_, ms) => void waitsMs.push(ms),
      clearTimeout() {},
    }
    open({ credentials: CREDENTIALS, clock, silenceMs: 200 })
    for (const budgetMs of [100, 1_000, 0]) await api.once(REQUEST, budgetMs).catch(() => {})
    assert.deepEqual(waitsMs, [100, 200, 1])
  })

  it('keeps the cause where there is no token, and the reason where the caller has stopped', async () => {
    const cause = new Error('no such file')
    open({ credentials: { ...CREDENTIALS, headers: () => Promise.reject(cause) } })
    await assert.rejects(api.once(REQUEST, 1_000), { code: 'CREDENTIALS', cause })
    await api.close()
    const stop = new AbortController()
    const reason = new Error('stopped')
    const headers = () => {
      stop.abort(reason)
      return Promise.reject(reason)
    }
    open({ credentials: { ...CREDENTIALS, headers } })
    await assert.rejects(api.once({ ...REQUEST, signal: stop.signal }, 1_000), error => error === reason)
  })
})
