import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GcsServer, startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { ABSENT, type Bucket, type StoredObject, type WriteOutcome } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import { committed, names, someBytes } from '../support/bucket-suite.ts'
import { type Fault, type FaultProxy, type PassedRequest, plant, startFaultProxy } from '../support/fault-proxy.ts'

const CHUNK_BYTES = 256 * 1024
const TYPE = { contentType: 'application/octet-stream' }
const SMALL = someBytes(1000)
const LARGE = someBytes(3 * CHUNK_BYTES + 100, 2)

const EVERYWHERE = ['stat', 'read', 'range', 'list', 'write', 'opening', 'first chunk', 'middle chunk', 'last chunk']
const PASSING: readonly (readonly [string, Fault, string[]?])[] = [
  ['408', { answer: 408 }, ['stat', 'middle chunk']],
  ['429', { answer: 429, headers: { 'retry-after': '0' } }, ['stat', 'middle chunk']],
  ['500', { answer: 500, body: '<html>' }, ['stat', 'middle chunk']],
  ['502', { answer: 502 }, ['stat', 'middle chunk']],
  ['503', { answer: 503, body: '{"error":{"message":"Backend Error"}}' }],
  ['504', { answer: 504 }, ['stat', 'middle chunk']],
  ['a reset', 'reset'],
  ['a request cut half-way', 'cut-request', EVERYWHERE.slice(4)],
  ['a lost answer', 'lose-answer'],
  ['an answer cut half-way', 'cut-answer'],
  // The client's clock for silences ticks twice a second.
  ['silence', 'stall', ['read', 'write', 'last chunk']],
]

const isInsert = ({ url }: PassedRequest) => url.includes('uploadType=multipart')
const isOpening = ({ method, url }: PassedRequest) => method === 'POST' && url.includes('uploadType=resumable')
const isChunk = (request: PassedRequest) => request.method === 'PUT' && !isQuery(request)
const isQuery = ({ headers }: PassedRequest) => String(headers['content-range']).startsWith('bytes */')
const isLast = (request: PassedRequest) => isChunk(request) && /\/\d+$/.test(String(request.headers['content-range']))
const isGet = ({ method }: PassedRequest) => method === 'GET'

describe('createGcsBucket, faults', () => {
  let folder: string
  let server: GcsServer
  let proxy: FaultProxy
  let bucket: Bucket & { close(): Promise<void> }
  /** Past the proxy: what is really there. */
  let truth: Bucket & { close(): Promise<void> }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcs-faults-'))
    server = await startGcsServer({ folder, bucket: 'ticks' })
    proxy = await startFaultProxy(server.endpoint)
    const options = { bucket: 'ticks', chunkBytes: CHUNK_BYTES, retryDelayMs: 1, silenceMs: 200 }
    bucket = createGcsBucket({ ...options, apiEndpoint: proxy.endpoint, retryBudgetMs: 3000 })
    truth = createGcsBucket({ ...options, apiEndpoint: server.endpoint, silenceMs: 10_000 })
  })
  afterEach(async () => {
    await bucket.close()
    await truth.close()
    await proxy.close()
    await server.close()
    await rm(folder, { recursive: true })
  })

  const seed = async (name: string, data: Uint8Array): Promise<StoredObject> =>
    committed(await truth.write(name, data, ABSENT, TYPE))
  async function stream(name: string, content: Uint8Array, signal?: AbortSignal): Promise<WriteOutcome> {
    const writer = bucket.createWriter(name, ABSENT, { ...TYPE, freesChunks: true, ...(signal ? { signal } : {}) })
    try {
      for (let at = 0; at < content.length; at += 70_000) await writer.write(content.slice(at, at + 70_000))
      return await writer.commit()
    } catch (error) {
      await writer.abort()
      throw error
    }
  }
  const contentOf = async (name: string) => Buffer.from((await truth.read(name))!.data)
  const isError =
    (code: number | string, retryable: boolean, object: string | null = 'a') =>
    (error: unknown) => {
      assert.ok(error instanceof StorageError, String(error))
      assert.deepEqual([error.code, error.retryable, error.object], [code, retryable, object ?? undefined])
      assert.equal(error.bucket, 'gs://ticks')
      assert.ok(error.message.includes('gs://ticks'), error.message)
      return true
    }

  /** Each does what it does once with `fault` planted in its way, and comes out as if nothing had been. */
  const operations: Readonly<Record<string, (fault: Fault) => Promise<{ fired: number }>>> = {
    async stat(fault) {
      const object = await seed('a', SMALL)
      const planted = plant(proxy, fault)
      assert.deepEqual(await bucket.stat('a'), object)
      return planted
    },
    async read(fault) {
      await seed('a', SMALL)
      const planted = plant(proxy, fault)
      assert.ok(Buffer.from(SMALL).equals((await bucket.read('a'))!.data))
      return planted
    },
    async range(fault) {
      const object = await seed('a', SMALL)
      const planted = plant(proxy, fault)
      assert.ok(Buffer.from(SMALL.subarray(100, 900)).equals((await bucket.readRange(object, 100, 900))!))
      return planted
    },
    async list(fault) {
      await seed('a', SMALL)
      const planted = plant(proxy, fault)
      assert.deepEqual(await names(bucket.list('')), ['a'])
      return planted
    },
    async write(fault) {
      const planted = plant(proxy, fault, isInsert)
      const object = committed(await bucket.write('a', SMALL, ABSENT, TYPE))
      assert.deepEqual(await truth.stat('a'), object)
      return planted
    },
    opening: fault => streamWith(plant(proxy, fault, isOpening)),
    'first chunk': fault => streamWith(plant(proxy, fault, isChunk, [1])),
    'middle chunk': fault => streamWith(plant(proxy, fault, isChunk, [2])),
    'last chunk': fault => streamWith(plant(proxy, fault, isLast)),
  }
  async function streamWith<T>(planted: T): Promise<T> {
    const object = committed(await stream('a', LARGE))
    assert.deepEqual(await truth.stat('a'), object)
    assert.ok((await contentOf('a')).equals(LARGE))
    return planted
  }

  for (const [what, fault, where = EVERYWHERE] of PASSING) {
    for (const place of where) {
      it(`goes on after ${what}: ${place}`, async () => assert.equal((await operations[place]!(fault)).fired, 1))
    }
  }

  it('sends no byte twice that the bucket has kept', async () => {
    plant(proxy, 'lose-answer', isChunk, [2])
    committed(await stream('a', LARGE))
    const ranges = proxy.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ headers }) => headers['content-range'])
    const [one, two, three, all] = [1, 2, 3].map(n => n * CHUNK_BYTES).concat(LARGE.length) as [
      number,
      number,
      number,
      number,
    ]
    const expected = [
      `0-${one - 1}/*`,
      `${one}-${two - 1}/*`,
      '*/*',
      `${two}-${three - 1}/*`,
      `${three}-${all - 1}/${all}`,
    ]
    assert.deepEqual(
      ranges,
      expected.map(range => `bytes ${range}`),
    )
  })

  it('finds its own write where every answer to it was lost but the refusal', async () => {
    const planted = plant(proxy, 'lose-answer', isInsert, [1])
    const object = committed(await bucket.write('a', SMALL, ABSENT, TYPE))
    assert.equal(planted.fired, 1)
    assert.equal(proxy.requests.filter(isInsert).length, 2)
    assert.deepEqual(await truth.stat('a'), object)
  })

  it('takes a rival that came in the meantime for a conflict', async () => {
    proxy.choose = request => {
      if (isInsert(request) && proxy.requests.filter(isInsert).length === 1) {
        return { after: seed('a', someBytes(1000, 9)).then(() => undefined) }
      }
      return undefined
    }
    assert.deepEqual(await bucket.write('a', SMALL, ABSENT, TYPE), { outcome: 'conflict' })
    assert.ok((await contentOf('a')).equals(someBytes(1000, 9)))
  })

  it('takes a rival at the last chunk for a conflict', async () => {
    proxy.choose = request =>
      isLast(request) ? { after: seed('a', someBytes(1000, 9)).then(() => undefined) } : undefined
    assert.deepEqual(await stream('a', LARGE), { outcome: 'conflict' })
  })

  for (const status of [404, 410]) {
    it(`finds its own stream where the session answers ${status} after a lost answer`, async () => {
      let isLost = false
      proxy.choose = request => {
        if (isLost && isQuery(request)) return { answer: status }
        isLost ||= isLast(request)
        return isLost && isLast(request) ? 'lose-answer' : undefined
      }
      const object = committed(await stream('a', LARGE))
      assert.deepEqual(await truth.stat('a'), object)
    })
    for (const [place, matches] of [
      ['a middle chunk', isChunk],
      ['the last chunk', isLast],
    ] as const) {
      it(`asks for the whole again where the session answers ${status} to ${place}`, async () => {
        const planted = plant(proxy, { answer: status }, matches)
        await assert.rejects(stream('a', LARGE), isError('SESSION_LOST', true))
        assert.equal(planted.fired, 1)
        assert.equal(await truth.stat('a'), undefined)
      })
    }
  }

  it('asks for the whole again where the bucket has lost bytes that were sent', async () => {
    const planted = plant(proxy, { answer: 308 }, isChunk, [2])
    await assert.rejects(stream('a', LARGE), isError('SESSION_LOST', true))
    assert.equal(planted.fired, 1)
  })

  it('sends again what the bucket did not keep', async () => {
    const planted = plant(proxy, { answer: 308 }, isChunk, [1])
    committed(await stream('a', LARGE))
    assert.equal(planted.fired, 1)
    assert.ok((await contentOf('a')).equals(LARGE))
  })

  for (const status of [400, 401, 403, 507]) {
    it(`gives up at once on ${status}`, async () => {
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

  it('says that what did not pass within its budget may pass later', async () => {
    const brief = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, retryDelayMs: 1, retryBudgetMs: 50 })
    proxy.choose = () => ({ answer: 503 })
    await assert.rejects(brief.stat('a'), isError(503, true))
    proxy.choose = () => 'reset'
    await assert.rejects(brief.write('a', SMALL, ABSENT, TYPE), isError('ECONNRESET', true))
    await brief.close()
    assert.ok(proxy.requests.length > 4)
  })

  it('does not begin a wait that its budget does not cover', async () => {
    plant(proxy, { answer: 503, headers: { 'retry-after': '3600' } })
    await assert.rejects(bucket.stat('a'), isError(503, true))
    assert.equal(proxy.requests.length, 1)
  })

  const flipLast = (body: Buffer): Buffer =>
    Buffer.from(body.map((byte, at) => (at === body.length - 50 ? byte ^ 1 : byte)))
  it('sends a write again that the bucket found damaged on the way', async () => {
    const planted = plant(proxy, { damage: flipLast }, isInsert)
    committed(await bucket.write('a', SMALL, ABSENT, TYPE))
    assert.equal(planted.fired, 1)
  })

  it('asks for the whole again where the bucket found the last chunk damaged on the way', async () => {
    const planted = plant(proxy, { damage: flipLast }, isLast)
    await assert.rejects(stream('a', LARGE), isError('SESSION_LOST', true))
    assert.equal(planted.fired, 1)
  })

  const flip = (body: Buffer): Buffer => Buffer.from(body.map((byte, at) => (at === 5 ? byte ^ 1 : byte)))

  it('reads again what came damaged', async () => {
    await seed('a', SMALL)
    const planted = plant(proxy, { change: flip }, isGet)
    assert.ok(Buffer.from(SMALL).equals((await bucket.read('a'))!.data))
    assert.equal(planted.fired, 1)
  })

  it('does not hand on what stays damaged', async () => {
    await seed('a', SMALL)
    proxy.choose = () => ({ change: flip })
    const brief = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, retryDelayMs: 1, retryBudgetMs: 50 })
    await assert.rejects(brief.read('a'), isError('CHECKSUM', true))
    await brief.close()
  })

  for (const [what, isAnswer, write] of [
    ['a write', isInsert, () => bucket.write('a', SMALL, ABSENT, TYPE)],
    ['a stream', isLast, () => stream('a', LARGE)],
  ] as const) {
    it(`takes ${what} back that the bucket says to hold otherwise than it was sent`, async () => {
      const other = (body: Buffer) => Buffer.from(body.toString().replace(/"crc32c":"[^"]+"/, '"crc32c":"AAAAAA=="'))
      const planted = plant(proxy, { change: other }, isAnswer)
      await assert.rejects(write(), isError('CHECKSUM', true))
      assert.equal(planted.fired, 1)
      assert.equal(await truth.stat('a'), undefined)
    })
  }

  it('does not believe answers that are no objects', async () => {
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
      await assert.rejects(brief.stat('a'), isError('BAD_ANSWER', true), body)
    }
    await brief.close()
  })

  it('gives a chunk’s memory back once the bucket has it, where that is asked for', async () => {
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

  it('takes no more than it has sent: a held chunk holds the writer', async () => {
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

  it('lets go of everything when the caller has no more time', async () => {
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

  it('stops waiting for the next attempt when the caller has no more time', async () => {
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

  it('ends what is under way when it is closed, and begins nothing after', async () => {
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
