import assert from 'node:assert/strict'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { itemKey } from '../../functions/market/items.ts'
import { parseCompletion, parseScheduleRequest, parseVenueDay } from '../../functions/pubsub/messages.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { MESSAGES, releaseWorld } from './release-0.1.ts'
import { DAY, LEDGER, type World } from './world.ts'

const STATUSES = {
  'quotes/A': 'stored',
  'trades/A': 'stored',
  'trades/B': 'empty',
  'trades/C': 'missing',
  'trades/D': 'forbidden',
  'trades/E': 'failed',
}
const dataOf = (world: World) => new Map([...world.bucket.contents()].filter(([name]) => name.startsWith('ticks/')))
const versionsOf = (world: World) =>
  Object.fromEntries(world.manifest().items.map(item => [itemKey(item), item.converterVersion]))

describe('what release 0.1 wrote', () => {
  it('is read: its plan, receipts and manifest', async () => {
    const world = releaseWorld()
    const ledger = openLedger(world.bucket, 'ticks')
    const plan = await ledger.readPlan(DAY)
    for (const { plan: id, index } of plan!.batches) {
      const receipt = await ledger.readReceipt({ ...DAY, plan: id, index })
      assert.ok(receipt, `${id}/${index}`)
    }
    assert.equal(await ledger.readPlanId(DAY), plan?.plan)
    assert.deepEqual((await ledger.readSummary(DAY))?.counts.stored, 2)
    assert.equal((await ledger.readManifest(DAY))?.items.length, 6)
  })

  it('is understood: each message of it, and each message of a person for it', () => {
    const taken = [
      ...MESSAGES.schedule.map(message => parseScheduleRequest(JSON.stringify(message))),
      ...MESSAGES.venueDays.map(message => parseVenueDay(JSON.stringify(message))),
      ...MESSAGES.completions.map(message => parseCompletion(JSON.stringify(message))),
    ]
    assert.ok(taken.length > 8)
    assert.deepEqual(
      taken.filter(parsed => !parsed.ok),
      [],
    )
  })

  it('comes to the same when its messages are delivered again: nothing stored is downloaded or written', async () => {
    const world = releaseWorld()
    const before = dataOf(world)
    for (const message of MESSAGES.venueDays) if (message.date === DAY.date) await world.fetch(message)
    for (const message of MESSAGES.completions) if (message.date === DAY.date) await world.aggregate(message)
    await world.drain()
    assert.deepEqual(world.statuses(), STATUSES)
    assert.deepEqual(dataOf(world), before)
    assert.deepEqual([...new Set(world.vendor.opened)].sort(), ['trades/D', 'trades/E'])
    assert.deepEqual(world.manifest().converterVersions, [{ version: 0, items: 3 }])
  })

  it('is gone on with: a day that it planned', async () => {
    const world = releaseWorld()
    for (const message of MESSAGES.venueDays) if (message.date !== DAY.date) await world.fetch(message)
    await world.drain()
    const manifest = world.bucket.json(LEDGER.replace('08-08', '08-09').concat('/manifest.json'))
    assert.equal(manifest.items.find((item: { symbol: string }) => item.symbol === 'A').status, 'stored')
  })

  it('is extended: a new item joins, and what is stored stays', async () => {
    const world = releaseWorld({ NEW: ['trades'] })
    const before = dataOf(world)
    const batches = world.plan()!.batches
    await world.fetch(DAY, 'grow')
    await world.drain()
    assert.deepEqual(world.statuses(), { ...STATUSES, 'trades/NEW': 'stored' })
    assert.deepEqual(world.plan()!.batches.slice(0, batches.length), batches)
    for (const [name, data] of before) assert.deepEqual(dataOf(world).get(name), data, name)
    assert.equal(versionsOf(world)['trades/NEW'], CONVERTER_VERSION)
  })

  it('is upgraded: what it stored is converted again, once, and nothing else', async () => {
    const world = releaseWorld()
    await world.fetch({ ...DAY, upgrade: true }, 'upgrade')
    await world.drain()
    await world.fetch({ ...DAY, upgrade: true }, 'another')
    await world.drain()
    assert.deepEqual(world.statuses(), STATUSES)
    const stored = ['quotes/A', 'trades/A', 'trades/B']
    assert.deepEqual(world.vendor.opened.filter(key => stored.includes(key)).sort(), stored)
    assert.deepEqual(world.manifest().converterVersions, [{ version: CONVERTER_VERSION, items: 3 }])
    assert.equal(world.manifest().items.find(({ symbol }) => symbol === 'B')?.rows, 0)
  })

  it('is taken over without a download where its ledger is lost, with the version of each file', async () => {
    const world = releaseWorld()
    for (const name of world.bucket.contents().keys()) if (name.startsWith('_ledger')) world.bucket.delete(name)
    await world.fetch(DAY)
    await world.drain()
    assert.deepEqual(world.statuses(), STATUSES)
    assert.deepEqual(world.manifest().converterVersions, [{ version: 1, items: 3 }])
    assert.ok(!world.vendor.opened.some(key => key === 'trades/A' || key === 'quotes/A'))
  })
})
