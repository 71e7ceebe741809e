import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PushProxy, startPushProxy } from '../../../functions/local/dev/push-proxy.ts'

describe('local/dev/push-proxy', () => {
  let proxy: PushProxy
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
  let instance: () => Promise<number>
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    answer(request, response, Buffer.concat(chunks).toString())
  })

  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  beforeEach(async () => {
    answer = (_, response) => response.writeHead(204).end()
    instance = async () => (server.address() as AddressInfo).port
    proxy = await startPushProxy({ instance: () => instance(), session: 'run1' })
  })
  afterEach(() => proxy.close())

  const push = async (messageId = '1', path = '/projects/p/topics/t') => {
    const body = JSON.stringify({ message: { messageId, message_id: messageId, data: 'e30=' }, subscription: 's' })
    const response = await fetch(`${proxy.url}${path}`, { method: 'POST', body })
    return response.status
  }

  it('passes a push on, at its path, under an id that no other run of an emulator gives', async () => {
    const seen: unknown[] = []
    answer = (request, response, body) => {
      seen.push(request.url, JSON.parse(body))
      response.writeHead(204).end()
    }
    assert.equal(await push('7'), 204)
    const message = { messageId: 'run1_7', message_id: 'run1_7', data: 'e30=' }
    assert.deepEqual(seen, ['/projects/p/topics/t', { message, subscription: 's' }])
  })

  it('passes one push at a time, in their order', async () => {
    let inside = 0
    let most = 0
    const ids: string[] = []
    answer = (_, response, body) => {
      inside += 1
      most = Math.max(most, inside)
      ids.push(JSON.parse(body).message.messageId)
      setImmediate(() => {
        inside -= 1
        response.writeHead(204).end()
      })
    }
    await Promise.all(['1', '2', '3', '4'].map(id => push(id)))
    assert.deepEqual([most, ids.sort()], [1, ['run1_1', 'run1_2', 'run1_3', 'run1_4']])
  })

  it('waits while an instance is being started', async () => {
    const started = Promise.withResolvers<number>()
    const wanted = Promise.withResolvers<void>()
    const port = await instance()
    instance = () => {
      wanted.resolve()
      return started.promise
    }
    const pushed = push()
    await wanted.promise
    started.resolve(port)
    assert.equal(await pushed, 204)
  })

  it('returns the instance’s status, or an error status if it does not respond, so that the push comes again', async () => {
    answer = (_, response) => response.writeHead(500).end('no')
    assert.equal(await push(), 500)
    answer = (_, response) => void response.destroy()
    assert.equal(await push(), 502)
    instance = () => Promise.reject(new Error('stopped'))
    assert.equal(await push(), 503)
    instance = async () => (server.address() as AddressInfo).port
    answer = (_, response) => response.writeHead(204).end()
    assert.equal(await push(), 204)
  })

  it('aborts running requests when it closes', async () => {
    const arrived = Promise.withResolvers<void>()
    answer = () => arrived.resolve()
    const pushed = assert.rejects(push(), TypeError)
    await arrived.promise
    await proxy.close()
    await pushed
  })
})
