import assert from 'node:assert/strict'
import { waitsForCopies } from '../../functions/fetch/copies.ts'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import type { Batch } from '../../functions/ledger/plan.ts'
import { lakeOf, PREFIX, tableFiles } from '../iceberg/lake.ts'
import { detailsOf, fakeConvert } from './fake-vendor.ts'
import { DAY, type World, worldOf } from './world.ts'

const SYMBOLS = { A: ['trades'], B: ['trades'], C: ['trades'] }
const FORCE = { ...DAY, symbols: ['A', 'B'], force: true }

const MICROS = BigInt(Date.parse(DAY.date)) * 1000n

/** The times of the rows are of the day, so that tables take the files. */
const convertOfDay: typeof fakeConvert = async (source, sink, options) => {
  const times = { firstTimestampMicros: MICROS, lastTimestampMicros: MICROS + 1n }
  const metadata: typeof options.metadata = summary => options.metadata({ ...summary, ...times })
  return { ...(await fakeConvert(source, sink, { ...options, metadata })), ...times }
}

/** A complete venue-day that the tables have. */
async function dayInTables(): Promise<World> {
  const world = worldOf(SYMBOLS)
  world.convert = convertOfDay
  await world.fetch(DAY)
  await world.drain()
  await world.tables()
  world.published.length = 0
  world.vendor.opened.length = 0
  return world
}

const batchOf = (world: World) => world.queue.find(({ value }) => value.batch)!
const filesOf = async ({ bucket }: World) => {
  const place = placeAt(bucket.url)
  return [...(await tableFiles(lakeOf(bucket, { place, catalog: createFileCatalog(bucket, PREFIX, place) })))!.keys()]
}
const isCopy = (name: string) => name.startsWith('_iceberg/trades/data/')

describe('a batch that replaces objects of a table', () => {
  it('asks for copies, and does nothing until the tables name them', async () => {
    const world = await dayInTables()
    await world.fetch(FORCE, 'force')
    const batch = batchOf(world)
    const outcome = await world.deliver(batch)
    assert.deepEqual(outcome, { outcome: 'batch', counts: {}, adopted: 0, handedOn: 0, waits: true })
    const { topic, value } = world.published.at(-1)!
    const expected = { tables: 'copy', ...DAY, ...batch.value.batch, version: 5 }
    assert.deepEqual([topic, value, world.vendor.opened], [world.config.tablesTopic, expected, []])
    world.assertNothingOpen()
  })

  it('replaces them after that, and the table names the objects again in the end', async () => {
    const world = await dayInTables()
    const filesWhileOpened: string[][] = []
    world.bucket.afterWrite = async name => {
      if (name.endsWith('A.parquet')) filesWhileOpened.push(await filesOf(world))
    }
    await world.fetch(FORCE, 'force')
    await world.drain()
    assert.deepEqual(world.vendor.opened.toSorted(), ['trades/A', 'trades/B'])
    assert.deepEqual(
      filesWhileOpened.map(files => files.filter(isCopy).map(name => name.slice(name.lastIndexOf('/') + 1))),
      [['A.parquet', 'B.parquet']],
    )
    assert.equal(world.manifest().status, 'complete')
    await world.tables()
    const files = await filesOf(world)
    assert.deepEqual([files.length, files.filter(isCopy)], [3, []])
    world.assertNothingOpen()
  })

  it('comes again with the word that there are copies, also when it is handed on', async () => {
    const world = await dayInTables()
    await world.fetch(FORCE, 'force')
    await world.deliver(batchOf(world))
    await world.deliver(world.queue.find(({ topic }) => topic === world.config.tablesTopic)!)
    const { value } = world.published.at(-1)!
    assert.deepEqual(value, { ...DAY, batch: { ...batchOf(world).value.batch, copied: true }, version: 5 })
    world.signal = AbortSignal.abort(new Error('the instance is stopped'))
    await world.fetch(value, 'stopped').catch(() => {})
    world.signal = undefined
    world.config = { ...world.config, deadlineMs: 0 }
    await world.fetch(value, 'no time')
    assert.deepEqual(world.published.at(-1)!.value, value)
    assert.deepEqual(world.vendor.opened, [])
  })

  it('waits in an upgrade too', async () => {
    const world = await dayInTables()
    const plan = world.plan()!
    const batches = plan.batches.map(batch => ({ ...batch, plan: 'abcdefabcdef', upgrade: 1 }))
    const name = '_ledger/venue=binance/date=2024-08-08/plan.json'
    const { generation } = (await world.bucket.stat(name))!
    const data = Buffer.from(`${JSON.stringify({ ...plan, plan: 'abcdefabcdef', batches })}\n`)
    await world.bucket.write(name, data, generation, { contentType: 'application/json' })
    const outcome = await world.fetch({ ...DAY, batch: { plan: 'abcdefabcdef', index: 0 } })
    assert.equal((outcome as { waits?: true }).waits, true)
  })

  it('says in the log that it waits', async () => {
    const world = await dayInTables()
    await world.fetch(FORCE, 'force')
    await world.deliver(batchOf(world))
    const message = 'the batch waits until the tables name copies of what it replaces'
    assert.deepEqual(
      world.logged.filter(({ fields }) => fields?.event === 'copies_requested'),
      [{ level: 'info', message, fields: { event: 'copies_requested' } }],
    )
  })

  it('does not wait in an upgrade of which all is done, and asks within its deadline', async () => {
    const { bucket, config, log } = await dayInTables()
    const { signal } = new AbortController()
    const asked: unknown[] = []
    const publish = async (...[topic, , options]: unknown[]) => {
      asked.push([topic, options])
      return 'm1'
    }
    const services = { bucket, config, log, publisher: { publish, publishMany: async () => 0 } }
    const waits = (items: Batch['items']) =>
      waitsForCopies(
        { ...DAY, plan: 'abcdef', index: 0 },
        { plan: 'abcdef', index: 0, upgrade: 1, items },
        items,
        services,
        signal,
      )
    assert.deepEqual([await waits([]), asked], [false, []])
    assert.equal(await waits([{ dataType: 'trades', symbol: 'A' }]), true)
    assert.deepEqual(asked, [[config.tablesTopic, { signal }]])
  })

  it('does not wait where there are no tables, where it replaces nothing, and where all of it is done', async () => {
    const untabled = worldOf(SYMBOLS)
    await untabled.fetch(DAY)
    await untabled.drain()
    await untabled.fetch(FORCE, 'force')
    await untabled.drain()
    const fresh = await dayInTables()
    fresh.vendor.details = detailsOf({ ...SYMBOLS, NEW: ['trades'] })
    await fresh.fetch({ ...DAY, symbols: ['NEW'], force: true }, 'force')
    await fresh.drain()
    const done = await dayInTables()
    await done.fetch(FORCE, 'force')
    const batch = batchOf(done)
    await done.drain()
    done.published.length = 0
    await done.deliver(batch)
    for (const world of [untabled, fresh, done]) {
      assert.deepEqual(
        world.published.filter(({ topic }) => topic === world.config.tablesTopic),
        [],
      )
      assert.equal(world.manifest().status, 'complete')
    }
  })
})
