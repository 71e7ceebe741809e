import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Storage } from '@google-cloud/storage'
import undici from 'undici'
import { ROOT } from './terraform.ts'

const require = createRequire(import.meta.url)
const partOf = (name: string) => require(join(ROOT, 'infra/bundle/parts', name))

describe('infra/bundle: what stands for a whole package', () => {
  it('storage: makes the credentials that the client makes', () => {
    const options = {
      projectId: 'p',
      universeDomain: 'example.cloud',
      clientOptions: { transporterOptions: { timeout: 7 } },
    }
    const part = new (partOf('storage.cjs').Storage)(options).authClient
    const whole = new Storage(options).authClient as unknown as Record<string, unknown>
    assert.equal(part.constructor.name, 'GoogleAuth')
    for (const field of ['scopes', 'clientOptions', 'defaultScopes', 'keyFilename', 'jsonContent', '_cachedProjectId'])
      assert.deepEqual(part[field], whole[field], field)
  })

  it("undici: has undici's own dispatchers", () => {
    const part = partOf('undici.cjs')
    for (const name of ['Agent', 'Pool', 'EnvHttpProxyAgent'] as const) assert.equal(part[name], undici[name], name)
  })

  it("undici: requests as undici's request does", async () => {
    const server = createServer((request, response) => {
      const { method, url, headers } = request
      request.resume().on('end', () => response.end(JSON.stringify({ method, url, key: headers.key })))
    }).listen(0, '127.0.0.1')
    const dispatcher = new undici.Agent()
    try {
      await new Promise(resolve => server.once('listening', resolve))
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a%2Fb?c=d`)
      for (const options of [{ headers: { key: 'k' } }, { body: 'x' }, { method: 'DELETE' }] as const) {
        const { request } = partOf('undici.cjs') as typeof undici
        const [part, whole] = await Promise.all(
          [request, undici.request].map(async send => (await send(url, { dispatcher, ...options })).body.text()),
        )
        assert.equal(part, whole)
      }
    } finally {
      await dispatcher.close()
      server.close()
    }
  })

  it('undici: refuses a request without a dispatcher', () => {
    assert.throws(() => partOf('undici.cjs').request('http://127.0.0.1/', {}), /found no dispatcher, expected one/)
  })
})
