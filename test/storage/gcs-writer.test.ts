import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { committed } from '../support/bucket-suite.ts'
import type { PassedRequest } from '../support/fault-proxy.ts'
import { plant } from '../support/fault-proxy.ts'
import {
  CHUNK_BYTES,
  isChunk,
  isError,
  isGet,
  isInsert,
  isOpening,
  LARGE,
  openProxiedBucket,
  type ProxiedBucket,
  SMALL,
  TYPE,
} from './proxied-bucket.ts'

const isCancel = ({ method }: PassedRequest) => method === 'DELETE'
const ENDED = /^Error: a: written to after commit or abort$/

describe('storage/gcs-writer', () => {
  let world: ProxiedBucket
  let stop: AbortController
  beforeEach(async () => {
    world = await openProxiedBucket()
    stop = new AbortController()
  })
  afterEach(() => world.close())

  const writer = () => world.bucket.createWriter('a', ABSENT, { ...TYPE, signal: stop.signal })
  const count = (isIt: (request: PassedRequest) => boolean) => world.proxy.requests.filter(isIt).length
  const listeners = () => getEventListeners(stop.signal, 'abort').length

  it('takes nothing after a commit, and an abort then does nothing', async () => {
    const one = writer()
    await one.write(LARGE)
    committed(await one.commit())
    for (let n = 0; n < 2; n++) await one.abort()
    await assert.rejects(one.write(SMALL), ENDED)
    await assert.rejects(one.commit(), ENDED)
    assert.equal(count(isCancel), 0)
    assert.equal(listeners(), 0)
  })

  it('cancels its session once, and takes nothing after an abort', async () => {
    const one = writer()
    await one.write(LARGE)
    for (let n = 0; n < 2; n++) await one.abort()
    await assert.rejects(one.write(SMALL), ENDED)
    assert.equal(count(isCancel), 1)
    assert.equal(listeners(), 0)
  })

  it('listens to its signal no more when it is aborted before anything was sent', async () => {
    const one = writer()
    assert.equal(listeners(), 1)
    await one.abort()
    assert.equal(listeners(), 0)
  })

  it('ends a chunk that is held up when it is aborted, and stays ended', async () => {
    const arrived = Promise.withResolvers<void>()
    world.proxy.choose = request => {
      if (!isChunk(request)) return undefined
      arrived.resolve()
      return 'stall'
    }
    const one = writer()
    await one.write(LARGE.subarray(0, CHUNK_BYTES + 1))
    await arrived.promise
    await one.abort()
    await assert.rejects(one.commit(), ENDED)
  })

  it('sends nothing more where another writer was first, and compares at the end', async () => {
    await world.seed('a', SMALL)
    const one = writer()
    await one.write(LARGE)
    assert.deepEqual(await one.commit(), { outcome: 'conflict' })
    assert.deepEqual([isOpening, isChunk, isInsert, isGet].map(count), [1, 0, 0, 1])
  })

  it('sends nothing more where a chunk is refused because another writer was first', async () => {
    await world.seed('a', SMALL)
    world.proxy.choose = request => {
      if (isOpening(request)) return { answer: 200, headers: { location: `${world.proxy.endpoint}/session` } }
      return isChunk(request) ? { answer: 412 } : undefined
    }
    const one = writer()
    await one.write(LARGE)
    assert.deepEqual(await one.commit(), { outcome: 'conflict' })
    assert.deepEqual([isOpening, isChunk, isInsert].map(count), [1, 1, 0])
  })

  it('throws the same error again after a failure, sends nothing more, and lets go of its signal', async () => {
    const planted = plant(world.proxy, { answer: 403 }, isChunk)
    const one = writer()
    const first = await one.write(LARGE).catch((error: unknown) => error)
    assert.ok(isError(403, false)(first))
    assert.equal(await one.commit().catch((error: unknown) => error), first)
    assert.deepEqual([planted.fired, count(isChunk), listeners()], [1, 1, 0])
  })

  it('throws the same error again where it cannot compare', async () => {
    await world.seed('a', SMALL)
    const one = writer()
    await one.write(LARGE)
    plant(world.proxy, { answer: 403 }, isGet)
    const first = await one.commit().catch((error: unknown) => error)
    assert.ok(isError(403, false)(first))
    assert.equal(await one.commit().catch((error: unknown) => error), first)
    assert.equal(listeners(), 0)
  })

  it('says after how many bytes its session ended', async () => {
    plant(world.proxy, { answer: 404 }, isChunk, [2])
    const one = writer()
    await assert.rejects(
      async () => {
        await one.write(LARGE)
        await one.commit()
      },
      {
        code: 'SESSION_LOST',
        retryable: true,
        message: `upload gs://ticks/a: the upload's session ended with 404 after ${2 * CHUNK_BYTES} bytes; send the object again`,
      },
    )
  })

  it('ends with the reason of its signal', async () => {
    const one = writer()
    await one.write(SMALL)
    const reason = new Error('stopped')
    stop.abort(reason)
    await assert.rejects(one.write(SMALL), error => error === reason)
    await assert.rejects(one.commit(), error => error === reason)
  })
})
