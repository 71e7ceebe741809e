import assert from 'node:assert/strict'
import { WORKING_GRACE_MS } from '../../functions/fetch/batch-time.ts'
import { openInstruments } from '../../functions/fetch/instruments.ts'
import { planVenueDay } from '../../functions/fetch/plan-venue-day.ts'
import { hasTooManySelectors } from '../../functions/fetch/selectors.ts'
import { MAX_NAMED_ITEMS, scopeOf } from '../../functions/market/scope.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { fetchOne, JSON_TYPE, KEY, OBJECT } from './item-runs.ts'
import { CONFIG, DAY, LEDGER, World, worldOf } from './world.ts'

const errorOf = async (end: ReturnType<typeof fetchOne>) => {
  const result = (await end)?.result
  return result && 'error' in result ? result.error : undefined
}

/** Replaces what the bucket says that it holds. */
function statedBytes(world: World, bytes: number) {
  const create = world.bucket.createWriter.bind(world.bucket)
  world.bucket.createWriter = (...args) => {
    const writer = create(...args)
    const commit = async () => {
      const written = await writer.commit()
      return written.outcome === 'committed' ? { ...written, object: { ...written.object, bytes } } : written
    }
    return { ...writer, commit }
  }
}

describe('the error of an item', () => {
  it('says how many bytes were written and converted', async () => {
    const world = new World()
    const { convert } = world
    world.convert = async (...args) => ({ ...(await convert(...args)), parquetBytes: 7 })
    assert.match((await errorOf(fetchOne(world)))!, /^ticks\/.*: \d+ bytes were written, expected the 7 converted$/)
  })

  it('says how many bytes the bucket holds', async () => {
    const world = new World()
    statedBytes(world, 9)
    assert.match((await errorOf(fetchOne(world)))!, /^ticks\/.*: the bucket holds 9 bytes, expected the \d+ written$/)
  })

  it('says what the vendor says of a file that it does not have, or that it has none', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'MISSING')
    assert.equal(await errorOf(fetchOne(world)), 'no binance/trades/2024/08/08/BTCUSDT.csv.gz')
    world.vendor.openDataset = async () => ({ kind: 'missing', detail: '' })
    assert.equal(await errorOf(fetchOne(world)), 'the vendor has no such file')
  })

  it('says that another writer was first, after three commits in a row', async () => {
    const world = new World()
    world.bucket.beforeWrite = async name => {
      const { beforeWrite } = world.bucket
      world.bucket.beforeWrite = () => {}
      const generation = (await world.bucket.stat(name))?.generation ?? '0'
      await world.bucket.write(name, Buffer.from('not ours'), generation, JSON_TYPE)
      world.bucket.beforeWrite = beforeWrite
    }
    assert.equal(await errorOf(fetchOne(world)), `${OBJECT}: another writer was first at 3 commits in a row`)
    assert.equal(world.vendor.opened.length, 3)
    assert.equal(world.clock.waitsMs.length, 2)
    world.assertNothingOpen()
  })

  it('says how long it had, where that is all the time of a delivery', async () => {
    const world = worldOf({ A: ['trades'] })
    world.vendor.answer('trades/A', 'STALLS')
    world.vendor.onOpen = () => void setImmediate(() => world.clock.advance(CONFIG.deadlineMs + WORKING_GRACE_MS))
    await world.fetch(DAY)
    await world.deliver(world.queue.find(({ value }) => value.batch)!)
    const [result] = world.receipts()[0]!.results
    const error = 'not done after 515 s, all the time that one delivery has; raise DEADLINE_SECONDS, or CPU and memory'
    assert.deepEqual(result, {
      ...{ dataType: 'trades', symbol: 'A', status: 'failed', error, retryable: false, seconds: 515 },
    })
  })

  it('says that the vendor lists no instruments that day', async () => {
    const world = worldOf({})
    using deadline = createDeadline(CONFIG.deadlineMs, world.clock)
    assert.deepEqual(await openInstruments(DAY, false, world.services, deadline), {
      kind: 'missing',
      detail: 'Tardis lists no instruments of binance on 2024-08-08',
    })
  })
})

describe('the error of a batch', () => {
  it('counts the items that a retry can do, and names the first', async () => {
    const world = worldOf({ A: ['trades'], B: ['trades'], C: ['trades'] }, 3)
    world.vendor.answer('trades/A', 'DOWN').answer('trades/B', 'DOWN').answer('trades/C', 'MALFORMED')
    await world.fetch(DAY)
    await assert.rejects(world.deliver(world.queue.find(({ value }) => value.batch)!), {
      message: '2 items failed, a retry can succeed; trades/A: answered 503',
    })
  })
})

describe('the reason of a refused message', () => {
  it('names the venue that the vendor does not know', async () => {
    assert.deepEqual(await worldOf().fetch({ ...DAY, venue: 'nowhere' }), {
      outcome: 'rejected',
      reason: 'the vendor knows no venue "nowhere": no such exchange',
    })
  })

  it('is the number of items by name with those that were asked for before, and nothing is planned', async () => {
    const world = worldOf({ A: ['trades'] })
    await world.fetch(DAY)
    const symbols = Array.from({ length: MAX_NAMED_ITEMS - 1 }, (_, at) => `S${at}`)
    const name = `${LEDGER}/plan.json`
    const { generation } = (await world.bucket.stat(name))!
    const stored = { ...world.plan(), scope: { quotes: symbols.sort() } }
    await world.bucket.write(name, Buffer.from(`${JSON.stringify(stored)}\n`), generation, JSON_TYPE)
    assert.equal((await world.fetch({ ...DAY, dataTypes: ['trades'], symbols: ['A'] })).outcome, 'planned')
    const plan = world.plan()
    const published = world.published.length
    assert.deepEqual(await world.fetch({ ...DAY, dataTypes: ['trades'], symbols: ['B'] }), {
      outcome: 'rejected',
      reason: `with it the venue-day would have more than ${MAX_NAMED_ITEMS} items by name (data types × symbols), or too many selectors, expected at most that many; leave symbols out to ask for all`,
    })
    assert.deepEqual([world.plan(), world.published.length], [plan, published])
  })
})

describe('the plan of a venue-day', () => {
  it('is refused where it would have more than 500 selectors', async () => {
    const { services } = worldOf({ A: ['trades'] })
    const kindOf = async (count: number) => {
      const patterns = Array.from({ length: count }, (_, at) => `A${at}*`)
      return (await planVenueDay(DAY, { scope: scopeOf(['trades'], patterns) }, services)).kind
    }
    assert.deepEqual([await kindOf(500), await kindOf(501)], ['planned', 'too-many-items'])
  })

  it('says that it is planned, needs no observer, and is published within its deadline', async () => {
    const world = worldOf({ A: ['trades'] })
    const { observe: _, ...services } = world.services
    const signals: unknown[] = []
    const publish = async (...[, , options]: Parameters<typeof services.publisher.publish>) => {
      signals.push(options?.signal)
      return 'm1'
    }
    const publisher = { ...services.publisher, publish }
    const planned = await planVenueDay(DAY, { scope: { trades: 'all' } }, { ...services, publisher })
    const report = { status: 'planned', items: 1, settled: 0, batches: 1 }
    assert.deepEqual(
      [planned, signals.length, signals[0] instanceof AbortSignal],
      [{ kind: 'planned', report }, 1, true],
    )
  })
})

describe('the selectors of a plan', () => {
  const of = (...counts: number[]) => ({
    selectors: counts.map(count => ({ selector: 'A*', dataTypes: [], symbols: Array<string>(count).fill('A') })),
  })

  it('are too many above 500, or with more than 200,000 symbols together', () => {
    assert.equal(hasTooManySelectors({}), false)
    assert.equal(hasTooManySelectors(of(...Array<number>(500).fill(1))), false)
    assert.equal(hasTooManySelectors(of(...Array<number>(501).fill(0))), true)
    assert.equal(hasTooManySelectors(of(150_000, 50_000)), false)
    assert.equal(hasTooManySelectors(of(150_000, 50_001)), true)
  })
})
