import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { committed, names, someBytes } from '../support/bucket-suite.ts'
import { plant } from '../support/fault-proxy.ts'
import { leapingClock } from '../support/leaping-clock.ts'
import {
  CHUNK_BYTES,
  isChunk,
  isError,
  LARGE,
  openProxiedBucket,
  type ProxiedBucket,
  SMALL,
  TYPE,
} from './proxied-bucket.ts'

describe('createGcsBucket, refusals, budgets and signals', () => {
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
  const contentOf: ProxiedBucket['contentOf'] = name => world.contentOf(name)

  for (const status of [400, 401, 403, 507]) {
    it(`does not retry after ${status}`, async () => {
      const body = JSON.stringify({ error: { code: status, message: 'the reason why' } })
      proxy.choose = () => ({ answer: status, body })
      const fails = (error: unknown) => isError(status, false)(error) && /the reason why/.test((error as Error).message)
      await assert.rejects(bucket.stat('a'), fails)
      await assert.rejects(bucket.read('a'), fails)
      await assert.rejects(bucket.write('a', SMALL, ABSENT, TYPE), fails)
      await assert.rejects(stream('a', LARGE), fails)
      await assert.rejects(names(bucket.list('x')), isError(status, false, null))
    })
  }

  it('fails with a retryable error where the budget ends before a transient failure does', async () => {
    const time = { clock: leapingClock(), random: () => 0.5 }
    const options = { bucket: 'ticks', apiEndpoint: proxy.endpoint, retryDelayMs: 1, retryBudgetMs: 50 }
    const brief = createGcsBucket({ ...options, ...time })
    proxy.choose = () => ({ answer: 503 })
    await assert.rejects(brief.stat('a'), isError(503, true))
    // 0.5, 1, 2, 4, 8 and 16 ms; another 32 ms would end after the budget.
    assert.equal(proxy.requests.length, 7)
    proxy.choose = () => 'reset'
    await assert.rejects(brief.write('a', SMALL, ABSENT, TYPE), isError('ECONNRESET', true))
    await brief.close()
    assert.equal(proxy.requests.length, 14)
  })

  it('does not start a wait that is longer than its budget', async () => {
    plant(proxy, { answer: 503, headers: { 'retry-after': '3600' } })
    await assert.rejects(bucket.stat('a'), isError(503, true))
    assert.equal(proxy.requests.length, 1)
  })

  it('fails on a response that is no object', async () => {
    const brief = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, retryDelayMs: 1, retryBudgetMs: 20 })
    for (const body of [
      '',
      'null',
      '[]',
      '{}',
      '<html>',
      '{"name":"a","generation":"x","size":"1","crc32c":"AAAAAA=="}',
    ]) {
      proxy.choose = () => ({ answer: 200, body })
      await assert.rejects(brief.stat('a'), isError('BAD_RESPONSE', true), body)
    }
    await brief.close()
  })

  it('frees the memory of a chunk that the bucket has, with freesChunks', async () => {
    for (const freesChunks of [false, true]) {
      const writer = bucket.createWriter(`${freesChunks}`, ABSENT, { ...TYPE, freesChunks })
      const [first, second, last] = [1, 2, 3].map(seed => someBytes(CHUNK_BYTES, seed).slice())
      const whole = Buffer.concat([first!, second!, last!])
      for (const chunk of [first!, second!, last!]) await writer.write(chunk)
      committed(await writer.commit())
      assert.deepEqual(
        [first, second, last].map(chunk => chunk!.byteLength === 0),
        [freesChunks, freesChunks, false],
      )
      assert.ok(whole.equals(await contentOf(`${freesChunks}`)))
    }
  })

  it('accepts no further chunk while the bucket holds one up', async () => {
    let open = (): void => undefined
    let arrived = (): void => undefined
    const gate = new Promise<void>(resolve => (open = resolve))
    const atGate = new Promise<void>(resolve => (arrived = resolve))
    proxy.choose = request => {
      if (!isChunk(request)) return undefined
      arrived()
      return { after: gate }
    }
    const patient = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, chunkBytes: CHUNK_BYTES })
    const writer = patient.createWriter('a', ABSENT, TYPE)
    await writer.write(someBytes(CHUNK_BYTES + 1))
    let taken = false
    const second = writer.write(someBytes(CHUNK_BYTES)).then(() => {
      taken = true
    })
    await atGate
    // A request there and back: time enough for a writer that does not wait.
    await truth.stat('a')
    assert.equal(taken, false)
    open()
    await second
    committed(await writer.commit())
    await patient.close()
  })

  it('stops and cancels the upload when its signal is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('no time left')
    proxy.choose = request => {
      if (!isChunk(request)) return undefined
      controller.abort(reason)
      return 'stall'
    }
    await assert.rejects(stream('a', LARGE, controller.signal), (error: unknown) => error === reason)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    assert.equal(proxy.requests.at(-1)!.method, 'DELETE')
    assert.equal(await truth.stat('a'), undefined)
  })

  it('stops waiting for the next attempt when its signal is aborted', async () => {
    const slow = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, retryDelayMs: 20_000 })
    const controller = new AbortController()
    const reason = new Error('no time left')
    proxy.choose = () => {
      setImmediate(() => setImmediate(() => controller.abort(reason)))
      return { answer: 503 }
    }
    await assert.rejects(slow.stat('a', controller.signal), (error: unknown) => error === reason)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    await slow.close()
  })

  it('ends its requests when it is closed, and starts none afterwards', async () => {
    const closing = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint })
    let arrived = (): void => undefined
    const atServer = new Promise<void>(resolve => {
      arrived = resolve
    })
    proxy.choose = () => {
      arrived()
      return 'stall'
    }
    const underWay = assert.rejects(closing.stat('a'), isError('UND_ERR_DESTROYED', false))
    await atServer
    await closing.close()
    await underWay
    await assert.rejects(closing.stat('a'), isError('UND_ERR_DESTROYED', false))
    await closing.close()
  })

  it('keeps no listener of a signal that outlives its operations', async () => {
    const { signal } = new AbortController()
    committed(await stream('a', LARGE, signal))
    const object = (await bucket.stat('a', signal))!
    await bucket.read('a', signal)
    await bucket.readRange(object, 0, 10, signal)
    await names(bucket.list('', signal))
    await bucket.write('b', SMALL, ABSENT, { ...TYPE, signal })
    const writer = bucket.createWriter('c', ABSENT, { ...TYPE, signal })
    await writer.write(LARGE)
    await writer.abort()
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })
})
