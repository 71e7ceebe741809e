import assert from 'node:assert/strict'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { crc32c, crc32cText } from '../../functions/storage/crc32c.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { committed } from '../support/bucket-suite.ts'
import type { Fault, PassedRequest } from '../support/fault-proxy.ts'
import { leapingClock } from '../support/leaping-clock.ts'
import {
  CHUNK_BYTES,
  isChunk,
  isError,
  isLast,
  isOpening,
  isQuery,
  LARGE,
  openProxiedBucket,
  type ProxiedBucket,
  TYPE,
} from './proxied-bucket.ts'

describe('storage/gcs-resumable', () => {
  let world: ProxiedBucket
  let bucket: ProxiedBucket['bucket']
  beforeEach(async () => {
    world = await openProxiedBucket()
    const options = { chunkBytes: CHUNK_BYTES, retryBudgetMs: 10_000, clock: leapingClock() }
    bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint: world.proxy.endpoint, ...options })
  })
  afterEach(async () => {
    await bucket.close()
    await world.close()
  })

  const stream = async () => {
    const writer = bucket.createWriter('a', ABSENT, TYPE)
    try {
      await writer.write(LARGE)
      return await writer.commit()
    } finally {
      await writer.abort()
    }
  }
  const plantAll = (isIt: (request: PassedRequest) => boolean, fault: Fault) => {
    world.proxy.choose = request => (isIt(request) ? fault : undefined)
  }
  const kept = (bytes: number): Fault => ({ answer: 308, headers: bytes > 0 ? { range: `bytes=0-${bytes - 1}` } : {} })
  const fails = (code: number | string, retryable: boolean, message: string) => (error: unknown) => {
    assert.equal((error as Error).message, `upload gs://ticks/a: ${message}`)
    return isError(code, retryable)(error)
  }

  it('says in the request that opens a session what the object will be', async () => {
    committed(await stream())
    const { headers, url } = world.proxy.requests.find(isOpening)!
    const { 'content-type': type, 'x-upload-content-type': uploaded } = headers
    assert.deepEqual([type, uploaded], ['application/json; charset=UTF-8', TYPE.contentType])
    assert.equal(new URL(url, 'http://x').searchParams.get('fields'), 'name,generation,size,crc32c')
  })

  it('says what was refused: the session, or a chunk', async () => {
    for (const isIt of [isOpening, isChunk]) {
      plantAll(isIt, { answer: 403, body: '{"error":{"message":"no right"}}' })
      await assert.rejects(stream(), fails(403, false, '403 no right'))
    }
  })

  it('needs an address for the session', async () => {
    for (const location of [undefined, 'nowhere']) {
      plantAll(isOpening, { answer: 200, headers: location === undefined ? {} : { location } })
      const message = `no session URI in the response, but location ${location}`
      await assert.rejects(stream(), fails('BAD_RESPONSE', true, message))
    }
  })

  it('fails so that the whole is sent again where the bucket has more bytes than were sent', async () => {
    plantAll(isChunk, kept(CHUNK_BYTES + 1))
    const message = `the bucket has ${CHUNK_BYTES + 1} bytes, not 0 to ${CHUNK_BYTES}`
    await assert.rejects(stream(), fails('SESSION_LOST', true, message))
  })

  it('gives up within its budget where the bucket keeps nothing of a chunk', async () => {
    plantAll(request => isChunk(request) || isQuery(request), kept(0))
    await assert.rejects(stream(), fails(308, true, 'the bucket kept nothing of it'))
  })

  it('asks for the object where the bucket has all bytes of it and has not ended', async () => {
    const resource = { name: 'a', generation: '7', size: String(LARGE.length), crc32c: crc32cText(crc32c(LARGE)) }
    world.proxy.choose = request => {
      if (isQuery(request)) return { answer: 200, body: JSON.stringify(resource) }
      return isLast(request) ? kept(LARGE.length) : undefined
    }
    assert.equal(committed(await stream()).generation, '7')
    const ranges = world.proxy.requests.map(({ headers }) => headers['content-range']).filter(Boolean)
    assert.equal(ranges.at(-1), `bytes */${LARGE.length}`)
  })
})
