import assert from 'node:assert/strict'
import { fetchItem, NotBegun } from '../../functions/fetch/item.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import type { Answer } from './fake-vendor.ts'
import { fetchOne, forcedNow, KEY, NAME, plantRival, turns, writeOf } from './item-runs.ts'
import { World } from './world.ts'

/** What the guard of the vendor is told of one item. */
async function told(answers: readonly Answer[], name = NAME, onOpen = (_: World) => {}) {
  const world = new World()
  world.vendor.answer(KEY, ...answers).onOpen = () => onOpen(world)
  const { services } = world
  const calls: string[] = []
  Object.assign(services.guard, {
    responded: () => void calls.push('responded'),
    failed: async () => void calls.push('failed'),
  })
  using deadline = createDeadline(500_000, world.clock)
  await fetchItem(name, undefined, services, deadline, turns)
  return calls
}

describe('what an item tells the guard of the vendor', () => {
  it('is that it responded, with a file or without', async () => {
    for (const answer of ['a', 'MISSING', 'FORBIDDEN'] as const) assert.deepEqual(await told([answer]), ['responded'])
  })

  it('is nothing of a damaged response, and the failure of the last', async () => {
    assert.deepEqual(await told(['BREAKS', 'a']), ['responded'])
    assert.deepEqual(await told(['BREAKS']), ['failed'])
  })

  it('is nothing of instruments, which are no file of the vendor', async () => {
    assert.deepEqual(await told([], { ...NAME, dataType: 'instruments' }), [])
  })

  it('is nothing where the deadline stopped the item', async () => {
    const stop = (world: World) => void setImmediate(() => world.clock.advance(500_000))
    assert.deepEqual(await told(['STALLS'], NAME, stop), [])
  })
})

describe('an item', () => {
  it('needs no observer', async () => {
    for (const answer of ['a', 'DOWN'] as const) {
      const world = new World()
      world.vendor.answer(KEY, answer)
      const { observe: _, ...services } = world.services
      using deadline = createDeadline(500_000, world.clock)
      const end = await fetchItem(NAME, undefined, services, deadline, turns)
      assert.equal(end?.result.status, answer === 'a' ? 'stored' : 'failed')
    }
  })

  it('that has no turn has no result, and its error has a name', async () => {
    assert.equal(new NotBegun('x').name, 'NotBegun')
  })

  it('counts as adopted where the vendor has no more of it than is stored', async () => {
    const world = new World()
    await fetchOne(world)
    world.vendor.answer(KEY, 'MISSING')
    const end = await fetchOne(world, await forcedNow(world))
    assert.deepEqual([end?.adopted, writeOf(end)], [true, 1])
  })

  it('counts as adopted where an upgrade is forbidden, and is forbidden where it is forced', async () => {
    const world = new World()
    await fetchOne(world)
    world.vendor.answer(KEY, 'FORBIDDEN')
    const upgraded = await fetchOne(world, { olderThan: 99 })
    assert.deepEqual([upgraded?.result.status, upgraded?.adopted], ['stored', true])
    const forced = await fetchOne(world, await forcedNow(world))
    assert.deepEqual([forced?.result.status, forced?.adopted], ['forbidden', false])
  })

  it('is not adopted where it was downloaded, whoever committed first', async () => {
    const [world, rival] = [new World(), new World()]
    rival.vendor.answer(KEY, 'other\ntext')
    const { result } = (await fetchOne(rival))!
    assert.ok(result.status === 'stored')
    plantRival(world, rival.bucket.bytes(result.object))
    assert.equal((await fetchOne(world))?.adopted, false)
  })
})
