import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { committed } from '../support/bucket-suite.ts'
import { startProxyServer } from '../support/proxy-server.ts'

describe('storage/gcs, through a proxy', () => {
  it('writes and reads objects of a bucket that only the proxy can reach', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gcs-proxy-'))
    const server = await startGcsServer({ folder, bucket: 'ticks', names: ['bucket.test'] })
    await using proxy = await startProxyServer(Number(new URL(server.endpoint).port))
    const proxies = { http: new Secret(proxy.url) }
    const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint: 'http://bucket.test', proxies })
    try {
      committed(await bucket.write('a', Buffer.from('text'), ABSENT, { contentType: 'text/plain' }))
      assert.equal(String((await bucket.read('a'))?.data), 'text')
      assert.equal(proxy.requests.length, 2)
      for (const request of proxy.requests) assert.match(request, /^(?:POST|GET) http:\/\/bucket\.test\//)
    } finally {
      await bucket.close()
      await server.close()
      await rm(folder, { recursive: true })
    }
  })
})
