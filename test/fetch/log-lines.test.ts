import assert from 'node:assert/strict'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { detailsOf, fakeConvertOf } from './fake-vendor.ts'
import { fetchOne, forcedNow, KEY, OBJECT } from './item-runs.ts'
import { CONFIG, DAY, LEDGER, type Message, World, worldOf } from './world.ts'

/** The one line with this beginning. */
function line(world: World, beginning: string) {
  const found = world.logged.filter(({ message }) => message.startsWith(beginning))
  assert.equal(found.length, 1, `${found.length} lines begin with ${beginning}`)
  return found[0]!
}

const batchOf = (world: World): Message => world.queue.find(({ value }) => value.batch)!

/** A planned world whose batch has no time for its second item. */
async function withoutTime() {
  const world = worldOf({ A: ['trades'], B: ['trades'] })
  world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
  world.vendor.onOpen = () => world.clock.advance(CONFIG.deadlineMs)
  await world.fetch(DAY)
  return world
}

describe('the log of fetch', () => {
  it('says what a plan has, and that a day is not exported yet', async () => {
    const world = worldOf({ A: ['trades'] })
    await world.fetch(DAY)
    const fields = { status: 'planned', items: 1, settled: 0, batches: 1 }
    assert.deepEqual(line(world, 'venue-day planned'), { level: 'info', message: 'venue-day planned', fields })
    const { datasets } = world.vendor.details
    world.vendor.details = { ...world.vendor.details, datasets: { ...datasets, exportedUntil: '2024-08-08T00:00:00Z' } }
    const pending = { status: 'pending', items: 1, settled: 0, batches: 1 }
    await world.fetch(DAY)
    assert.deepEqual(line(world, 'Tardis has not exported the day yet').fields, pending)
  })

  it('names the batch that is handed on', async () => {
    const world = await withoutTime()
    const { plan, index } = batchOf(world).value.batch!
    await world.deliver(batchOf(world))
    const { level, fields } = line(world, 'batch handed on')
    assert.deepEqual([level, fields], ['info', { plan, index }])
  })

  it('counts what a batch did, each item under what became of it', async () => {
    const symbols = { A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'], E: ['trades'] }
    const world = worldOf(symbols, 5)
    world.vendor.answer('trades/B', 'MISSING').answer('trades/C', 'FORBIDDEN').answer('trades/D', 'MALFORMED')
    world.vendor.answer('trades/E', '').answer('trades/A', 'a\nb')
    await world.fetch(DAY)
    await world.deliver(batchOf(world))
    const { level, fields } = line(world, 'batch done')
    const { event, stored, empty, missing, forbidden, failed, adopted, handedOn } = fields!
    assert.deepEqual([level, event, stored, empty, missing], ['info', 'batch_done', 1, 1, 1])
    assert.deepEqual([forbidden, failed, adopted, handedOn], [1, 1, 0, 0])
    const bytes = [...world.bucket.contents()].map(([name, data]) => (name.startsWith('ticks/') ? data.length : 0))
    assert.equal(
      fields!.objectBytes,
      bytes.reduce((sum, one) => sum + one, 0),
    )
    const { deliveries, downloadedBytes, textBytes, rows, figures } = fields!
    assert.deepEqual([deliveries, downloadedBytes, textBytes, rows, figures], [1, 3, 3, 2, undefined])
    const item = { dataType: 'trades', seconds: 0 }
    const malformed = { ...item, symbol: 'D', status: 'failed', error: 'line 2: a bad number', retryable: false }
    const failure = line(world, 'item failed: trades/D')
    assert.deepEqual([failure.level, failure.fields], ['warn', { event: 'item_failed', ...malformed }])
    const refused = line(world, 'item forbidden: trades/C')
    const noAccess = { ...item, symbol: 'C', status: 'forbidden', error: 'no access' }
    assert.deepEqual([refused.level, refused.fields], ['warn', noAccess])
    assert.equal(line(world, 'item missing: trades/B').level, 'warn')
  })

  it('counts what a batch adopted, and no bytes of it', async () => {
    const world = worldOf({ A: ['trades'] })
    await world.fetch(DAY)
    const message = batchOf(world)
    await world.deliver(message)
    for (const name of world.bucket.contents().keys()) if (name.includes('/receipts/')) world.bucket.delete(name)
    world.logged.length = 0
    const outcome = await world.deliver(message)
    assert.deepEqual(outcome, { outcome: 'batch', counts: { stored: 1 }, adopted: 1, handedOn: 0 })
    const { adopted, objectBytes, downloadedBytes, rows } = line(world, 'batch done').fields!
    assert.deepEqual([adopted, objectBytes, downloadedBytes, rows], [1, 0, 0, 0])
  })

  it('names the plan that was found where a message is for a batch of another', async () => {
    const world = worldOf({ A: ['trades'] })
    await world.fetch(DAY)
    const index = batchOf(world).value.batch!.index
    await world.fetch({ ...DAY, batch: { plan: 'abcdef', index } })
    const { level, fields } = line(world, 'message for a batch that is in no plan')
    assert.deepEqual([level, fields], ['error', { found: world.plan()!.plan }])
    assert.deepEqual(await world.fetch({ ...DAY, batch: { plan: world.plan()!.plan, index: 7 } }), {
      outcome: 'unknown-batch',
    })
  })

  it('says why the files of some instruments are grouped, with at most ten of them', async () => {
    const symbols = Array.from({ length: 12 }, (_, at) => [`O${at + 10}`, ['quotes']] as const)
    const world = worldOf({})
    const details = detailsOf({ OPTIONS: ['trades'], WITH: ['trades'], ...Object.fromEntries(symbols) })
    const ofOptions = details.datasets.symbols.map(symbol => ({ ...symbol, type: 'option' }))
    world.vendor.details = { ...details, datasets: { ...details.datasets, symbols: ofOptions } }
    await world.fetch({ ...DAY, symbols: ['WITH'] })
    assert.ok(!world.logged.some(({ message }) => message.includes('come as one file')), 'asked for by name')
    await world.fetch(DAY)
    const { level, message, fields } = line(world, 'trades come as one file')
    const why = 'because not all of its instruments have a file of their own'
    assert.deepEqual([level, message], ['info', `trades come as one file OPTIONS, ${why}`])
    assert.deepEqual([fields!.dataType, fields!.group, fields!.withoutFile], ['trades', 'OPTIONS', 12])
    assert.equal((fields!.symbols as string[]).length, 10)
  })

  it('names the object that a newer converter version wrote', async () => {
    const world = new World()
    world.convert = fakeConvertOf(`market-data-tick-handler version ${CONVERTER_VERSION + 1}.0.0`)
    await fetchOne(world)
    await fetchOne(world, await forcedNow(world))
    const { level, fields } = line(world, 'a newer converter version wrote this object, it is not replaced')
    assert.deepEqual([level, fields], ['warn', { object: OBJECT, converterVersion: CONVERTER_VERSION + 1 }])
  })

  it('says what was wrong with a transfer', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'BREAKS', 'a')
    await fetchOne(world)
    const { fields } = line(world, 'trades/BTCUSDT arrived damaged, downloading again (1 of 2)')
    const reason = 'the connection was reset'
    assert.deepEqual(fields, { ...DAY, dataType: 'trades', symbol: 'BTCUSDT', attempt: 1, attempts: 3, reason })
  })

  it('says where an upload could not be aborted, and nothing else comes of it', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'MALFORMED')
    world.bucket.hook = ({ operation, when }) => {
      if (operation === 'abort' && when === 'before') throw new Error('bucket down')
    }
    assert.equal((await fetchOne(world))?.result.status, 'failed')
    const { level, fields } = line(world, 'aborting an upload failed')
    assert.deepEqual([level, (fields!.error as Error).message], ['debug', 'bucket down'])
  })

  it('says which incidents of a day are new, and how many days were compared', async () => {
    const world = worldOf({ A: ['trades'] })
    await world.fetch(DAY)
    await world.drain()
    const incident = { from: '2024-08-08T01:00:00.000Z', to: '2024-08-08T02:00:00.000Z', status: 'x', details: 'y' }
    world.vendor.details = { ...world.vendor.details, incidentReports: [incident] }
    await world.fetch({ ...DAY, incidentsSince: '2024-08-01', version: 4 })
    const found = line(world, 'Tardis reports other incidents than the manifest has: folding it again')
    assert.deepEqual([found.level, found.fields], ['info', { ...DAY, incidents: [incident] }])
    const counts = { firstDay: '2024-08-01', lastDay: DAY.date, days: 1, changed: 1 }
    assert.deepEqual(line(world, 'incidents compared').fields, counts)
  })

  it('has the venue-day and the batch in each line', async () => {
    const world = await withoutTime()
    const children: unknown[] = []
    world.log.child = fields => {
      children.push(fields)
      return world.log
    }
    const message = batchOf(world)
    await world.deliver(message)
    await world.fetch(DAY)
    assert.deepEqual(children, [{ ...DAY, ...message.value.batch }, DAY])
    assert.ok(world.bucket.has(`${LEDGER}/plan.json`))
  })
})
