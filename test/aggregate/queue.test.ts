import assert from 'node:assert/strict'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { CONFIG, DAY, World } from '../fetch/world.ts'

const QUEUED = `_iceberg/_queue/venue=${DAY.venue}/date=${DAY.date}.json`

/** A world with two batches that are done, and the last completion, which has not been delivered. */
async function withCompletions() {
  const world = new World()
  world.config = { ...CONFIG, batchSize: 1 }
  world.vendor.details = detailsOf({ A: ['trades'], B: ['trades'] })
  await world.fetch(DAY)
  const batches = world.queue.filter(({ value }) => value.batch)
  world.queue.length = 0
  const [first, second] = batches
  await world.deliver(first!)
  world.queue.length = 0
  await world.deliver(second!)
  return { world, late: world.queue.splice(0) }
}

const MANIFEST = `_ledger/venue=${DAY.venue}/date=${DAY.date}/manifest.json`

describe('aggregate and the tables', () => {
  it('queues a venue-day whose manifest is complete, before and after the manifest', async () => {
    const { world, late } = await withCompletions()
    const order: string[] = []
    world.bucket.hook = ({ operation, name, when }) => {
      if (operation === 'write' && when === 'after') order.push(name)
    }
    await world.deliver(late[0]!)
    assert.equal(world.manifest().status, 'complete')
    assert.deepEqual(order, [QUEUED, MANIFEST, QUEUED])
  })

  it('queues it at a later delivery where the first one died between the two', async () => {
    const { world, late } = await withCompletions()
    world.bucket.hook = ({ operation, name, when }) => {
      if (operation === 'write' && when === 'after' && name === MANIFEST) throw new Error('killed')
    }
    await assert.rejects(world.deliver(late[0]!), /killed/)
    world.bucket.hook = undefined
    assert.equal(world.manifest().status, 'complete')
    const queued = (await world.bucket.stat(QUEUED))!
    assert.deepEqual(await world.bucket.remove(queued), { outcome: 'removed' })
    assert.deepEqual(await world.deliver(late[0]!), { outcome: 'unchanged', status: 'complete' })
    assert.ok(world.bucket.contents().has(QUEUED))
  })

  it('writes no complete manifest that it could not queue', async () => {
    const { world, late } = await withCompletions()
    world.bucket.hook = ({ operation, name, when }) => {
      if (operation === 'write' && when === 'before' && name === QUEUED) throw new Error('bucket down')
    }
    await assert.rejects(world.deliver(late[0]!), /bucket down/)
    assert.ok(!world.bucket.contents().has(MANIFEST))
  })

  it('gives a queued venue-day a new generation, so that a refresh in work does not take it off', async () => {
    const { world, late } = await withCompletions()
    await world.deliver(late[0]!)
    const before = await world.bucket.stat(QUEUED)
    await world.deliver(late[0]!)
    const after = await world.bucket.stat(QUEUED)
    assert.notEqual(after!.generation, before!.generation)
    assert.deepEqual(await world.bucket.remove(before!), { outcome: 'conflict' })
  })
})
