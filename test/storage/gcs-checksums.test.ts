import assert from 'node:assert/strict'
import { ABSENT, type WriteOutcome } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { committed, someBytes } from '../support/bucket-suite.ts'
import { type PassedRequest, plant } from '../support/fault-proxy.ts'
import {
  CHUNK_BYTES,
  isChunk,
  isError,
  isGet,
  isInsert,
  isLast,
  LARGE,
  openProxiedBucket,
  type ProxiedBucket,
  SMALL,
  TYPE,
} from './proxied-bucket.ts'

/** The body with one bit changed; counted from the end where `at` is negative. */
const flip =
  (at: number) =>
  (body: Buffer): Buffer => {
    const flipped = Buffer.from(body)
    flipped[at < 0 ? body.length + at : at]! ^= 1
    return flipped
  }

/** A response that states another checksum than the object has. */
const otherChecksum = (body: Buffer) => Buffer.from(body.toString().replace(/"crc32c":"[^"]+"/, '"crc32c":"AAAAAA=="'))
/** Of an object, not of an upload's session. */
const isDelete = ({ method, url }: PassedRequest) => method === 'DELETE' && url.includes('/o/a?')

describe('createGcsBucket, checksums', () => {
  let world: ProxiedBucket
  let bucket: ProxiedBucket['bucket']
  let truth: ProxiedBucket['truth']
  let proxy: ProxiedBucket['proxy']

  beforeEach(async () => {
    world = await openProxiedBucket()
    ;({ bucket, truth, proxy } = world)
  })
  afterEach(() => world.close())

  const stream: ProxiedBucket['stream'] = (name, content, signal) => world.stream(name, content, signal)

  /** A multipart body ends with its closing boundary: `\r\n--`, a UUID, `--\r\n`. */
  const BOUNDARY_BYTES = 44
  for (const [what, at] of [
    ['first', -BOUNDARY_BYTES - SMALL.length],
    ['last', -BOUNDARY_BYTES - 1],
  ] as const) {
    it(`sends a write again whose ${what} byte the bucket received damaged, and no object appears before`, async () => {
      const planted = plant(proxy, { damage: flip(at) }, isInsert)
      const seen: unknown[] = []
      const { choose } = proxy
      proxy.choose = request => {
        const isSecond = isInsert(request) && proxy.requests.filter(isInsert).length === 2
        return (
          choose(request) ?? (isSecond ? { after: truth.stat('a').then(found => void seen.push(found)) } : undefined)
        )
      }
      const object = committed(await bucket.write('a', SMALL, ABSENT, TYPE))
      assert.equal(planted.fired, 1)
      assert.deepEqual(seen, [undefined])
      assert.deepEqual(await truth.stat('a'), object)
      assert.deepEqual(proxy.requests.filter(isDelete), [])
    })
  }

  for (const [what, at, chunk] of [
    ['first byte of the first chunk', 0, 1],
    ['last byte of a middle chunk', -1, 2],
    ['first byte of the last chunk', 0, 4],
    ['last byte of the last chunk', -1, 4],
  ] as const) {
    it(`fails so that the whole is sent again where the bucket received the ${what} damaged`, async () => {
      const planted = plant(proxy, { damage: flip(at) }, isChunk, [chunk])
      await assert.rejects(stream('a', LARGE), isError('SESSION_LOST', true))
      assert.equal(planted.fired, 1)
      assert.equal(await truth.stat('a'), undefined)
    })
  }

  for (const at of [0, 5, -1]) {
    it(`reads again where byte ${at} of the content arrives damaged`, async () => {
      await world.seed('a', SMALL)
      const planted = plant(proxy, { change: flip(at) }, isGet)
      assert.ok(Buffer.from(SMALL).equals((await bucket.read('a'))!.data))
      assert.equal(planted.fired, 1)
    })
  }

  it('fails where the content is damaged at every attempt', async () => {
    await world.seed('a', SMALL)
    proxy.choose = () => ({ change: flip(5) })
    const brief = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, retryDelayMs: 1, retryBudgetMs: 50 })
    const failure = await brief.read('a').then(
      () => undefined,
      error => error,
    )
    await brief.close()
    isError('CHECKSUM', true)(failure)
  })

  const WRITES: readonly (readonly [string, (request: PassedRequest) => boolean, () => Promise<WriteOutcome>])[] = [
    ['a write', isInsert, () => bucket.write('a', SMALL, ABSENT, TYPE)],
    ['a stream', isLast, () => stream('a', LARGE)],
  ]
  for (const [what, isAnswer, write] of WRITES) {
    it(`deletes ${what} again where the bucket reports another checksum`, async () => {
      const planted = plant(proxy, { change: otherChecksum }, isAnswer)
      await assert.rejects(write(), (error: Error) => {
        const found = /^(write|upload) gs:\/\/ticks\/a: stored (\d+) bytes with crc32c AAAAAA==, sent \2 with .{8};/
        assert.match(error.message, found)
        assert.match(error.message, /; it was removed again$/)
        return isError('CHECKSUM', true)(error)
      })
      assert.equal(planted.fired, 1)
      assert.equal(await truth.stat('a'), undefined)
    })

    it(`deletes ${what} again where the bucket reports another length`, async () => {
      const other = (body: Buffer) => Buffer.from(body.toString().replace(/(?<="size":"\d*)\d(?=\d*")/g, '9'))
      const planted = plant(proxy, { change: other }, isAnswer)
      await assert.rejects(write(), isError('CHECKSUM', true))
      assert.equal(planted.fired, 1)
      assert.equal(await truth.stat('a'), undefined)
    })

    it(`leaves a rival's object that has replaced ${what} before it is deleted again`, async () => {
      const planted = plant(proxy, { change: otherChecksum }, isAnswer)
      const { choose } = proxy
      const rival = async () => {
        const { generation } = (await truth.stat('a'))!
        committed(await truth.write('a', someBytes(CHUNK_BYTES, 9), generation, TYPE))
      }
      proxy.choose = request => choose(request) ?? (isDelete(request) ? { after: rival() } : undefined)
      await assert.rejects(write(), isError('CHECKSUM', true))
      assert.equal(planted.fired, 1)
      assert.ok(proxy.requests.some(isDelete))
      assert.ok((await world.contentOf('a')).equals(someBytes(CHUNK_BYTES, 9)))
    })
  }
})
