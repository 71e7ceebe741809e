import assert from 'node:assert/strict'
import { type Again, fetchItem } from '../../functions/fetch/item.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { MalformedDataError } from '../../functions/ticks/errors.ts'
import type { Answer } from './fake-vendor.ts'
import { DAY, World } from './world.ts'

const NAME = { ...DAY, dataType: 'trades', symbol: 'BTCUSDT' }
const JSON_TYPE = { contentType: 'application/json' }
const KEY = 'trades/BTCUSDT'
const OBJECT = 'ticks/data_type=trades/venue=binance/date=2024-08-08/BTCUSDT.parquet'

async function run(world: World, again?: Again) {
  using deadline = createDeadline(500_000, world.clock)
  return await fetchItem(NAME, again, world.services, deadline)
}

/** A forced request's way with the object as it is now. */
async function redo(world: World): Promise<Again> {
  return { replaces: (await world.bucket.stat(OBJECT))?.generation }
}

interface Case {
  readonly answers: Answer[]
  readonly status: string
  readonly retryable?: boolean
  readonly requests: number
  readonly stored: boolean
}

const CASES: Record<string, Case> = {
  'a good dataset': { answers: ['a\nb'], status: 'stored', requests: 1, stored: true },
  'an empty dataset': { answers: [''], status: 'empty', requests: 1, stored: true },
  'a missing one': { answers: ['MISSING'], status: 'missing', requests: 1, stored: false },
  'a forbidden one': { answers: ['FORBIDDEN'], status: 'forbidden', requests: 1, stored: false },
  'a malformed one': { answers: ['MALFORMED'], status: 'failed', retryable: false, requests: 1, stored: false },
  'a vendor that is down': { answers: ['DOWN'], status: 'failed', retryable: true, requests: 1, stored: false },
  'a vendor that refuses': { answers: ['REFUSED'], status: 'failed', retryable: false, requests: 1, stored: false },
  'a transfer that breaks once': { answers: ['BREAKS', 'a\nb'], status: 'stored', requests: 2, stored: true },
  'one cut short twice': { answers: ['SHORT', 'SHORT', 'a\nb'], status: 'stored', requests: 3, stored: true },
  'one that always breaks': { answers: ['BREAKS'], status: 'failed', retryable: true, requests: 3, stored: false },
}

describe('fetchItem', () => {
  for (const [title, { answers, status, retryable, requests, stored }] of Object.entries(CASES)) {
    it(`${title}: ${status}`, async () => {
      const world = new World()
      world.vendor.answer(KEY, ...answers)
      const end = await run(world)
      assert.equal(end?.result.status, status)
      assert.equal(end.adopted, false)
      assert.equal('retryable' in end.result ? end.result.retryable : undefined, retryable)
      assert.equal(world.vendor.opened.length, requests)
      assert.equal(world.bucket.has(OBJECT), stored)
      assert.deepEqual(
        world.events.map(event => event.kind).filter(kind => kind === 'item-started' || kind === 'item-finished'),
        ['item-started', 'item-finished'],
      )
      world.assertNothingOpen()
    })
  }

  it('tells an observer the size that the vendor states, then in turn that it waits for the bucket and the vendor', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb')
    await run(world)
    const opened = world.events.filter(event => event.kind === 'item-opened')
    assert.deepEqual(
      opened.map(({ contentLength }) => contentLength),
      [3],
    )
    const waits = world.events.flatMap(event => (event.kind === 'item-waits' ? [event.for] : []))
    assert.ok(waits.length >= 3)
    assert.deepEqual(
      waits,
      waits.map((_, at) => (at % 2 === 0 ? 'bucket' : 'vendor')),
    )
    assert.equal(waits.at(-1), 'bucket', 'the commit')
  })

  for (const [operation, downloads] of [
    ['stat', 0],
    ['commit', 1],
  ] as const) {
    for (const [code, retryable] of [
      [403, false],
      [503, true],
    ] as const) {
      it(`fails ${retryable ? 'for now' : 'for good'} where the bucket refuses its ${operation} with ${code}`, async () => {
        const world = new World()
        world.vendor.answer(KEY, 'a\nb')
        world.bucket.hook = at => {
          if (at.operation !== operation || at.when !== 'before') return
          throw new StorageError(`${code} retention`, { retryable, bucket: 'gs://b', object: OBJECT, operation, code })
        }
        const end = await run(world)
        assert.ok(end?.result.status === 'failed')
        assert.equal(end.result.retryable, retryable)
        assert.match(end.result.error, new RegExp(`gs://b/.*: ${code} retention`))
        assert.equal(world.vendor.opened.length, downloads)
        world.assertNothingOpen()
      })
    }
  }

  it('shows no API key in its result, whoever quotes it', async () => {
    const world = new World()
    const key = 'TD.k3y-that/nobody+may=see'
    world.config = { ...world.config, tardisApiKey: new Secret(key) }
    const services = {
      ...world.services,
      convert: async () => {
        throw new MalformedDataError(`line 2: found "${key}" and ${encodeURIComponent(key)}`, { line: 2 })
      },
    }
    using deadline = createDeadline(500_000, world.clock)
    const end = await fetchItem(NAME, undefined, services, deadline)
    assert.ok(end?.result.status === 'failed')
    assert.equal(end.result.error, 'line 2: found "[redacted]" and [redacted]')
    assert.ok(!JSON.stringify(world.events).includes(key))
  })

  it('tells exactly what is in the bucket', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb\nc')
    const end = await run(world)
    const object = await world.bucket.stat(OBJECT)
    assert.deepEqual(end?.result, {
      dataType: 'trades',
      symbol: 'BTCUSDT',
      status: 'stored',
      object: OBJECT,
      generation: object?.generation,
      crc32c: object?.crc32c,
      bytes: object?.bytes,
      rows: 3,
      firstTimestampMicros: '1',
      lastTimestampMicros: '3',
      sourceBytes: 5,
      sourceSha256: 'ea7fb08b7a2dc4619ffb7c7bb38d95a2047935fa165d71b12efd3852a2e6d0cc',
      textBytes: 5,
      quality: { rowsOutOfOrder: 0, largestGapMicros: '0' },
      converterVersion: CONVERTER_VERSION,
      seconds: 0,
    })
  })

  it('takes over an object that is there, without a download, and tells the same of it', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb')
    const first = await run(world)
    const second = await run(world)
    assert.deepEqual(second, { ...first, adopted: true })
    assert.equal(world.vendor.opened.length, 1)
  })

  it('replaces an object that is not ours, or is about another dataset', async () => {
    for (const foreign of ['not Parquet at all', '']) {
      const world = new World()
      await world.bucket.write(OBJECT, Buffer.from(foreign), '0', JSON_TYPE)
      const end = await run(world)
      assert.equal(end?.result.status, 'stored')
      assert.equal(writeOf(end), 2)
    }
    const world = new World()
    await run(world)
    const other = OBJECT.replace('BTCUSDT', 'ETHUSDT')
    await world.bucket.write(other, world.bucket.bytes(OBJECT), '0', JSON_TYPE)
    using deadline = createDeadline(500_000, world.clock)
    await fetchItem({ ...NAME, symbol: 'ETHUSDT' }, undefined, world.services, deadline)
    assert.deepEqual(world.vendor.opened, ['trades/BTCUSDT', 'trades/ETHUSDT'])
  })

  it('forced, downloads again and makes the same bytes', async () => {
    const world = new World()
    await run(world)
    const before = world.bucket.bytes(OBJECT)
    const end = await run(world, await redo(world))
    assert.equal(writeOf(end), 2)
    assert.deepEqual(world.bucket.bytes(OBJECT), before)
  })

  it('forced, is done again once, however often and late it is delivered', async () => {
    const world = new World()
    await run(world)
    const again = await redo(world)
    const first = await run(world, again)
    assert.equal(first?.adopted, false)
    const late = await run(world, again)
    assert.deepEqual(late, { ...first, adopted: true })
    assert.equal(world.vendor.opened.length, 2)
  })

  it('forced by two at once, is replaced by one of them, and both tell of that', async () => {
    const world = new World()
    await run(world)
    const again = await redo(world)
    const ends = await Promise.all([run(world, again), run(world, again)])
    assert.deepEqual(ends.map(writeOf), [2, 2])
  })

  it('forced, keeps what is stored where the vendor has dropped it', async () => {
    const world = new World()
    await run(world)
    world.vendor.answer(KEY, 'MISSING')
    const end = await run(world, await redo(world))
    assert.equal(end?.result.status, 'stored')
    assert.equal(writeOf(end), 1)
  })

  it('second at the commit, takes the same source as its own', async () => {
    const world = new World()
    const rival = new World()
    await run(rival)
    plantRival(world, rival.bucket.bytes(OBJECT))
    const end = await run(world)
    assert.equal(end?.result.status, 'stored')
    assert.equal(writeOf(end), 1)
    assert.equal(world.vendor.opened.length, 1)
    world.assertNothingOpen()
  })

  it('second at the commit with another source, takes over the rival', async () => {
    const rival = new World()
    rival.vendor.answer(KEY, 'other\ntext')
    await run(rival)
    for (const again of [undefined, { replaces: undefined }]) {
      const world = new World()
      plantRival(world, rival.bucket.bytes(OBJECT))
      const end = await run(world, again)
      assert.equal('rows' in end!.result && end!.result.rows, 2)
      assert.equal(world.vendor.opened.length, 1)
      world.assertNothingOpen()
    }
  })

  it('finds its own object where the answer to the commit is lost', async () => {
    const world = new World()
    world.bucket.afterWrite = () => {
      throw new Error('reset')
    }
    const end = await run(world)
    assert.equal(end?.result.status, 'stored')
    world.assertNothingOpen()
  })

  it('fails, to be tried again, where the bucket does', async () => {
    const world = new World()
    world.bucket.beforeWrite = () => {
      throw new Error('bucket says 503')
    }
    const end = await run(world)
    assert.deepEqual([end?.result.status, 'error' in end!.result && end!.result.error], ['failed', 'bucket says 503'])
    assert.equal(world.bucket.contents().size, 0)
    world.assertNothingOpen()
  })

  it('does not believe a converter that wrote less than it says', async () => {
    const world = new World()
    const { convert } = world.services
    const services = {
      ...world.services,
      convert: async (...args: Parameters<typeof convert>) => {
        const result = await convert(...args)
        return { ...result, parquetBytes: result.parquetBytes + 1 }
      },
    }
    using deadline = createDeadline(500_000, world.clock)
    const end = await fetchItem(NAME, undefined, services, deadline)
    assert.equal(end?.result.status, 'failed')
    assert.equal(world.bucket.contents().size, 0)
    assert.equal(world.bucket.openWriters, 0)
  })

  it('has no result when the deadline stops it, and leaves nothing open', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'STALLS')
    world.vendor.onOpen = () => {
      setImmediate(() => world.clock.advance(500_000))
    }
    assert.equal(await run(world), undefined)
    assert.equal(world.bucket.contents().size, 0)
    world.assertNothingOpen()
  })

  it('fails for good where a symbol cannot be a name', async () => {
    const world = new World()
    using deadline = createDeadline(500_000, world.clock)
    for (const symbol of ['..', 'X'.repeat(300)]) {
      const end = await fetchItem({ ...NAME, symbol }, undefined, world.services, deadline)
      assert.deepEqual([end?.result.status, 'retryable' in end!.result && end!.result.retryable], ['failed', false])
    }
    assert.equal(world.vendor.opened.length, 0)
  })
})

/** A rival that commits between our look and our own commit, once. */
function plantRival(world: World, data: Uint8Array) {
  world.bucket.beforeWrite = async name => {
    world.bucket.beforeWrite = () => {}
    assert.equal((await world.bucket.write(name, data, '0', JSON_TYPE)).outcome, 'committed')
  }
}

/** Which write to the bucket made the object that the result tells of, counting from 1. */
function writeOf(end: Awaited<ReturnType<typeof run>>): number | undefined {
  return end && 'generation' in end.result ? Number(end.result.generation) - 1_700_000_000_000_000 : undefined
}
