import assert from 'node:assert/strict'
import { MAX_HELD_BYTES } from '../../functions/fetch/held.ts'
import { NotBegun } from '../../functions/fetch/item.ts'
import { type Turns, transfer } from '../../functions/fetch/transfer.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { KEY, NAME, OBJECT, turns } from './item-runs.ts'
import { World } from './world.ts'

const TARGET = { name: NAME, object: OBJECT, expected: '0', renew: false, earlierTransfers: 0 }
const LARGE = 'x'.repeat(MAX_HELD_BYTES + 1)

async function transferIn(world: World, take: Turns['take']) {
  using deadline = createDeadline(500_000, world.clock)
  return await transfer(TARGET, world.services, deadline, { ...turns, take })
}

/** In which order a transfer of this text commits and gives back its turn. */
async function orderOf(text: string) {
  const world = new World()
  world.vendor.answer(KEY, text)
  const order: string[] = []
  world.bucket.beforeWrite = () => void order.push('commit')
  const slot = { finish: () => void order.push('finish'), [Symbol.dispose]: () => void order.push('dispose') }
  await transferIn(world, async () => slot)
  return order
}

describe('the turn of a transfer', () => {
  it('ends before the commit of a small file, and after the commit of any other', async () => {
    assert.deepEqual(await orderOf('a'), ['finish', 'commit', 'dispose'])
    assert.deepEqual(await orderOf(LARGE), ['commit', 'dispose'])
    // The response is small, and the file that comes of it is not.
    assert.deepEqual(await orderOf('x'.repeat(MAX_HELD_BYTES)), ['commit', 'dispose'])
  })

  it('leaves nothing open and logs nothing where it does not come', async () => {
    for (const text of ['a', LARGE]) {
      const world = new World()
      world.vendor.answer(KEY, text)
      const noTurn = transferIn(world, () => Promise.reject(new NotBegun('no turn')))
      await assert.rejects(noTurn, { name: 'NotBegun', message: 'no turn' })
      world.assertNothingOpen()
      assert.deepEqual(world.logged, [])
    }
  })

  it('is followed by a second request where it comes late, which may find no file any more', async () => {
    const world = new World()
    world.vendor.answer(KEY, LARGE, 'MISSING')
    const outcome = await transferIn(world, async () => {
      while (world.clock.timers.size > 1 || world.clock.waitsMs.length === 0) await new Promise(setImmediate)
      return await turns.take(false)
    })
    assert.deepEqual([outcome.kind, world.vendor.opened, world.clock.waitsMs], ['missing', [KEY, KEY], [5_000]])
    world.assertNothingOpen()
    assert.deepEqual(world.logged, [])
  })
})

describe('the commit of a transfer', () => {
  it('rejects where it fails because the deadline is over', async () => {
    const world = new World()
    world.bucket.beforeWrite = () => {
      world.clock.advance(500_000)
      throw new Error('stopped')
    }
    await assert.rejects(transferIn(world, turns.take), /stopped/)
    world.assertNothingOpen()
  })
})
