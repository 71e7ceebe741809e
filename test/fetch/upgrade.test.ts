import assert from 'node:assert/strict'
import { factsOf } from '../../functions/fetch/facts.ts'
import { itemKey } from '../../functions/market/items.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { detailsOf, fakeConvert, fakeConvertOf } from './fake-vendor.ts'
import { tinyParquet } from './tiny-parquet.ts'
import { DAY, LEDGER, type World, worldOf } from './world.ts'

const OLD = 'market-data-tick-handler version 1.0.0'
const NEWER = `market-data-tick-handler version ${CONVERTER_VERSION + 1}.0.0`
const JSON_TYPE = { contentType: 'application/json' }
const SYMBOLS = { A: ['trades'], B: ['trades'], C: ['trades'] }
const UPGRADE = { ...DAY, upgrade: true, version: 2 }

/** The day as the release before this one left it: old files, and a ledger that records no converter version. */
async function oldDay(createdBy = OLD): Promise<World> {
  const world = worldOf(SYMBOLS)
  world.convert = fakeConvertOf(createdBy)
  await world.fetch(DAY)
  await world.drain()
  world.convert = fakeConvert
  for (const name of [...world.bucket.contents().keys()].filter(name => /receipts|manifest/.test(name))) {
    const { generation } = (await world.bucket.stat(name))!
    const document = world.bucket.json(name)
    delete document.converterVersions
    for (const item of document.items ?? document.results) delete item.converterVersion
    await world.bucket.write(name, Buffer.from(`${JSON.stringify(document)}\n`), generation, JSON_TYPE)
  }
  world.vendor.opened.length = 0
  world.published.length = 0
  return world
}

const versions = (world: World) => world.manifest().converterVersions
const opened = (world: World) => world.vendor.opened.toSorted()

describe('upgrade', () => {
  it('converts items of older converter versions again, and no other items', async () => {
    const world = await oldDay()
    world.vendor.details = detailsOf({ ...SYMBOLS, NEW: ['trades'] })
    await world.fetch(DAY, 'grow')
    await world.drain()
    assert.deepEqual(versions(world), [
      { version: 0, items: 3 },
      { version: CONVERTER_VERSION, items: 1 },
    ])
    world.vendor.opened.length = 0
    await world.fetch(UPGRADE, 'upgrade')
    await world.drain()
    assert.deepEqual(opened(world), ['trades/A', 'trades/B', 'trades/C'])
    assert.deepEqual(versions(world), [{ version: CONVERTER_VERSION, items: 4 }])
    assert.equal(world.manifest().status, 'complete')
    const names = world.plan()!.batches.flatMap(({ items }) => items.map(itemKey))
    assert.equal(new Set(names).size, names.length, 'each item is in one batch')
    world.assertNothingOpen()
  })

  it('converts each item once, however often its messages are delivered', async () => {
    const world = await oldDay()
    await world.fetch(UPGRADE, 'upgrade')
    await world.fetch(UPGRADE, 'upgrade')
    const batches = world.queue.filter(({ value }) => value.batch)
    await world.drain()
    for (const message of batches) await world.deliver(message)
    await world.fetch(UPGRADE, 'upgrade')
    await world.drain()
    assert.deepEqual(opened(world), ['trades/A', 'trades/B', 'trades/C'])
    assert.equal(world.manifest().status, 'complete')
  })

  it('has nothing to do when it is requested again', async () => {
    const world = await oldDay()
    await world.fetch(UPGRADE, 'upgrade')
    await world.drain()
    const plan = world.plan()
    world.published.length = 0
    await world.fetch(UPGRADE, 'another')
    assert.deepEqual(world.plan(), plan)
    assert.deepEqual(
      world.published.map(({ value }) => value.batch),
      [undefined],
    )
  })

  it('is done once where two are requested at the same time', async () => {
    const world = await oldDay()
    await world.fetch(UPGRADE, 'one')
    await world.fetch(UPGRADE, 'two')
    await world.drain()
    assert.deepEqual(opened(world), ['trades/A', 'trades/B', 'trades/C'])
    assert.deepEqual(versions(world), [{ version: CONVERTER_VERSION, items: 3 }])
  })

  it('is limited to the symbols that it names', async () => {
    const world = await oldDay()
    await world.fetch({ ...UPGRADE, symbols: ['B'] }, 'upgrade')
    await world.drain()
    assert.deepEqual(opened(world), ['trades/B'])
  })

  it('adopts objects of this version although the ledger does not say so', async () => {
    const world = await oldDay(`market-data-tick-handler version ${CONVERTER_VERSION}.0.0`)
    await world.fetch(UPGRADE, 'upgrade')
    await world.drain()
    assert.deepEqual(opened(world), [])
    assert.deepEqual(versions(world), [{ version: CONVERTER_VERSION, items: 3 }])
  })

  for (const answer of ['FORBIDDEN', 'MISSING'] as const) {
    it(`leaves what is stored where the vendor says ${answer}, and tries again when it is asked for again`, async () => {
      const world = await oldDay()
      world.vendor.answer('trades/A', answer, 'row')
      await world.fetch(UPGRADE, 'upgrade')
      await world.drain()
      assert.equal(world.manifest().status, 'complete')
      assert.deepEqual(versions(world), [
        { version: 1, items: 1 },
        { version: CONVERTER_VERSION, items: 2 },
      ])
      world.vendor.opened.length = 0
      await world.fetch(UPGRADE, 'another')
      await world.drain()
      assert.deepEqual(opened(world), ['trades/A'])
      assert.deepEqual(versions(world), [{ version: CONVERTER_VERSION, items: 3 }])
    })
  }

  it('is refused, so that it comes again, where a newer release planned it', async () => {
    const world = await oldDay()
    await world.fetch(UPGRADE, 'upgrade')
    const { generation } = (await world.bucket.stat(`${LEDGER}/plan.json`))!
    const newer = JSON.stringify(world.plan()).replaceAll(`"upgrade":${CONVERTER_VERSION}`, '"upgrade":99')
    await world.bucket.write(`${LEDGER}/plan.json`, Buffer.from(newer), generation, JSON_TYPE)
    const message = world.queue.find(({ value }) => value.batch)!
    await assert.rejects(world.deliver(message), /upgrades to converter version 99, this release has version/)
    assert.deepEqual(opened(world), [])
  })
})

describe('an object of a newer release', () => {
  const contentOf = (world: World) => [...world.bucket.contents()].filter(([name]) => name.startsWith('ticks/'))

  for (const request of ['force', 'upgrade'] as const) {
    it(`is not replaced by ${request}`, async () => {
      const world = await oldDay(NEWER)
      const before = contentOf(world)
      await world.fetch({ ...DAY, [request]: true }, request)
      await world.drain()
      assert.deepEqual(opened(world), [])
      assert.deepEqual(contentOf(world), before)
      assert.deepEqual(versions(world), [{ version: CONVERTER_VERSION + 1, items: 3 }])
      const warned = world.logged.filter(({ message }) => message.includes('it is not replaced'))
      assert.equal(warned.length, request === 'force' ? 3 : 0)
    })
  }

  const OBJECT = 'ticks/data_type=trades/venue=binance/date=2024-08-08/A.parquet'
  const summary = {
    rows: 1,
    sourceBytes: 1,
    sourceSha256: '0'.repeat(64),
    textBytes: 1,
    quality: { rowsOutOfOrder: 0, largestGapMicros: 0n },
  }
  const facts = factsOf({ ...DAY, dataType: 'trades', symbol: 'A' }, summary)
  /** A day of one item whose object is there already, with these facts. */
  async function withFacts(written: object): Promise<World> {
    const world = worldOf({ A: ['trades'] })
    const file = tinyParquet(Buffer.from('x'), 1, { 'tick-handler': JSON.stringify(written) }, NEWER)
    await world.bucket.write(OBJECT, file, '0', { contentType: 'application/octet-stream' })
    await world.fetch(DAY)
    await world.drain()
    return world
  }

  it('is taken over where its facts have fields that this release does not know', async () => {
    const rich = {
      ...facts,
      later: 1,
      source: { ...facts.source, later: 2 },
      quality: { ...facts.quality, later: '3' },
    }
    const world = await withFacts(rich)
    assert.deepEqual(opened(world), [])
    assert.equal(world.manifest().status, 'complete')
    assert.equal(world.manifest().items[0]?.converterVersion, CONVERTER_VERSION + 1)
  })

  it('is not replaced where its facts have a higher version: the item fails, to be tried again', async () => {
    const world = await withFacts({ ...facts, version: 2, rows: { moved: true } })
    assert.deepEqual(opened(world), [])
    const [item] = world.manifest().items
    assert.deepEqual([item?.status, item?.retryable], ['failed', true])
    assert.match(item?.error ?? '', /newer release wrote this object, .*facts have version 2/)
  })

  it('is replaced where it is no object of ours', async () => {
    const world = await withFacts({ version: 'x' })
    assert.deepEqual(opened(world), ['trades/A'])
  })
})
