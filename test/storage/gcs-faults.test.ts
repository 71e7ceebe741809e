import assert from 'node:assert/strict'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { committed, names, someBytes } from '../support/bucket-suite.ts'
import { type Fault, plant } from '../support/fault-proxy.ts'
import {
  CHUNK_BYTES,
  isChunk,
  isError,
  isInsert,
  isLast,
  isOpening,
  isQuery,
  LARGE,
  openProxiedBucket,
  type ProxiedBucket,
  SMALL,
  TYPE,
} from './proxied-bucket.ts'

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

describe('createGcsBucket, faults', () => {
  let world: ProxiedBucket
  let bucket: ProxiedBucket['bucket']
  let truth: ProxiedBucket['truth']
  let proxy: ProxiedBucket['proxy']

  const open = async (silenceMs?: number) => {
    world = await openProxiedBucket(silenceMs)
    ;({ bucket, truth, proxy } = world)
  }
  beforeEach(() => open())
  afterEach(() => world.close())

  const seed: ProxiedBucket['seed'] = (name, data) => world.seed(name, data)
  const stream: ProxiedBucket['stream'] = (name, content, signal) => world.stream(name, content, signal)
  const contentOf: ProxiedBucket['contentOf'] = name => world.contentOf(name)

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
      it(`recovers from ${what}: ${place}`, async () => {
        if (fault === 'stall') {
          await world.close()
          await open(200)
        }
        assert.equal((await operations[place]!(fault)).fired, 1)
      })
    }
  }

  it('sends no byte twice that the bucket has stored', async () => {
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

  it('reads its own write back where its response was lost and the retry is refused', async () => {
    const planted = plant(proxy, 'lose-answer', isInsert, [1])
    const object = committed(await bucket.write('a', SMALL, ABSENT, TYPE))
    assert.equal(planted.fired, 1)
    assert.equal(proxy.requests.filter(isInsert).length, 2)
    assert.deepEqual(await truth.stat('a'), object)
  })

  it('returns a conflict where another writer was first', async () => {
    proxy.choose = request => {
      if (isInsert(request) && proxy.requests.filter(isInsert).length === 1) {
        return { after: seed('a', someBytes(1000, 9)).then(() => undefined) }
      }
      return undefined
    }
    assert.deepEqual(await bucket.write('a', SMALL, ABSENT, TYPE), { outcome: 'conflict' })
    assert.ok((await contentOf('a')).equals(someBytes(1000, 9)))
  })

  it('returns a conflict where another writer was first during the last chunk', async () => {
    proxy.choose = request =>
      isLast(request) ? { after: seed('a', someBytes(1000, 9)).then(() => undefined) } : undefined
    assert.deepEqual(await stream('a', LARGE), { outcome: 'conflict' })
  })

  for (const status of [404, 410]) {
    it(`reads its own stream back where the response was lost and the session is ${status}`, async () => {
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
      it(`fails so that the whole is sent again where the session responds ${status} to ${place}`, async () => {
        const planted = plant(proxy, { answer: status }, matches)
        await assert.rejects(stream('a', LARGE), isError('SESSION_LOST', true))
        assert.equal(planted.fired, 1)
        assert.equal(await truth.stat('a'), undefined)
      })
    }
  }

  it('fails so that the whole is sent again where the bucket lost bytes', async () => {
    const planted = plant(proxy, { answer: 308 }, isChunk, [2])
    await assert.rejects(stream('a', LARGE), isError('SESSION_LOST', true))
    assert.equal(planted.fired, 1)
  })

  it('sends again what the bucket did not store', async () => {
    const planted = plant(proxy, { answer: 308 }, isChunk, [1])
    committed(await stream('a', LARGE))
    assert.equal(planted.fired, 1)
    assert.ok((await contentOf('a')).equals(LARGE))
  })
})
