import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isLoopback, refuseForeignRequests } from '../../functions/emulators/loopback.ts'

describe('emulators/loopback', () => {
  let server: Server
  let served: number

  beforeEach(async () => {
    served = 0
    server = createServer((_, response) => {
      served += 1
      response.end()
    })
    refuseForeignRequests(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  async function statusOf(
    headers: Record<string, string>,
    port = (server.address() as AddressInfo).port,
  ): Promise<number | undefined> {
    const [response] = await once(request({ host: '127.0.0.1', port, headers }).end(), 'response')
    response.resume()
    return response.statusCode
  }

  for (const headers of [
    { host: '127.0.0.1:8080' },
    { host: '127.1.2.3' },
    { host: 'localhost:8080' },
    { host: 'LOCALHOST' },
    { host: '[::1]:8080' },
    { host: 'localhost', origin: 'http://localhost:3000' },
    { host: 'localhost', origin: 'http://[::1]:3000' },
  ] as Record<string, string>[]) {
    it(`serves ${JSON.stringify(headers)}`, async () => {
      assert.equal(await statusOf(headers), 200)
      assert.equal(served, 1)
    })
  }

  for (const headers of [
    { host: 'example.org' },
    { host: '127.0.0.1.example.org' },
    { host: 'localhost.example.org:8080' },
    { host: '192.168.1.2:8080' },
    { host: 'a:b:c' },
    { host: 'localhost', origin: 'https://example.org' },
    { host: 'localhost', origin: 'https://localhost.example.org' },
    { host: 'localhost', origin: 'null' },
  ] as Record<string, string>[]) {
    it(`refuses ${JSON.stringify(headers)}, and does nothing for it`, async () => {
      assert.equal(await statusOf(headers), 403)
      assert.equal(served, 0)
    })
  }

  it('serves the further host names that it is given', async () => {
    const named = createServer((_, response) => response.end())
    refuseForeignRequests(named, ['bucket.test'])
    named.listen(0, '127.0.0.1')
    await once(named, 'listening')
    const { port } = named.address() as AddressInfo
    assert.equal(await statusOf({ host: 'bucket.test' }, port), 200)
    assert.equal(await statusOf({ host: 'other.test' }, port), 403)
    named.closeAllConnections()
    named.close()
  })

  it('knows the addresses that no other machine can reach', () => {
    for (const here of ['localhost', '127.0.0.1', '127.255.0.1', '::1', '[::1]']) assert.ok(isLoopback(here), here)
    for (const open of ['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.0.0.1.example.org', '']) {
      assert.ok(!isLoopback(open), open)
    }
  })
})
