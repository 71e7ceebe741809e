import assert from 'node:assert/strict'
import { fetchItem } from '../../functions/fetch/item.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { fetchOne, forcedNow, JSON_TYPE, KEY, NAME, OBJECT, plantRival, turns, writeOf } from './item-runs.ts'
import { World } from './world.ts'

describe('fetchItem, where an object is stored already', () => {
  it('adopts an object that is stored, without a download and with the same result', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb')
    const first = await fetchOne(world)
    const second = await fetchOne(world)
    assert.deepEqual(second, { ...first, adopted: true })
    assert.equal(world.vendor.opened.length, 1)
  })

  it('replaces an object that is not ours or is of another dataset', async () => {
    for (const foreign of ['not Parquet at all', '']) {
      const world = new World()
      await world.bucket.write(OBJECT, Buffer.from(foreign), '0', JSON_TYPE)
      const end = await fetchOne(world)
      assert.equal(end?.result.status, 'stored')
      assert.equal(writeOf(end), 2)
    }
    const world = new World()
    await fetchOne(world)
    const other = OBJECT.replace('BTCUSDT', 'ETHUSDT')
    await world.bucket.write(other, world.bucket.bytes(OBJECT), '0', JSON_TYPE)
    using deadline = createDeadline(500_000, world.clock)
    await fetchItem({ ...NAME, symbol: 'ETHUSDT' }, undefined, world.services, deadline, turns)
    assert.deepEqual(world.vendor.opened, ['trades/BTCUSDT', 'trades/ETHUSDT'])
  })

  it('forced, downloads again and writes the same bytes', async () => {
    const world = new World()
    await fetchOne(world)
    const before = world.bucket.bytes(OBJECT)
    const end = await fetchOne(world, await forcedNow(world))
    assert.equal(writeOf(end), 2)
    assert.deepEqual(world.bucket.bytes(OBJECT), before)
  })

  it('forced, replaces once, however often and late it is delivered', async () => {
    const world = new World()
    await fetchOne(world)
    const again = await forcedNow(world)
    const first = await fetchOne(world, again)
    assert.equal(first?.adopted, false)
    const late = await fetchOne(world, again)
    assert.deepEqual(late, { ...first, adopted: true })
    assert.equal(world.vendor.opened.length, 2)
  })

  it('forced twice at once, replaces once, and both results name that object', async () => {
    const world = new World()
    await fetchOne(world)
    const again = await forcedNow(world)
    const ends = await Promise.all([fetchOne(world, again), fetchOne(world, again)])
    assert.deepEqual(ends.map(writeOf), [2, 2])
  })

  it('forced, keeps the object where the vendor no longer has the dataset', async () => {
    const world = new World()
    await fetchOne(world)
    world.vendor.answer(KEY, 'MISSING')
    const end = await fetchOne(world, await forcedNow(world))
    assert.equal(end?.result.status, 'stored')
    assert.equal(writeOf(end), 1)
  })

  it('second at the commit of the same source, adopts the object', async () => {
    const world = new World()
    const rival = new World()
    await fetchOne(rival)
    plantRival(world, rival.bucket.bytes(OBJECT))
    const end = await fetchOne(world)
    assert.equal(end?.result.status, 'stored')
    assert.equal(writeOf(end), 1)
    assert.equal(world.vendor.opened.length, 1)
    world.assertNothingOpen()
  })

  it('second at the commit of another source, adopts the other object', async () => {
    const rival = new World()
    rival.vendor.answer(KEY, 'other\ntext')
    await fetchOne(rival)
    for (const again of [undefined, { replaces: undefined }]) {
      const world = new World()
      plantRival(world, rival.bucket.bytes(OBJECT))
      const end = await fetchOne(world, again)
      assert.equal('rows' in end!.result && end!.result.rows, 2)
      assert.equal(world.vendor.opened.length, 1)
      world.assertNothingOpen()
    }
  })

  it('finds its own object where the response to the commit is lost', async () => {
    const world = new World()
    world.bucket.afterWrite = () => {
      throw new Error('reset')
    }
    const end = await fetchOne(world)
    assert.equal(end?.result.status, 'stored')
    world.assertNothingOpen()
  })
})
