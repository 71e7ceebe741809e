import assert from 'node:assert/strict'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { scopeOf } from '../../functions/market/scope.ts'
import { MESSAGE_VERSION } from '../../functions/pubsub/messages.ts'
import { statusOf } from '../../functions/schedule/status.ts'
import { assertTrue, contentsOf } from './invariants.ts'
import { CONFIG, DAY, LEDGER, type World, worldOf } from './world.ts'

describe('handleVenueDay', () => {
  it('leads from a message to the complete manifest of a venue-day', async () => {
    const world = worldOf()
    world.vendor.answer('trades/B', '').answer('trades/C', 'MISSING')
    const outcome = await world.fetch(DAY)
    assert.deepEqual(outcome, { outcome: 'planned', status: 'planned', items: 5, settled: 0, batches: 3 })
    await world.drain()
    assert.deepEqual(world.statuses(), {
      'trades/A': 'stored',
      'trades/B': 'empty',
      'trades/C': 'missing',
      'trades/D': 'stored',
      'trades/E': 'stored',
    })
    assert.equal(world.manifest().status, 'complete')
    world.assertNothingOpen()
  })

  it('has a manifest of the plan before the first batch is done', async () => {
    const world = worldOf()
    await world.fetch(DAY)
    await world.deliver(world.queue.find(({ topic }) => topic === CONFIG.completionsTopic)!)
    assert.deepEqual([world.manifest().status, world.manifest().counts.pending], ['incomplete', 5])
  })

  it('delivered again, downloads and writes nothing, and publishes one completion', async () => {
    const world = worldOf()
    await world.fetch(DAY)
    await world.drain()
    const [before, opened, published] = [contentsOf(world), world.vendor.opened.length, world.published.length]
    assert.deepEqual(await world.fetch(DAY), {
      outcome: 'planned',
      status: 'planned',
      items: 5,
      settled: 5,
      batches: 0,
    })
    await world.drain()
    assert.deepEqual(contentsOf(world), before)
    assert.equal(world.vendor.opened.length, opened)
    assert.deepEqual(
      world.published.slice(published).map(({ topic }) => topic),
      [CONFIG.completionsTopic],
    )
  })

  it('adopts stored objects where the whole ledger is lost', async () => {
    const world = worldOf()
    await world.fetch(DAY)
    await world.drain()
    const manifest = world.manifest()
    for (const name of world.bucket.contents().keys()) if (name.startsWith('_ledger')) world.bucket.delete(name)
    await world.fetch(DAY)
    await world.drain()
    assert.deepEqual(world.manifest(), manifest)
    assert.equal(world.vendor.opened.length, 5)
  })

  it('forced, repeats the named items once, with the same bytes, also if delivered twice', async () => {
    const world = worldOf()
    await world.fetch(DAY)
    await world.drain()
    const before = dataOf(world)
    const forced = { ...DAY, symbols: ['A', 'b'], force: true }
    await world.fetch(forced, 'force-1')
    await world.fetch(forced, 'force-1')
    await world.drain()
    assert.deepEqual(world.vendor.opened.slice(5).sort(), ['trades/A', 'trades/B'])
    assert.deepEqual(dataOf(world), before)
    assert.equal(world.manifest().status, 'complete')
    await world.fetch(forced, 'force-2')
    await world.drain()
    assert.equal(world.vendor.opened.length, 9)
  })

  it('grows the plan while a batch is in work, and loses no item', async () => {
    const world = worldOf()
    await world.fetch({ ...DAY, symbols: ['A', 'B'] })
    world.vendor.onOpen = async () => {
      world.vendor.onOpen = () => {}
      await world.fetch(DAY, 'm2')
    }
    await world.drain()
    assert.equal(world.manifest().status, 'complete')
    assert.equal(world.manifest().counts.stored, 5)
    assert.equal(new Set(world.plan()!.batches.map(batch => batch.plan)).size, 2)
  })

  it('forced while the first fetch of an item is in flight, ends with one true manifest', async () => {
    const world = worldOf({ A: ['trades'] })
    await world.fetch(DAY)
    world.vendor.onOpen = async () => {
      world.vendor.onOpen = () => {}
      await world.fetch({ ...DAY, force: true }, 'force')
      const [forced] = world.queue.splice(
        world.queue.findIndex(({ value }) => value.batch),
        1,
      )
      await world.deliver(forced!)
    }
    await world.drain()
    await assertTrue(world, 'generations too')
    assert.equal(world.manifest().status, 'complete')
  })

  it('is pending for a day that is not exported yet, and done once it is', async () => {
    const world = worldOf()
    const { datasets } = world.vendor.details
    world.vendor.details = { ...world.vendor.details, datasets: { ...datasets, exportedUntil: '2024-08-08T00:00:00Z' } }
    await world.fetch(DAY)
    await world.drain()
    assert.deepEqual([world.manifest().status, world.vendor.opened], ['pending', []])
    world.vendor.details = { ...world.vendor.details, datasets }
    await world.fetch(DAY)
    await world.drain()
    assert.equal(world.manifest().status, 'complete')
  })

  it('is complete where the vendor has no symbol of that name, which is unlisted and no item', async () => {
    const world = worldOf()
    await world.fetch({ ...DAY, symbols: ['NONE'] })
    await world.drain()
    const { status, counts, unlisted } = world.manifest()
    assert.deepEqual([status, counts.items, world.statuses()], ['complete', 0, {}])
    assert.deepEqual(unlisted, [{ dataType: 'trades', symbol: 'NONE' }])
  })

  it('plans data types whose names are members of every object', async () => {
    const world = worldOf({ A: ['constructor', 'toString'] })
    await world.fetch({ ...DAY, dataTypes: ['constructor', 'toString', 'valueOf'] })
    await world.fetch({ ...DAY, dataTypes: ['hasOwnProperty', 'constructor'], symbols: ['A', 'OPTIONS'] })
    await world.drain()
    assert.deepEqual(world.statuses(), { 'constructor/A': 'stored', 'toString/A': 'stored' })
    assert.equal(world.manifest().status, 'complete')
  })

  it('is complete for a grouped symbol, and then not scheduled again, where all was complete before', async () => {
    const world = worldOf({ A: ['trades', 'quotes'], SPOT: ['trades'] })
    const types = { dataTypes: ['trades', 'quotes', 'liquidations'] }
    const status = (symbols: string[]) => {
      const ledger = openLedger(world.bucket, 'ticks')
      return statusOf(ledger, DAY, { scope: scopeOf(types.dataTypes, symbols) }, { log: world.log })
    }
    await world.fetch({ ...DAY, ...types })
    await world.drain()
    assert.equal(await status(['A']), 'complete')
    assert.equal(await status(['SPOT']), 'incomplete')
    await world.fetch({ ...DAY, ...types, symbols: ['SPOT'] })
    await world.drain()
    assert.deepEqual(world.statuses(), { 'trades/A': 'stored', 'trades/SPOT': 'stored', 'quotes/A': 'stored' })
    assert.deepEqual(world.manifest().unlisted, [{ dataType: 'quotes', symbol: 'SPOT' }])
    assert.equal(await status(['SPOT']), 'complete')
    await world.fetch({ ...DAY, ...types })
    await world.drain()
    assert.equal(await status(['SPOT']), 'complete')
  })

  it('requests a message of a higher version again, and keeps nothing', async () => {
    const world = worldOf()
    await assert.rejects(world.fetch({ ...DAY, version: MESSAGE_VERSION + 1, later: true }), /has version/)
    assert.equal(world.bucket.contents().size, 0)
  })

  it('rejects a message that cannot be understood, and acknowledges it', async () => {
    const world = worldOf()
    for (const [id, value] of [
      ['1', { venue: '../x' }],
      ['2', { ...DAY, venue: 'nowhere' }],
    ] as const) {
      assert.equal((await world.fetch(value, id)).outcome, 'rejected')
      const kept = world.bucket.json(`_ledger/rejected/fetch-${id}.json`)
      assert.deepEqual([kept.messageId, JSON.parse(kept.data)], [id, value])
      assert.ok(kept.reason)
    }
    assert.equal(world.logged.filter(({ level }) => level === 'error').length, 2)
    assert.equal(world.published.length, 0)
  })

  it('acknowledges a message for a batch that is in no plan', async () => {
    const world = worldOf()
    const batch = { plan: 'abcdef', index: 0 }
    assert.deepEqual(await world.fetch({ ...DAY, batch }), { outcome: 'unknown-batch' })
    await world.fetch(DAY)
    assert.deepEqual(await world.fetch({ ...DAY, batch }), { outcome: 'unknown-batch' })
  })

  it('does not replace a plan that it cannot read', async () => {
    const world = worldOf()
    const future = Buffer.from('{"schemaVersion":2}')
    await world.bucket.write(`${LEDGER}/plan.json`, future, '0', { contentType: 'application/json' })
    await assert.rejects(world.fetch(DAY), /plan\.json: schemaVersion is 2, this release reads up to 1/)
    assert.deepEqual(Buffer.from(world.bucket.bytes(`${LEDGER}/plan.json`)), future)
  })

  it('grows the plan that another writer committed first', async () => {
    const world = worldOf()
    world.bucket.beforeWrite = async name => {
      if (!name.endsWith('plan.json')) return
      world.bucket.beforeWrite = () => {}
      await world.fetch({ ...DAY, symbols: ['A'] }, 'rival')
    }
    await world.fetch(DAY)
    await world.drain()
    assert.equal(world.manifest().counts.stored, 5)
    assert.deepEqual(
      world.plan()!.batches.map(batch => batch.items.length),
      [1, 2, 2],
    )
  })
})

function dataOf(world: World): Map<string, Uint8Array> {
  return new Map([...world.bucket.contents()].filter(([name]) => name.startsWith('ticks/')))
}
