import assert from 'node:assert/strict'
import { WORKING_GRACE_MS } from '../../functions/fetch/batch-time.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { MAX_HELD_BYTES } from '../../functions/fetch/held.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { CONFIG, DAY, type World, worldOf } from './world.ts'

const LARGE = 'x'.repeat(MAX_HELD_BYTES + 1)

/** A planned day whose symbols stand in one batch, its message, and what is done one after the other. */
async function planned(...symbols: string[]) {
  const world = worldOf(Object.fromEntries(symbols.map(symbol => [symbol, ['trades']])), symbols.length)
  world.config = { ...world.config, downloadMaxWorkers: 1 }
  await world.fetch(DAY)
  const message = world.published.find(({ value }) => value.batch)!
  world.published.length = 0
  return { world, message }
}

const results = (world: World) => world.receipts()[0]!.results.map(({ symbol, status }) => `${symbol} ${status}`)
const refuse = (world: World) => {
  throw new VendorRefusedError('used up', 'quota', world.clock.now() + 3_600_000)
}

describe('a batch while the vendor begins to refuse everything', () => {
  it('stores what is paid for, and begins no large response that waits for its turn', async () => {
    const { world, message } = await planned('A', 'B', 'C', 'D')
    world.vendor.answer('trades/A', LARGE).answer('trades/B', LARGE)
    // The large response does not wait so long that it is requested again.
    const setTimeout = world.clock.setTimeout.bind(world.clock)
    world.clock.setTimeout = (callback, ms) => setTimeout(callback, ms === 5_000 ? 20_000 : ms)
    const refused = Promise.withResolvers<void>()
    const { convert } = world
    world.convert = async (source, sink, options) => {
      await refused.promise
      return await convert(source, sink, options)
    }
    world.vendor.onOpen = key => {
      if (key !== 'trades/D') return
      // What waits for the refusal goes on when the guard has it.
      setImmediate(() => setImmediate(refused.resolve))
      refuse(world)
    }
    await world.deliver(message)
    assert.deepEqual(results(world), ['A stored', 'C stored'])
    assert.deepEqual(world.vendor.opened, ['trades/A', 'trades/B', 'trades/C', 'trades/D'])
    world.assertNothingOpen()
  })

  it('publishes a completion for what it has stored, and none where it has nothing', async () => {
    for (const [first, topics] of [
      ['trades/A', []],
      ['trades/B', [CONFIG.completionsTopic]],
    ] as const) {
      const { world, message } = await planned('A', 'B')
      world.config = { ...world.config, downloadMaxConnections: 1 }
      world.vendor.onOpen = key => {
        if (key === first) refuse(world)
      }
      await world.deliver(message)
      assert.deepEqual(
        world.published.map(({ topic }) => topic),
        topics,
      )
    }
  })
})

describe('a batch', () => {
  it('counts the seconds of its work', async () => {
    const { world, message } = await planned('A')
    world.vendor.onOpen = () => world.clock.advance(2_345)
    await world.deliver(message)
    assert.equal(world.receipts()[0]!.work.seconds, 2.345)
  })

  it('needs no observer', async () => {
    const { world, message } = await planned('A')
    const { observe: _, ...services } = world.services
    const data = Buffer.from(JSON.stringify(message.value))
    const outcome = await handleVenueDay({ id: '1', data }, services)
    assert.deepEqual(outcome, { outcome: 'batch', counts: { stored: 1 }, adopted: 0, handedOn: 0 })
  })

  for (const [lateMs, status] of [
    [WORKING_GRACE_MS, 'failed'],
    [WORKING_GRACE_MS + 1, undefined],
  ] as const) {
    it(`${status ? 'fails' : 'hands on'} an item that hangs and began ${lateMs} ms after the batch`, async () => {
      const { world, message } = await planned('A', 'B')
      world.config = { ...world.config, downloadMaxConnections: 1 }
      world.vendor.answer('trades/B', 'STALLS')
      world.vendor.onOpen = key => {
        if (key === 'trades/A') world.clock.advance(lateMs)
        else setImmediate(() => world.clock.advance(CONFIG.deadlineMs))
      }
      const { adopted } = (await world.deliver(message)) as { adopted: number }
      assert.deepEqual(results(world), status ? ['A stored', `B ${status}`] : ['A stored'])
      assert.equal(adopted, 0)
    })
  }
})

describe('a comparison of incidents that the vendor refuses', () => {
  it('is left to the next run, with a warning that says why', async () => {
    const world = worldOf()
    const error = new VendorRefusedError('used up', 'quota', 0)
    world.vendor.exchange = async () => {
      throw error
    }
    assert.deepEqual(await world.fetch({ ...DAY, incidentsSince: DAY.date, version: 4 }), { outcome: 'blocked' })
    const message = 'Tardis refuses to say what it has, incidents are not compared'
    assert.deepEqual(
      world.logged.filter(({ level }) => level === 'warn'),
      [{ level: 'warn', message, fields: { error } }],
    )
  })
})
