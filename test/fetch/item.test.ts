import assert from 'node:assert/strict'
import { fetchItem } from '../../functions/fetch/item.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { MalformedDataError } from '../../functions/ticks/errors.ts'
import type { Answer } from './fake-vendor.ts'
import { fetchOne, KEY, NAME, OBJECT, turns } from './item-runs.ts'
import { World } from './world.ts'

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
      const end = await fetchOne(world)
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

  it('reports the stated size, then in turn that it waits for the bucket and for the vendor', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb')
    await fetchOne(world)
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
        const end = await fetchOne(world)
        assert.ok(end?.result.status === 'failed')
        assert.equal(end.result.retryable, retryable)
        assert.match(end.result.error, new RegExp(`gs://b/.*: ${code} retention`))
        assert.equal(world.vendor.opened.length, downloads)
        world.assertNothingOpen()
      })
    }
  }

  it('has no API key in its result, whatever quotes it', async () => {
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
    const end = await fetchItem(NAME, undefined, services, deadline, turns)
    assert.ok(end?.result.status === 'failed')
    assert.equal(end.result.error, 'line 2: found "[redacted]" and [redacted]')
    assert.ok(!JSON.stringify(world.events).includes(key))
  })

  it('has a result that says exactly what is in the bucket', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb\nc')
    const end = await fetchOne(world)
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

  it('fails for now where the bucket fails', async () => {
    const world = new World()
    world.bucket.beforeWrite = () => {
      throw new Error('bucket says 503')
    }
    const end = await fetchOne(world)
    assert.deepEqual([end?.result.status, 'error' in end!.result && end!.result.error], ['failed', 'bucket says 503'])
    assert.equal(world.bucket.contents().size, 0)
    world.assertNothingOpen()
  })

  it('fails where the converter wrote less than it says', async () => {
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
    const end = await fetchItem(NAME, undefined, services, deadline, turns)
    assert.equal(end?.result.status, 'failed')
    assert.equal(world.bucket.contents().size, 0)
    assert.equal(world.bucket.openWriters, 0)
  })

  it('has no result if the deadline stops it, and leaves nothing open', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'STALLS')
    world.vendor.onOpen = () => {
      setImmediate(() => world.clock.advance(500_000))
    }
    assert.equal(await fetchOne(world), undefined)
    assert.equal(world.bucket.contents().size, 0)
    world.assertNothingOpen()
  })

  it('fails for good where a symbol cannot be a name', async () => {
    const world = new World()
    using deadline = createDeadline(500_000, world.clock)
    for (const symbol of ['..', 'X'.repeat(300)]) {
      const end = await fetchItem({ ...NAME, symbol }, undefined, world.services, deadline, turns)
      assert.deepEqual([end?.result.status, 'retryable' in end!.result && end!.result.retryable], ['failed', false])
    }
    assert.equal(world.vendor.opened.length, 0)
  })

  it('sends the vendor the number of earlier transfers, so that no cache repeats a damaged copy', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'BREAKS', 'SHORT', 'a')
    const earlier: unknown[] = []
    const open = world.vendor.openDataset.bind(world.vendor)
    world.vendor.openDataset = (name, options) => {
      earlier.push('earlierCalls' in options && options.earlierCalls)
      return open(name, options)
    }
    assert.equal((await fetchOne(world))?.result.status, 'stored')
    assert.deepEqual(earlier, [0, 1, 2])
    assert.deepEqual(
      world.logged.filter(({ level }) => level === 'warn').map(({ message }) => message),
      [
        'trades/BTCUSDT arrived damaged, downloading again (1 of 2)',
        'trades/BTCUSDT arrived damaged, downloading again (2 of 2)',
      ],
    )
  })
})
