import assert from 'node:assert/strict'
import type { VendorInstruments } from '../../functions/ledger/vendor-instruments.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import type { InstrumentInfo, InstrumentsOutcome } from '../../functions/tardis/instruments.ts'
import { CONVERTER_VERSION, convert } from '../../functions/ticks/convert.ts'
import { DAY, LEDGER, type World, worldOf } from './world.ts'

const ASKED = { ...DAY, dataTypes: ['trades', 'instruments'] }
const OBJECT = `ticks/data_type=instruments/venue=${DAY.venue}/date=${DAY.date}/instruments.parquet`
const SNAPSHOT = `_ledger/vendor/instruments/venue=${DAY.venue}/date=${DAY.date}.json`

const listing = (priceIncrement: number): InstrumentsOutcome => {
  const info = { id: 'BTCUSDT', priceIncrement, changes: [] } as unknown as InstrumentInfo
  return { kind: 'known', instruments: new Map([['BTCUSDT', info]]), faults: [] }
}

/** A vendor with one instrument and a grouped symbol; `asked` counts requests for the list of instruments. */
function worldWithInstruments(listed: InstrumentsOutcome): World & { asked: number } {
  const world = Object.assign(worldOf({ BTCUSDT: ['trades'], PERPETUALS: ['trades'] }), { asked: 0 })
  const real = world.convert
  world.convert = (source, sink, options) =>
    (options.dataType === 'instruments' ? convert : real)(source, sink, options)
  world.vendor.listed = listed
  const request = world.vendor.instruments.bind(world.vendor)
  world.vendor.instruments = () => {
    world.asked += 1
    return request()
  }
  return world
}

const snapshotOf = (world: World) => world.bucket.json(SNAPSHOT) as VendorInstruments
const generationOf = async (world: World, name: string) => (await world.bucket.stat(name))?.generation
const deliver = async (world: World, message: object, id: string) => {
  await world.fetch(message, id)
  await world.drain()
}

describe('instruments of a venue-day', () => {
  it('are one more item, made from a snapshot that is kept', async () => {
    const world = worldWithInstruments(listing(0.5))
    await deliver(world, ASKED, 'first')
    assert.equal(world.statuses()['instruments/INSTRUMENTS'], 'stored')
    assert.equal(world.manifest().status, 'complete')
    assert.ok(await generationOf(world, OBJECT))
    const { instruments, notReadable } = snapshotOf(world)
    assert.equal(notReadable, undefined)
    assert.deepEqual(
      instruments.map(({ symbol, described }) => [symbol, described?.priceIncrement]),
      [['BTCUSDT', 0.5]],
    )
    assert.ok(!world.vendor.opened.some(key => key.startsWith('instruments/')))
    const item = world.manifest().items.find(({ dataType }) => dataType === 'instruments')!
    assert.ok(item.sourceBytes! > item.textBytes!, 'not compressed: its digest is the same with every zlib')
    world.assertNothingOpen()
  })

  it('are asked for by venue, so that symbols and patterns change nothing', async () => {
    for (const selection of [{ symbols: ['BTCUSDT'] }, { symbols: ['NONE-*'], version: 3 }]) {
      const world = worldWithInstruments(listing(0.5))
      await deliver(world, { ...ASKED, ...selection }, 'first')
      assert.equal(world.plan()!.scope.instruments, 'all')
      assert.equal(world.statuses()['instruments/INSTRUMENTS'], 'stored')
      assert.ok(!world.plan()!.unlisted.some(({ dataType }) => dataType === 'instruments'))
    }
  })

  it('are no part of a day that does not ask for them, and are added without a new download', async () => {
    const world = worldWithInstruments(listing(0.5))
    await deliver(world, { ...DAY, dataTypes: ['trades'] }, 'without')
    assert.deepEqual([world.asked, snapshotOf(world)], [0, undefined])
    const opened = [...world.vendor.opened]
    await deliver(world, ASKED, 'with')
    assert.deepEqual(world.vendor.opened, opened)
    assert.equal(world.asked, 1)
    assert.equal(world.manifest().status, 'complete')
  })

  it('are described by their names where the vendor refuses its list, and the day is complete', async () => {
    const world = worldWithInstruments({
      kind: 'not-readable',
      reason: 'GET …: answered 401: needs a pro subscription',
    })
    await deliver(world, ASKED, 'first')
    assert.equal(world.statuses()['instruments/INSTRUMENTS'], 'stored')
    assert.equal(world.manifest().status, 'complete')
    assert.match(snapshotOf(world).notReadable!, /answered 401/)
  })

  it('count nothing towards the daily bytes of the vendor', async () => {
    const world = worldWithInstruments(listing(0.5))
    world.config = { ...world.config, tardisDailyBytes: 1_000_000 }
    await deliver(world, { ...DAY, dataTypes: ['instruments'] }, 'first')
    assert.equal(world.statuses()['instruments/INSTRUMENTS'], 'stored')
    const usage = [...world.bucket.contents().keys()].filter(name => name.includes('/usage/'))
    assert.deepEqual(usage.map(name => world.bucket.json(name).bytes).filter(Boolean), [])
  })

  it('come again where the vendor does not respond', async () => {
    const world = worldWithInstruments(listing(0.5))
    const answer = world.vendor.instruments
    world.vendor.instruments = async () => {
      world.vendor.instruments = answer
      throw new VendorError('answered 503', { retryable: true, status: 503 })
    }
    await deliver(world, ASKED, 'first')
    assert.equal(world.statuses()['instruments/INSTRUMENTS'], 'stored')
  })

  it('are made from the snapshot, not from the vendor, where the object is lost', async () => {
    const world = worldWithInstruments(listing(0.5))
    await deliver(world, ASKED, 'first')
    const before = await world.bucket.stat(OBJECT)
    const data = await world.bucket.read(OBJECT)
    world.vendor.listed = listing(7)
    const receipt = [...world.bucket.contents().keys()].filter(name => name.startsWith(`${LEDGER}/receipts/`))
    for (const name of [OBJECT, ...receipt]) await world.bucket.delete(name)
    await deliver(world, ASKED, 'again')
    assert.notEqual(await generationOf(world, OBJECT), before!.generation)
    assert.deepEqual((await world.bucket.read(OBJECT))!.data, data!.data)
    assert.equal(world.asked, 1)
  })

  it('are taken anew by a forced request, once, however often it is delivered', async () => {
    const world = worldWithInstruments(listing(0.5))
    await deliver(world, ASKED, 'first')
    world.vendor.listed = listing(0.25)
    for (let delivery = 1; delivery <= 2; delivery++) await deliver(world, { ...ASKED, force: true }, 'forced')
    assert.equal(snapshotOf(world).instruments[0]!.described!.priceIncrement, 0.25)
    assert.equal(world.asked, 2)
    assert.equal(
      world.manifest().items.find(({ dataType }) => dataType === 'instruments')!.converterVersion,
      CONVERTER_VERSION,
    )
  })

  it('stay out of the plan on a day on which the vendor lists none', async () => {
    const world = worldWithInstruments(listing(0.5))
    world.vendor.details = worldOf({ PERPETUALS: ['trades'] }).vendor.details
    await deliver(world, ASKED, 'first')
    assert.deepEqual(Object.keys(world.statuses()), ['trades/PERPETUALS'])
    assert.equal(world.manifest().status, 'complete')
  })
})
