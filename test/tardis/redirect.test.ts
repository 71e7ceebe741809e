import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { createRedactor, VendorError } from '../../functions/tardis/error.ts'
import { createHttpClient, defaultTimeouts } from '../../functions/tardis/http.ts'
import { startProxyServer } from '../support/proxy-server.ts'

describe('tardis/http: redirects from https', () => {
  const trusted = getCACertificates('default')
  let server: Server
  let requests: string[]

  beforeEach(async () => {
    const file = (name: string) => readFile(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
    const [key, cert] = [await file('key'), await file('cert')]
    setDefaultCACertificates([...trusted, cert])
    requests = []
    server = createServer({ key, cert }, (request, response) => {
      requests.push(request.url!)
      const location = new URL(request.url!, 'https://secure.test').searchParams.get('to')
      response.writeHead(location ? 302 : 200, location ? { location } : {}).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    setDefaultCACertificates(trusted)
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  /** The status at the end of all redirects. Names ending in .test are found by the proxy alone. */
  async function get(path: string): Promise<number> {
    await using proxy = await startProxyServer((server.address() as AddressInfo).port)
    const proxies = { https: new Secret(proxy.url), http: new Secret(proxy.url) }
    const redactor = createRedactor(undefined)
    const client = createHttpClient({ connections: 1, timeouts: defaultTimeouts, redactor, proxies })
    try {
      const response = await client.get(new URL(path, 'https://secure.test'), { signal: AbortSignal.timeout(10_000) })
      response.cancel()
      return response.status
    } finally {
      await client.close()
    }
  }

  it('are followed to https', async () => {
    assert.equal(await get(`/a?to=${encodeURIComponent('https://secure.test/b')}`), 200)
    assert.equal(await get('/a?to=/b'), 200)
    assert.deepEqual(
      requests.filter(url => url === '/b'),
      ['/b', '/b'],
    )
  })

  it('are not followed to http', async () => {
    const error = await get(`/a?to=${encodeURIComponent('http://secure.test/b')}`).catch((error: unknown) => error)
    assert.ok(error instanceof VendorError, String(error))
    assert.equal(error.message, 'GET https://secure.test/a: 302 leads to http://, expected https://')
    assert.equal(error.retryable, false)
    assert.equal(requests.length, 1)
  })
})
