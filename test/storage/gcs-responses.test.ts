import assert from 'node:assert/strict'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { GcsApi } from '../../functions/storage/gcs-api.ts'
import { codeOf, errorText, isLastingCode, isTransientResponse } from '../../functions/storage/gcs-failure.ts'
import { uploadMemory } from '../../functions/storage/memory.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import {
  CHUNK_BYTES,
  isError,
  isOpening,
  LARGE,
  openProxiedBucket,
  type ProxiedBucket,
  TYPE,
} from './proxied-bucket.ts'

/** For assert.rejects: an error of this code whose message matches. */
const says = (code: string, retryable: boolean, message: RegExp) => (error: unknown) => {
  assert.match((error as Error).message, message)
  return isError(code, retryable)(error)
}

describe('createGcsBucket, responses that no bucket gives', () => {
  let world: ProxiedBucket
  let brief: ProxiedBucket['bucket']

  beforeEach(async () => {
    world = await openProxiedBucket()
    const options = { chunkBytes: CHUNK_BYTES, retryDelayMs: 1, retryBudgetMs: 20 }
    brief = createGcsBucket({ bucket: 'ticks', apiEndpoint: world.proxy.endpoint, ...options })
  })
  afterEach(async () => {
    await brief.close()
    await world.close()
  })

  it('refuses another range than the one that it asked for, or another number of bytes', async () => {
    const answers = [
      ['bytes 1-5/100', '12345'],
      ['bytes 0-5/100', '123456'],
      ['bytes 0-4/100', '1234'],
      ['bytes 0-4/*', '12345'],
      ['x bytes 0-4/100', '12345'],
    ] as const
    for (const [range, body] of answers) {
      world.proxy.choose = () => ({ answer: 206, headers: { 'content-range': range }, body })
      const text = `got ${body.length} bytes as 206 ${range}, expected 0-4`
      const expected = says('BAD_RESPONSE', true, new RegExp(text.replace(/[*/]/g, '\\$&')))
      await assert.rejects(brief.readBeginning('a', 5), expected, range)
    }
  })

  it('takes the end of a shorter object for its beginning', async () => {
    world.proxy.choose = () => ({ answer: 206, headers: { 'content-range': 'bytes 0-2/3' }, body: '123' })
    assert.equal(Buffer.from((await brief.readBeginning('a', 5))!).toString(), '123')
  })

  it('refuses a session without an address', async () => {
    world.proxy.choose = request => (isOpening(request) ? { answer: 200, headers: { location: 'nowhere' } } : undefined)
    const writer = brief.createWriter('a', ABSENT, TYPE)
    const expected = says('BAD_RESPONSE', true, /no session URI in the response, but location nowhere/)
    await assert.rejects(async () => {
      await writer.write(LARGE)
      await writer.commit()
    }, expected)
    await writer.abort()
  })

  it('stops reading a response that is larger than any object that it reads whole', async () => {
    const whole = createGcsBucket({ bucket: 'ticks', apiEndpoint: world.proxy.endpoint, retryDelayMs: 1 })
    const body = 'x'.repeat(64 * 1024 * 1024 + 1)
    world.proxy.choose = () => ({ answer: 200, body })
    await assert.rejects(whole.stat('a'), says('TOO_LARGE', false, /the response has more than 67108864 bytes/))
    assert.equal(world.proxy.requests.length, 1)
    await whole.close()
  })

  it('refuses chunks of a size that the bucket would refuse', () => {
    for (const chunkBytes of [0, -CHUNK_BYTES, CHUNK_BYTES + 1])
      assert.throws(
        () => brief.createWriter('a', ABSENT, { ...TYPE, chunkBytes }),
        new RangeError(`chunkBytes is ${chunkBytes}, not a multiple of 262144`),
      )
  })
})

describe('failures of requests to the bucket', () => {
  it('are transient by status, and by what the bucket says of a checksum', () => {
    const statuses = [200, 400, 401, 403, 404, 408, 412, 429, 500, 501, 502, 503, 504, 507]
    const transient = statuses.filter(status => isTransientResponse(status, ''))
    assert.deepEqual(transient, [408, 429, 500, 502, 503, 504])
    const refusal = "Provided CRC32C doesn't match calculated CRC32C"
    assert.deepEqual([isTransientResponse(400, refusal), isTransientResponse(412, refusal)], [true, false])
    const codes = ['UND_ERR_CLOSED', 'UND_ERR_DESTROYED', 'UND_ERR_INVALID_ARG', 'UND_ERR_SOCKET', 'ECONNRESET']
    assert.deepEqual(codes.map(isLastingCode), [true, true, true, false, false])
  })

  it('have the code of the system, or NETWORK, and a text', () => {
    assert.deepEqual([{ code: 'EPIPE' }, { code: 5 }, {}, null].map(codeOf), ['EPIPE', 'NETWORK', 'NETWORK', 'NETWORK'])
    assert.equal(errorText(new TypeError('it broke')), 'it broke')
    assert.equal(errorText(new TypeError('')), 'TypeError')
    assert.equal(errorText('text'), 'text')
    const refused = { code: 'ECONNREFUSED', address: '127.0.0.1', port: 9 }
    assert.match(errorText(Object.assign(new Error('connect'), refused)), /^[^:]+: 127\.0\.0\.1/)
  })

  it('name the way out where there are no credentials', async () => {
    const api = new GcsApi({
      bucket: 'ticks',
      url: 'gs://ticks',
      endpoint: 'http://127.0.0.1:9',
      credentials: {
        headers: async () => {
          throw new Error('no such file')
        },
        isTransient: () => false,
        renew: () => {},
      },
      retryBudgetMs: 50,
      retryDelayMs: 1,
      silenceMs: 10_000,
      proxies: undefined,
      clock: systemClock,
      random: Math.random,
    })
    const request = { operation: 'stat', object: 'a', method: 'GET', path: '/x', query: {} } as const
    await assert.rejects(api.call(request), error => {
      assert.ok(error instanceof StorageError)
      assert.deepEqual([error.code, error.retryable], ['CREDENTIALS', false])
      const text = 'no credentials for Google Cloud (no such file); run `gcloud auth application-default login`'
      assert.ok(error.message.includes(text), error.message)
      return true
    })
    await api.close()
  })
})

describe('the memory of an upload', () => {
  it('is three copies of its chunk, and what the system buffers for its connection', () => {
    const [chunk, socket, ...more] = uploadMemory(1000)
    assert.deepEqual(chunk, { part: 'upload chunk', bytes: 1000, count: 3, resident: true })
    assert.deepEqual([socket?.resident, more], [false, []])
  })
})
