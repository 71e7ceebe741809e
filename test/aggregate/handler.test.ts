import assert from 'node:assert/strict'
import { handleCompletion } from '../../functions/aggregate/handler.ts'
import { createManifestPace } from '../../functions/aggregate/pace.ts'
import { MESSAGE_VERSION } from '../../functions/pubsub/messages.ts'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { CONFIG, DAY, LEDGER, World } from '../fetch/world.ts'

const MANIFEST = `${LEDGER}/manifest.json`

/** A world whose batches are all done, and whose completions have not been delivered. */
async function withReceipts(symbols = 3): Promise<World> {
  const world = new World()
  world.config = { ...CONFIG, batchSize: 1 }
  world.vendor.details = detailsOf(Object.fromEntries(Array.from({ length: symbols }, (_, n) => [`S${n}`, ['trades']])))
  await world.fetch(DAY)
  for (const message of world.queue.splice(0)) {
    if (message.value.batch) await world.deliver(message)
    else world.queue.push(message)
  }
  return world
}

describe('handleCompletion', () => {
  it('writes a manifest once, and nothing where it is up to date', async () => {
    const world = await withReceipts()
    const [first, ...more] = world.queue.splice(0)
    assert.deepEqual(await world.deliver(first!), { outcome: 'written', status: 'complete' })
    for (const message of more) {
      assert.deepEqual(await world.deliver(message), { outcome: 'unchanged', status: 'complete' })
    }
    assert.equal(world.bucket.tries.get(MANIFEST), 1)
    assert.deepEqual(
      world.events.filter(event => event.kind === 'manifest').map(event => event.written),
      [true, false, false, false],
    )
    const lines = world.logged.filter(({ fields }) => fields?.event === 'manifest')
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields?.status, fields?.written]),
      [true, false, false, false].map(written => ['info', 'complete', written]),
    )
  })

  it('50 completions at once in one process end with the right manifest, in one write', async () => {
    const world = await withReceipts(50)
    const services = world.services
    const deliveries = world.queue.splice(0).map(({ id, value }) => ({ id, data: Buffer.from(JSON.stringify(value)) }))
    await Promise.all(deliveries.map(delivery => handleCompletion(delivery, services)))
    assert.equal(world.manifest().counts.stored, 50)
    assert.equal(world.bucket.tries.get(MANIFEST), 1)
    world.assertNothingOpen()
  })

  it('50 completions at once in 50 instances, while receipts come in, end with the right manifest', async () => {
    const world = await withReceipts(0)
    world.vendor.details = detailsOf(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`S${n}`, ['trades']])))
    world.queue.length = 0
    await world.fetch(DAY)
    const batches = world.queue.filter(({ value }) => value.batch)
    await Promise.all(
      batches.map(async message => {
        await world.deliver(message)
        const { plan, index } = message.value.batch!
        await world.aggregate({ ...DAY, plan, index })
      }),
    )
    assert.deepEqual([world.manifest().status, world.manifest().counts.stored], ['complete', 50])
    world.assertNothingOpen()
  })

  it('waits a second or two after a conflict, then reads and folds again', async () => {
    const world = await withReceipts()
    world.bucket.beforeWrite = async name => {
      if (!name.endsWith('/manifest.json')) return
      world.bucket.beforeWrite = () => {}
      await world.bucket.write(name, Buffer.from('{}'), '0', { contentType: 'application/json' })
    }
    assert.equal(((await world.deliver(world.queue[0]!)) as { outcome: string }).outcome, 'written')
    assert.equal(world.manifest().status, 'complete')
    assert.deepEqual(
      world.clock.waitsMs.filter(ms => ms >= 1_000),
      [1_500],
    )
  })

  for (const read of ['plan.json', '/receipts/'] as const) {
    it(`never overwrites what another writer added between its read of ${read} and its write`, async () => {
      const world = await withReceipts(2)
      const [first] = world.queue.splice(0)
      const names = detailsOf({ S0: ['trades'], S1: ['trades'], LATE: ['trades'] })
      const { hook } = world.bucket
      let planted = false
      world.bucket.hook = async operation => {
        await hook?.(operation)
        const { name, operation: kind, when } = operation
        if (planted || kind !== 'read' || when !== 'after' || !name.includes(read)) return
        planted = true
        world.vendor.details = names
        await world.fetch(DAY, 'growing')
        await world.drain()
        assert.equal(world.manifest().counts.stored, 3)
      }
      await world.deliver(first!)
      assert.ok(planted)
      assert.deepEqual([world.manifest().status, world.manifest().counts.stored], ['complete', 3])
    })
  }

  it('rejects at its deadline, so that the message comes again', async () => {
    const world = await withReceipts()
    let rival = 0
    world.bucket.beforeWrite = async name => {
      if (name !== MANIFEST) return
      const present = await world.bucket.stat(MANIFEST)
      const { beforeWrite } = world.bucket
      world.bucket.beforeWrite = () => {}
      await world.bucket.write(name, Buffer.from(`{"rival":${++rival}}`), present?.generation ?? '0', {
        contentType: 'application/json',
      })
      world.bucket.beforeWrite = beforeWrite
    }
    await assert.rejects(world.deliver(world.queue[0]!), { name: 'DeadlineExceeded' })
    assert.ok(rival > 10 && rival < 60, `${rival} tries in a minute`)
    world.assertNothingOpen()
  })

  it('acknowledges a completion for a venue-day without a plan', async () => {
    const world = new World()
    assert.deepEqual(await world.aggregate({ ...DAY, plan: 'abcdef', index: 0 }), { outcome: 'no-plan' })
    assert.equal(world.bucket.contents().size, 0)
  })

  it('rejects for a message of a higher version, so that it comes again, and keeps nothing', async () => {
    const world = new World()
    await assert.rejects(
      world.aggregate({ ...DAY, plan: 'abcdef', index: 0, version: MESSAGE_VERSION + 1 }),
      /has version/,
    )
    assert.equal(world.bucket.contents().size, 0)
  })

  it('rejects and keeps a message that cannot be understood', async () => {
    const world = new World()
    assert.equal((await world.aggregate({ venue: 3 }, '9')).outcome, 'rejected')
    assert.equal(world.bucket.json('_ledger/rejected/aggregate-9.json').data, '{"venue":3}')
  })

  it('writes no manifest where a receipt cannot be read', async () => {
    const world = await withReceipts(1)
    const name = [...world.bucket.contents().keys()].find(key => key.includes('/receipts/'))!
    const { generation } = (await world.bucket.stat(name))!
    await world.bucket.write(name, Buffer.from('{"schemaVersion":2}'), generation, { contentType: 'application/json' })
    await assert.rejects(world.deliver(world.queue[0]!), /receipts.*schemaVersion is 2, this release reads up to 1/)
    assert.equal(world.bucket.has(MANIFEST), false)
  })
})

describe('createManifestPace', () => {
  it('keeps writes to one manifest a second apart, and others not at all', async () => {
    const clock = new TestClock()
    const pace = createManifestPace(clock)
    const other = { ...DAY, date: '2024-08-09' }
    await pace.turn(DAY)
    pace.wrote(DAY)
    const startedMs = clock.now()
    await pace.turn(other)
    assert.equal(clock.now(), startedMs)
    await pace.turn(DAY)
    assert.equal(clock.now(), startedMs + 1_000)
    assert.equal(clock.timers.size, 0)
  })

  it('runs one fold at a time, and shares the one that waits', async () => {
    const pace = createManifestPace(new TestClock())
    const ends: (() => void)[] = []
    let begun = 0
    const fold = async () => {
      const number = ++begun
      await new Promise<void>(resolve => ends.push(resolve))
      if (number === 1) throw new Error('first fails')
      return number
    }
    const failing = assert.rejects(pace.share(DAY, fold), /first fails/)
    const shared = [pace.share(DAY, fold), pace.share(DAY, fold)]
    const other = pace.share({ ...DAY, date: '2024-08-09' }, fold)
    assert.equal(begun, 2)
    for (const end of ends.splice(0)) end()
    await failing
    assert.equal(await other, 2)
    await new Promise(resolve => setImmediate(resolve))
    const third = pace.share(DAY, fold)
    for (const end of ends.splice(0)) end()
    assert.deepEqual(await Promise.all(shared), [3, 3])
    await new Promise(resolve => setImmediate(resolve))
    for (const end of ends.splice(0)) end()
    assert.equal(await third, 4)
    assert.equal(begun, 4)
  })
})
