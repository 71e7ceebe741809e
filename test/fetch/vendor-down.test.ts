import assert from 'node:assert/strict'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import { CONFIG, DAY, type Message, type World, worldOf } from './world.ts'

const MINUTE = 60_000
const SYMBOLS = { A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'], E: ['trades'] }

/** A planned day of five items in one batch, worked on one after the other, its message, and one deployed instance. */
async function planned() {
  const world = worldOf(SYMBOLS, 5)
  world.config = { ...CONFIG, batchSize: 5, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
  await world.fetch(DAY)
  const message = world.published.find(({ value }) => value.batch)!
  world.published.length = 0
  const guard = new VendorGuard({ clock: world.clock, config: world.config, stopsWhenDown: true })
  const deliver = ({ id, value }: Message) =>
    handleVenueDay({ id, data: Buffer.from(JSON.stringify(value)) }, { ...world.services, guard })
  return { world, message, deliver }
}

const down = () => {
  throw new VendorError('connection refused', { retryable: true })
}
const fetchMessages = (world: World) => world.published.filter(({ topic }) => topic === CONFIG.venueDaysTopic)

describe('fetch, where the vendor does not respond', () => {
  it('stops the batch after three items, rejects its message, and asks for nothing until the block is over', async () => {
    const { world, message, deliver } = await planned()
    world.vendor.onOpen = down
    await assert.rejects(
      deliver(message),
      /Tardis does not respond since .*, it is asked again at .*: connection refused/,
    )
    assert.deepEqual(world.vendor.opened, ['trades/A', 'trades/B', 'trades/C'])
    await assert.rejects(deliver(message), /does not respond/)
    await assert.rejects(deliver({ id: 'm9', topic: CONFIG.venueDaysTopic, value: { ...DAY, date: '2024-08-07' } }))
    assert.equal(world.vendor.opened.length, 3)
    assert.deepEqual(fetchMessages(world), [], 'the rest is not handed on: the message comes again')
    world.clock.advance(10 * MINUTE)
    world.vendor.onOpen = () => {}
    await deliver(message)
    await world.drain()
    assert.equal(world.manifest().status, 'complete')
  })

  it('rejects a message for at most two hours, with one call each 10 minutes, and acknowledges it then', async () => {
    const { world, message, deliver } = await planned()
    world.vendor.onOpen = down
    let deliveries = 0
    const isRejected = () =>
      deliver(message).then(
        outcome => assert.ok(outcome.outcome === 'batch' && outcome.blocked),
        () => true,
      )
    while (await isRejected()) {
      assert.ok(++deliveries < 20)
      world.clock.advance(10 * MINUTE)
    }
    assert.equal(deliveries, 11, 'with an eleventh call the outage has lasted for two hours')
    assert.equal(world.vendor.opened.length, 3 + 11)
    assert.deepEqual(fetchMessages(world), [])
  })

  it('does the same where exchange details get no response', async () => {
    const { world, deliver } = await planned()
    world.vendor.exchange = async () => down()
    const message = { id: 'm9', topic: CONFIG.venueDaysTopic, value: { ...DAY, date: '2024-08-07' } }
    let calls = 0
    for (; calls < 3; calls++)
      await assert.rejects(deliver(message), calls < 2 ? /^VendorError/ : /does not respond since/)
    for (; calls < 30; calls++) {
      world.clock.advance(10 * MINUTE)
      const outcome = await deliver(message).catch(() => undefined)
      if (outcome) {
        assert.equal(outcome.outcome, 'blocked')
        break
      }
    }
    assert.equal(calls, 13)
  })
})
