import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { gcsOptions } from '../../functions/storage/gcs-config.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'

const NOW_MS = Date.parse('2024-08-08T12:00:00Z')
const PARQUET = 'ticks/data_type=trades/venue=deribit/date=2024-08-08/S.parquet'
const MANIFEST = '_ledger/venue=deribit/date=2024-08-08/manifest.json'
const TYPE = { contentType: 'application/octet-stream' }
const CHUNK_BYTES = 256 * 1024

function bucketAt(apiEndpoint: string, env: Record<string, string>) {
  const config = readConfig({ GCS_API_ENDPOINT: apiEndpoint, ...env })
  const options = { ...gcsOptions('ticks', config, () => NOW_MS), retryBudgetMs: 50, retryDelayMs: 1 }
  return createGcsBucket({ ...options, chunkBytes: CHUNK_BYTES })
}

describe('storage/gcs-config: retention', () => {
  let server: Server
  let endpoint: string
  let bodies: string[]

  beforeEach(async () => {
    bodies = []
    // It takes no object: what the client asks for is all that is looked at.
    server = createServer(async (request, response) => {
      bodies.push((await buffer(request)).toString('latin1'))
      response.writeHead(403).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  /** What the first request for a new object says of it, for an object in one request and for one in chunks. */
  async function metadataSent(name: string, env: Record<string, string>): Promise<unknown[]> {
    const bucket = bucketAt(endpoint, env)
    await assert.rejects(bucket.write(name, Buffer.from('x'), ABSENT, TYPE), /403/)
    const writer = bucket.createWriter(name, ABSENT, TYPE)
    await assert.rejects(async () => {
      await writer.write(Buffer.alloc(CHUNK_BYTES + 1))
      await writer.commit()
    }, /403/)
    await bucket.close()
    return bodies.map(body => JSON.parse(/\{.*\}/.exec(body)![0]).retention)
  }

  const KEPT = { GCS_RETENTION_DAYS: '30', GCS_RETENTION_MODE: 'Locked' }

  it('is asked for with each Parquet object, however it is uploaded', async () => {
    const retention = { mode: 'Locked', retainUntilTime: '2024-09-07T12:00:00.000Z' }
    assert.deepEqual(await metadataSent(PARQUET, KEPT), [retention, retention])
  })

  it('is never asked for with a document of the ledger, which is replaced', async () => {
    assert.deepEqual(await metadataSent(MANIFEST, KEPT), [undefined, undefined])
  })

  it('is not asked for in a folder whose name only begins like that of the data', async () => {
    assert.deepEqual(await metadataSent('ticks-other/S.parquet', KEPT), [undefined, undefined])
  })

  it('is not asked for unless it is set', async () => {
    assert.deepEqual(await metadataSent(PARQUET, {}), [undefined, undefined])
  })
})

describe('storage/gcs-config: who pays', () => {
  /** Every request of a bucket's whole life, as a server sees them. */
  async function queriesSent(env: Record<string, string>): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'gcs-config-'))
    const server = await startGcsServer({ folder, bucket: 'ticks' })
    const proxy = await startFaultProxy(server.endpoint)
    const bucket = bucketAt(proxy.endpoint, env)
    await bucket.write(MANIFEST, Buffer.from('{}'), ABSENT, TYPE)
    const writer = bucket.createWriter(PARQUET, ABSENT, TYPE)
    await writer.write(Buffer.alloc(CHUNK_BYTES + 1))
    const written = await writer.commit()
    assert.ok(written.outcome === 'committed')
    await bucket.read(MANIFEST)
    await bucket.readRange(written.object, 0, 1)
    await bucket.stat(PARQUET)
    for await (const { name } of bucket.list('')) assert.ok([MANIFEST, PARQUET].includes(name))
    await bucket.close()
    await proxy.close()
    await server.close()
    await rm(folder, { recursive: true })
    return proxy.requests.map(({ url }) => url)
  }

  it('stands in every request but those of a session, whose address is complete', async () => {
    const urls = await queriesSent({ GCS_USER_PROJECT: 'my-project' })
    const without = urls.filter(url => !url.includes('userProject=my-project'))
    assert.ok(urls.length - without.length >= 6, urls.join('\n'))
    assert.deepEqual(
      without.filter(url => !url.includes('upload_id=')),
      [],
    )
  })

  it('is left to the bucket unless it is set', async () => {
    const urls = await queriesSent({})
    assert.ok(urls.length >= 6)
    assert.deepEqual(
      urls.filter(url => url.includes('userProject')),
      [],
    )
  })
})
