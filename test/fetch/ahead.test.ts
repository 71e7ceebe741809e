import assert from 'node:assert/strict'
import { MAX_HELD_BYTES } from '../../functions/fetch/held.ts'
import { CONFIG, DAY, type World, worldOf } from './world.ts'

const LARGE = 'x'.repeat(MAX_HELD_BYTES + 1)

/** A planned day whose symbols stand in one batch, in this order, and its batch's message. */
async function planned(symbols: readonly string[]) {
  const world = worldOf(Object.fromEntries(symbols.map(symbol => [symbol, ['trades']])), symbols.length)
  await world.fetch(DAY)
  return { world, message: world.published.find(({ value }) => value.batch)! }
}

/** The converter, which keeps the first of these sources until it is let go. Lists the items in the order of their ends. */
function keeping(world: World, isKept: (bytes: number) => boolean) {
  const { convert } = world
  const letGo = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  world.convert = async (source, sink, options) => {
    if (isKept(options.expectedBytes ?? 0)) {
      begun.resolve()
      await letGo.promise
    }
    return await convert(source, sink, options)
  }
  return { begun: begun.promise, letGo: letGo.resolve }
}

const finished = (world: World) =>
  world.events.flatMap(event => (event.kind === 'item-finished' ? [`${event.symbol} ${event.status}`] : []))

/** Goes on until it is true, for a bounded number of turns of the event loop. */
async function until(isTrue: () => boolean, what: string) {
  for (let turn = 0; !isTrue(); turn++) {
    assert.ok(turn < 1_000, what)
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('items that are requested ahead', () => {
  it('end while a large one beside them is being converted', async () => {
    const { world, message } = await planned(['A', 'B', 'C', 'D', 'E'])
    world.vendor.answer('trades/A', LARGE)
    const { begun, letGo } = keeping(world, bytes => bytes > MAX_HELD_BYTES)
    const delivered = world.deliver(message)
    await begun
    await until(() => finished(world).length === 4, 'the small items wait for the large one')
    assert.deepEqual(finished(world).sort(), ['B stored', 'C stored', 'D stored', 'E stored'])
    letGo()
    await delivered
    assert.equal(finished(world).at(-1), 'A stored')
    world.assertNothingOpen()
  })

  it('are held without an open response while no turn is free', async () => {
    const { world, message } = await planned(['A', 'B', 'C', 'D'])
    world.config = { ...world.config, downloadMaxWorkers: 1 }
    const { begun, letGo } = keeping(world, () => true)
    const delivered = world.deliver(message)
    await begun
    await until(() => world.vendor.opened.length === 4 && world.vendor.openBodies <= 1, 'responses stay open')
    letGo()
    await delivered
    assert.equal(finished(world).length, 4)
    world.assertNothingOpen()
  })

  it('are requested again, once, where a large response had to wait too long for its turn', async () => {
    const { world, message } = await planned(['A', 'B'])
    world.config = { ...world.config, downloadMaxWorkers: 1 }
    world.vendor.answer('trades/A', LARGE).answer('trades/B', LARGE)
    const { begun, letGo } = keeping(world, () => true)
    const delivered = world.deliver(message)
    await begun
    await until(() => world.vendor.openBodies === 2, 'the second response is not open')
    await until(() => world.clock.timers.size > 3, 'the second response has no limit')
    world.clock.advance(5_000)
    await until(() => world.vendor.openBodies === 1, 'the second response stays open')
    letGo()
    await delivered
    assert.deepEqual(world.vendor.opened, ['trades/A', 'trades/B', 'trades/B'])
    assert.deepEqual(finished(world).sort(), ['A stored', 'B stored'])
    world.assertNothingOpen()
  })

  it('have no result and are handed on where they get no turn before the deadline', async () => {
    const { world, message } = await planned(['A', 'B', 'C'])
    world.config = { ...world.config, downloadMaxWorkers: 1 }
    const { begun, letGo } = keeping(world, () => true)
    const delivered = world.deliver(message)
    await begun
    await until(() => world.vendor.opened.length === 3 && world.vendor.openBodies <= 1, 'not all are requested')
    await new Promise(resolve => setImmediate(resolve))
    world.clock.advance(CONFIG.deadlineMs)
    letGo()
    await delivered
    assert.equal(world.receipts()[0]!.handedOn, 2)
    await world.drain()
    assert.deepEqual(world.statuses(), { 'trades/A': 'stored', 'trades/B': 'stored', 'trades/C': 'stored' })
    world.assertNothingOpen()
  })
})
