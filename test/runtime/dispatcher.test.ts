import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { Secret } from '../../functions/runtime/config/secret.ts'
import type { Proxies } from '../../functions/runtime/dispatcher.ts'
import { createDispatcher } from '../../functions/runtime/dispatcher.ts'
import { startProxyServer } from '../support/proxy-server.ts'
import { serve } from '../tardis/loopback.ts'

const TIMEOUTS = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, bodyTimeoutMs: 5_000 }
const portOf = (url: string) => Number(new URL(url).port)

async function get(origin: string, path: string, proxies: Proxies, options: { ca?: string } = {}) {
  const dispatcher = createDispatcher({ ...TIMEOUTS, ...options }, proxies)
  try {
    const { statusCode, body } = await dispatcher.request({ origin, path, method: 'GET' })
    return `${statusCode} ${await body.text()}`
  } finally {
    await dispatcher.destroy()
  }
}

describe('runtime/dispatcher', () => {
  it('forwards http addresses through the proxy', async () => {
    await using target = await serve((request, response) => response.end(`${request.headers.host}${request.url}`))
    await using proxy = await startProxyServer(portOf(target.url))
    const proxies = { http: new Secret(proxy.url) }
    assert.equal(await get('http://vendor.test', '/v1?a=b', proxies), '200 vendor.test/v1?a=b')
    assert.deepEqual(proxy.requests, ['GET http://vendor.test/v1?a=b'])
  })

  it('tunnels https addresses through the proxy, which sees a host and no content', async () => {
    const file = (name: string) => readFile(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
    const [key, cert] = [await file('key'), await file('cert')]
    const target = createServer({ key, cert }, (request, response) => response.end(`secret ${request.url}`))
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
    await using proxy = await startProxyServer((target.address() as AddressInfo).port)
    const proxies = { https: new Secret(proxy.url.replace('//', '//user:p%40ss@')) }
    assert.equal(await get('https://secure.test', '/v1', proxies, { ca: cert }), '200 secret /v1')
    await assert.rejects(get('https://secure.test', '/v1', proxies), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    assert.deepEqual(proxy.requests, ['CONNECT secure.test:443', 'CONNECT secure.test:443'])
    assert.equal(proxy.credentials[0], `Basic ${btoa('user:p@ss')}`)
    target.closeAllConnections()
    target.close()
  })

  it('requests the hosts of NO_PROXY and this machine without the proxy', async () => {
    await using target = await serve((_, response) => response.end('direct'))
    await using proxy = await startProxyServer(portOf(target.url))
    const http = new Secret(proxy.url)
    for (const host of ['127.0.0.1', 'localhost'])
      assert.equal(await get(`http://${host}:${portOf(target.url)}`, '/', { http }), '200 direct')
    // No such host can be found without the proxy.
    for (const except of ['vendor.test', 'other.test,.test', '*', 'vendor.test:80'])
      await assert.rejects(get('http://vendor.test', '/', { http, except }), { code: /ENOTFOUND|EAI_AGAIN/ }, except)
    assert.deepEqual(proxy.requests, [])
    assert.equal(await get('http://vendor.test', '/', { http, except: 'vendor.test:8080' }), '200 direct')
    assert.equal(proxy.requests.length, 1)
  })

  it('does not wait longer for a silent proxy than for a silent server', async () => {
    const silent = createTcpServer(() => {})
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const https = new Secret(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const dispatcher = createDispatcher({ ...TIMEOUTS, connectTimeoutMs: 50 }, { https })
    await assert.rejects(dispatcher.request({ origin: 'https://vendor.test', path: '/', method: 'GET' }))
    await dispatcher.destroy()
    silent.close()
  })

  it('uses no proxy of the environment that it was not given', async () => {
    await using target = await serve((_, response) => response.end('proxied'))
    await using proxy = await startProxyServer(portOf(target.url))
    const before = process.env.HTTPS_PROXY
    process.env.HTTPS_PROXY = 'http://127.0.0.1:1'
    try {
      assert.equal(await get('http://vendor.test', '/', { http: new Secret(proxy.url) }), '200 proxied')
      await assert.rejects(get('https://vendor.test', '/', { http: new Secret(proxy.url) }))
      assert.equal(proxy.requests[1], 'CONNECT vendor.test:443')
    } finally {
      if (before === undefined) delete process.env.HTTPS_PROXY
      else process.env.HTTPS_PROXY = before
    }
  })
})
