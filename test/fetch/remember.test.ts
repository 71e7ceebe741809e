import assert from 'node:assert/strict'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { detailsOf } from './fake-vendor.ts'
import { CONFIG, World } from './world.ts'

const HOUR = 3_600_000
/** Long before the last days. */
const DAY = { venue: 'binance', date: '2024-02-01' }

/** A world as it is deployed, whose vendor's quota is used up for an hour. */
function blockedWorld(): World {
  const world = new World()
  world.keepsRequests = true
  world.config = { ...CONFIG, lookbackDays: 3 }
  world.vendor.details = detailsOf({ A: ['trades', 'quotes'], B: ['trades', 'quotes'] })
  const untilMs = world.clock.now() + HOUR
  world.vendor.onOpen = () => {
    if (world.clock.now() < untilMs) throw new VendorRefusedError('answered 429', 'quota', untilMs)
  }
  return world
}

async function block(world: World): Promise<void> {
  const refusal = { reason: 'quota', untilMs: world.clock.now() + HOUR, message: 'quota' } as const
  await world.services.guard.refused(refusal, world.services)
}

const requests = (world: World): KeptRequest[] =>
  [...world.bucket.contents().keys()]
    .filter(name => /requests\/[0-9a-f]{16}\.json$/.test(name))
    .map(name => world.bucket.json(name))
const asked = (world: World) => requests(world).map(({ asked }) => asked)

/** The block is over: the scheduled run, and all that follows. */
async function goOn(world: World): Promise<void> {
  world.clock.advance(HOUR)
  await world.schedule({})
  await world.drain()
}

describe('fetch, for a message that it acknowledges without work', () => {
  it('keeps a request for a venue-day that a person has published, once, and it becomes complete', async () => {
    const world = blockedWorld()
    await block(world)
    for (let delivery = 0; delivery < 2; delivery++) {
      assert.deepEqual(await world.fetch({ ...DAY, symbols: ['A'] }), { outcome: 'blocked' })
    }
    const day = { venues: ['binance'], startDate: DAY.date, endDate: DAY.date }
    assert.deepEqual(asked(world), [{ ...day, dataTypes: ['trades'], symbols: ['A'] }])
    await goOn(world)
    await world.schedule({})
    const kept = requests(world).filter(({ asked }) => asked.startDate === DAY.date)
    assert.deepEqual(
      kept.map(({ state }) => state),
      ['complete'],
    )
    assert.equal(world.bucket.json(`_ledger/venue=binance/date=${DAY.date}/manifest.json`).status, 'complete')
  })

  it('keeps what is to be done again, which is then done again once', async () => {
    const world = blockedWorld()
    world.clock.advance(HOUR)
    await world.fetch(DAY)
    await world.drain()
    const opened = world.vendor.opened.length
    await block(world)
    assert.deepEqual(await world.fetch({ ...DAY, force: true }, 'forced'), { outcome: 'blocked' })
    assert.deepEqual(await world.fetch({ ...DAY, force: true }, 'forced'), { outcome: 'blocked' })
    assert.deepEqual(
      asked(world).map(({ force }) => force),
      [true],
    )
    world.config = { ...world.config, venues: ['okx'] }
    await goOn(world)
    assert.equal(world.vendor.opened.length, opened + 2)
  })

  it('keeps nothing for one of the last days, for a part of an open request, and on a laptop', async () => {
    const world = blockedWorld()
    await world.schedule({ startDate: '2024-01-01', endDate: '2024-03-01' })
    await block(world)
    const before = asked(world)
    await world.fetch({ ...DAY, dataTypes: ['trades'] })
    await world.fetch({ venue: 'binance', date: '2024-08-08' })
    world.keepsRequests = false
    await world.fetch({ venue: 'binance', date: '2023-01-01' })
    assert.deepEqual(asked(world), before)
  })

  it('keeps what neither the last days nor an open request have', async () => {
    const world = blockedWorld()
    await world.schedule({ startDate: '2024-01-01', endDate: '2024-03-01', symbols: ['A'] })
    await block(world)
    await world.fetch({ ...DAY, dataTypes: ['trades'] })
    await world.fetch({ venue: 'binance', date: '2024-08-08', dataTypes: ['quotes'] })
    await world.fetch({ venue: 'binance', date: '2024-03-02' })
    const kept = asked(world).filter(({ symbols }) => !symbols)
    assert.deepEqual(kept.map(({ startDate, dataTypes }) => `${startDate} ${dataTypes}`).sort(), [
      '2024-02-01 trades',
      '2024-03-02 trades',
      '2024-08-08 quotes',
    ])
  })

  it('keeps the scope of a plan whose batch is stopped by a refusal', async () => {
    const world = blockedWorld()
    await world.fetch({ ...DAY, dataTypes: ['trades'] })
    await world.fetch({ ...DAY, dataTypes: ['quotes'], symbols: ['B'] })
    await world.drain()
    assert.deepEqual(
      asked(world)
        .map(({ dataTypes, symbols }) => `${dataTypes} ${symbols ?? 'all'}`)
        .sort(),
      ['quotes B', 'trades all'],
    )
    await goOn(world)
    const { counts } = world.bucket.json(`_ledger/venue=binance/date=${DAY.date}/manifest.json`)
    assert.deepEqual([counts.items, counts.stored], [3, 3])
  })

  it('keeps the selectors of a message and of a plan', async () => {
    const selection = { symbols: ['A*'], instrumentTypes: ['spot'], exclude: ['AX'] }
    const world = blockedWorld()
    await block(world)
    await world.fetch({ ...DAY, ...selection })
    const day = { venues: ['binance'], startDate: DAY.date, endDate: DAY.date }
    assert.deepEqual(asked(world), [{ ...day, dataTypes: ['trades'], ...selection }])
    const planned = blockedWorld()
    await planned.fetch({ ...DAY, dataTypes: ['trades', 'quotes'], symbols: ['B', 'A*'], exclude: ['AX'] })
    await planned.drain()
    const dataTypes = ['quotes', 'trades']
    assert.deepEqual(
      asked(planned).sort((a, b) => a.symbols!.join().localeCompare(b.symbols!.join())),
      [
        { ...day, dataTypes, symbols: ['A*'], exclude: ['AX'] },
        { ...day, dataTypes, symbols: ['B'] },
      ],
    )
    await goOn(planned)
    assert.equal(planned.bucket.json(`_ledger/venue=binance/date=${DAY.date}/manifest.json`).status, 'complete')
  })

  it('asks for the message again where the request cannot be kept', async () => {
    const world = blockedWorld()
    await block(world)
    world.bucket.beforeWrite = async name => {
      if (name.includes('/requests/')) throw new Error('bucket down')
    }
    await assert.rejects(world.fetch(DAY), /bucket down/)
  })
})
