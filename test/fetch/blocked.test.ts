import assert from 'node:assert/strict'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { CONFIG, DAY, type Message, type World, worldOf } from './world.ts'

const HOUR = 3_600_000
const SYMBOLS = { A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'], E: ['trades'] }

/** A planned day of five items in one batch, worked on one after the other, and its batch's message. */
async function planned(): Promise<{ world: World; message: Message }> {
  const world = worldOf(SYMBOLS, 5)
  world.config = { ...CONFIG, batchSize: 5, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
  await world.fetch(DAY)
  const message = world.published.find(({ value }) => value.batch)!
  world.published.length = 0
  return { world, message }
}

/** From this item on the vendor refuses everything for an hour. */
function refuseFrom(world: World, key: string, reason: 'quota' | 'key' = 'quota') {
  let refuses = false
  world.vendor.onOpen = opened => {
    refuses ||= opened === key
    if (refuses) throw new VendorRefusedError(`refused ${opened}`, reason, world.clock.now() + HOUR)
  }
}

const handedOn = (world: World) => world.published.filter(({ topic }) => topic === CONFIG.venueDaysTopic)
const results = (world: World) =>
  world.receipts().flatMap(receipt => receipt.results.map(({ symbol, status }) => `${symbol} ${status}`))

describe('fetch, where the vendor refuses everything', () => {
  for (const reason of ['quota', 'key'] as const)
    it(`stops the batch at the first refusal (${reason}), keeps what is done, and acknowledges`, async () => {
      const { world, message } = await planned()
      refuseFrom(world, 'trades/C', reason)
      const outcome = (await world.deliver(message)) as { outcome: string; blocked?: true; handedOn: number }
      assert.deepEqual([outcome.outcome, outcome.blocked, outcome.handedOn], ['batch', true, 0])
      assert.deepEqual(world.vendor.opened, ['trades/A', 'trades/B', 'trades/C'])
      assert.deepEqual(results(world), ['A stored', 'B stored'])
      assert.deepEqual(handedOn(world), [])
      await world.drain()
      assert.equal(world.manifest().status, 'incomplete')
      assert.deepEqual(world.manifest().counts.pending, 3)
      world.assertNothingOpen()
    })

  it('asks for nothing in other instances, and acknowledges, until the time is over', async () => {
    const { world, message } = await planned()
    refuseFrom(world, 'trades/A')
    await world.deliver(message)
    world.published.length = 0
    for (let n = 0; n < 3; n++) await world.deliver(message)
    assert.deepEqual([world.vendor.opened, world.published], [['trades/A'], []])
    assert.deepEqual(await world.fetch({ ...DAY, date: '2024-08-07' }), { outcome: 'blocked' })
    world.clock.advance(HOUR)
    world.vendor.onOpen = () => {}
    await world.deliver(message)
    await world.drain()
    assert.equal(world.manifest().status, 'complete')
  })

  it('does not ask for a batch again whose failed items could succeed', async () => {
    const { world, message } = await planned()
    world.vendor.answer('trades/A', 'DOWN')
    refuseFrom(world, 'trades/B')
    await world.deliver(message)
    assert.deepEqual(results(world), ['A failed'])
  })

  it('plans a forced venue-day all the same, because nobody would ask for it again', async () => {
    const { world, message } = await planned()
    await world.deliver(message)
    const { guard, services } = { guard: world.services.guard, services: world.services }
    await guard.refused({ reason: 'quota', untilMs: world.clock.now() + HOUR, message: 'quota' }, services)
    const outcome = await world.fetch({ ...DAY, force: true }, 'forced')
    assert.equal(outcome.outcome, 'planned')
    assert.ok(world.plan()!.batches.some(batch => batch.force))
  })

  it('takes the refusal of exchange details for one too', async () => {
    const world = worldOf(SYMBOLS, 5)
    world.vendor.exchange = async () => {
      throw new VendorRefusedError('answered 429', 'quota', world.clock.now() + HOUR)
    }
    assert.deepEqual(await world.fetch(DAY), { outcome: 'blocked' })
    await assert.rejects(world.fetch({ ...DAY, force: true }), /answered 429/)
  })

  it('asks for the message again where the block cannot be noted', async () => {
    const { world, message } = await planned()
    refuseFrom(world, 'trades/B')
    world.bucket.beforeWrite = async name => {
      if (name.includes('/vendor/')) throw new Error('bucket down')
    }
    await assert.rejects(world.deliver(message), /bucket down/)
    assert.deepEqual(results(world), ['A stored'])
  })

  it('sends one request of a batch, of all that it may have open, where the vendor refuses from its beginning', async () => {
    const { world, message } = await planned()
    world.config = { ...CONFIG, batchSize: 5 }
    refuseFrom(world, 'trades/A')
    await world.deliver(message)
    assert.deepEqual(world.vendor.opened, ['trades/A'])
  })

  it('sends no request of an item that looks for its object while another one is refused', async () => {
    const { world, message } = await planned()
    world.config = { ...CONFIG, batchSize: 5 }
    refuseFrom(world, 'trades/B')
    const refused = Promise.withResolvers<void>()
    world.bucket.beforeWrite = async name => {
      if (name.includes('/vendor/')) refused.resolve()
    }
    const { stat } = world.bucket
    world.bucket.stat = async (name, signal) => {
      if (/[CDE]\.parquet$/.test(name)) await refused.promise
      return await stat.call(world.bucket, name, signal)
    }
    await world.deliver(message)
    assert.deepEqual([world.vendor.opened, results(world)], [['trades/A', 'trades/B'], ['A stored']])
  })

  it('stops a batch at TARDIS_DAILY_BYTES, and goes on the next day', async () => {
    const { world, message } = await planned()
    // Each dataset has three bytes.
    world.config = { ...world.config, tardisDailyBytes: 6 }
    await world.deliver(message)
    assert.deepEqual(results(world), ['A stored', 'B stored'])
    world.clock.advance(12 * HOUR)
    await world.deliver(message)
    assert.deepEqual(results(world), ['A stored', 'B stored', 'C stored', 'D stored'])
  })
})
