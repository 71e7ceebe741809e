import assert from 'node:assert/strict'
import type { PipelineEvent } from '../../functions/runtime/events.ts'
import { fetchOne, KEY, NAME } from './item-runs.ts'
import { CONFIG, DAY, World, worldOf } from './world.ts'

const TRADES = { ...DAY, dataType: 'trades', symbol: 'A' }
const eventsOf = (world: World, kind: PipelineEvent['kind']) => world.events.filter(event => event.kind === kind)

describe('the events of fetch', () => {
  it('tell all about a venue-day of one item, in order, once the waits are left out', async () => {
    const world = worldOf({ A: ['trades'] })
    world.vendor.answer('trades/A', 'a\nb')
    await world.fetch(DAY)
    await world.deliver(world.queue.find(({ value }) => value.batch)!)
    const [{ bytes }] = [...world.bucket.contents()].flatMap(([name, data]) =>
      name.startsWith('ticks/') ? [{ bytes: data.length }] : [],
    ) as [{ bytes: number }]
    const received = { sourceBytes: 3, textBytes: 0, rows: 0 }
    const done = { sourceBytes: 3, textBytes: 3, rows: 2 }
    assert.deepEqual(
      world.events.filter(({ kind }) => kind !== 'item-waits'),
      [
        { kind: 'planned', ...DAY, items: 1, settled: 0, status: 'planned' },
        { kind: 'item-started', ...TRADES, estimatedBytes: 6_000_000 },
        { kind: 'item-opened', ...TRADES, contentLength: 3 },
        { kind: 'item-progress', ...TRADES, ...received },
        { kind: 'item-progress', ...TRADES, ...done },
        { kind: 'item-finished', ...TRADES, status: 'stored', adopted: false, ...done, objectBytes: bytes },
        { kind: 'batch-finished', ...DAY, index: 0, handedOn: 0 },
      ],
    )
  })

  it('name the item of each wait', async () => {
    const world = new World()
    await fetchOne(world)
    assert.deepEqual(eventsOf(world, 'item-waits').at(-1), { kind: 'item-waits', ...NAME, for: 'bucket' })
  })

  it('tell of an item that is adopted', async () => {
    const world = new World()
    await fetchOne(world)
    await fetchOne(world)
    const [first, second] = eventsOf(world, 'item-finished')
    assert.deepEqual(second, { ...first, adopted: true })
  })

  it('tell the error of an item that failed, and nothing of its size', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'DOWN')
    await fetchOne(world)
    const nothing = { adopted: false, sourceBytes: 0, textBytes: 0, rows: 0, objectBytes: 0 }
    const error = 'answered 503'
    assert.deepEqual(eventsOf(world, 'item-finished'), [
      { kind: 'item-finished', ...NAME, status: 'failed', ...nothing, error },
    ])
  })

  it('tell of an item that is stopped', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'STALLS').onOpen = () => void setImmediate(() => world.clock.advance(500_000))
    await fetchOne(world)
    const [end] = eventsOf(world, 'item-finished')
    assert.ok(end?.kind === 'item-finished')
    assert.deepEqual([end.status, end.adopted, end.error], ['stopped', false, undefined])
  })

  it('have no length where the vendor states none', async () => {
    const world = new World()
    const open = world.vendor.openDataset.bind(world.vendor)
    world.vendor.openDataset = async (...args) => {
      const opened = await open(...args)
      return opened.kind === 'open' ? { ...opened, contentLength: undefined } : opened
    }
    await fetchOne(world)
    assert.deepEqual(eventsOf(world, 'item-opened')[0], { kind: 'item-opened', ...NAME })
  })

  it('count the seconds of an item to the millisecond', async () => {
    const world = new World()
    world.vendor.onOpen = () => world.clock.advance(1_234)
    assert.equal((await fetchOne(world))?.result.seconds, 1.234)
  })

  it('tell how many items of a batch are handed on, and what is settled of a plan', async () => {
    const world = worldOf({ A: ['trades'], B: ['trades'] })
    world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
    world.vendor.onOpen = () => world.clock.advance(CONFIG.deadlineMs)
    await world.fetch(DAY)
    await world.deliver(world.queue.find(({ value }) => value.batch)!)
    assert.deepEqual(eventsOf(world, 'batch-finished'), [{ kind: 'batch-finished', ...DAY, index: 0, handedOn: 1 }])
    await world.fetch(DAY)
    assert.deepEqual(eventsOf(world, 'planned')[1], {
      kind: 'planned',
      ...DAY,
      items: 2,
      settled: 1,
      status: 'planned',
    })
  })
})
