import assert from 'node:assert/strict'
import { parseVenueDay, type VenueDayMessage } from '../../functions/pubsub/messages.ts'
import { publishChecksOf } from '../../functions/schedule/incidents.ts'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { CONFIG, DAY, World } from '../fetch/world.ts'

const HOUR = 3_600_000
/** The days of a run on 2024-08-10, where the clock of a test begins. */
const CHECK = { venue: 'binance', date: '2024-08-09', incidentsSince: '2024-05-12', version: 4 }

async function keepingWorld(): Promise<World> {
  const world = new World()
  world.keepsRequests = true
  world.config = { ...CONFIG, lookbackDays: 1 }
  await world.fetch(DAY)
  await world.drain()
  world.published.length = 0
  return world
}

const checks = (world: World) =>
  world.published
    .filter(({ topic }) => topic === CONFIG.venueDaysTopic)
    .map(({ value }) => value as VenueDayMessage)
    .filter(({ incidentsSince }) => incidentsSince !== undefined)

describe('schedule: incidents of the last 90 days', () => {
  it('publishes one message for each venue of the ledger in a scheduled run, also one that VENUES lacks', async () => {
    const world = await keepingWorld()
    world.vendor.details = detailsOf({ BTCUSDT: ['trades'] }, 'deribit')
    await world.fetch({ ...DAY, venue: 'deribit' })
    await world.drain()
    world.published.length = 0
    world.bucket.tries.clear()
    await world.schedule({})
    assert.deepEqual(checks(world), [CHECK, { ...CHECK, venue: 'deribit' }])
    const elsewhere = [...world.bucket.tries.keys()].filter(name => !name.startsWith('_ledger/requests/'))
    assert.deepEqual(elsewhere, [], 'schedule may write nowhere else in the ledger')
    for (const check of checks(world)) assert.ok(parseVenueDay(JSON.stringify(check)).ok)
  })

  it('publishes none for a request for given days, nor where a person runs a command', async () => {
    const world = await keepingWorld()
    await world.schedule({ startDate: DAY.date, endDate: DAY.date })
    world.keepsRequests = false
    await world.schedule({})
    assert.deepEqual(checks(world), [])
  })

  it('publishes them also while the quota is used up, but not while the vendor is down', async () => {
    for (const [reason, expected] of [
      ['quota', [CHECK]],
      ['down', []],
    ] as const) {
      const world = await keepingWorld()
      const untilMs = world.clock.now() + 12 * HOUR
      await world.services.guard.refused({ reason, untilMs, message: 'planted' }, world.services)
      await world.schedule({})
      assert.deepEqual(checks(world), expected, reason)
    }
  })

  it('leads to a manifest with a late incident, of a day that is complete and left the last days long ago', async () => {
    const world = await keepingWorld()
    world.clock.advance(60 * 24 * HOUR)
    const incident = { from: '2024-08-08T00:00:00Z', to: '2024-08-08T01:00:00Z', status: 'resolved', details: 'late' }
    world.vendor.details = { ...world.vendor.details, incidentReports: [incident] }
    await world.schedule({})
    await world.drain()
    assert.deepEqual(world.manifest().incidents, [incident])
    world.bucket.tries.clear()
    await world.schedule({}, 'again')
    await world.drain()
    const ofDay = [...world.bucket.tries.keys()].filter(name => name.includes(`date=${DAY.date}/`))
    assert.deepEqual(ofDay, [], 'nothing of the day is written again')
  })

  it('publishes nothing for days that have not begun', async () => {
    const world = await keepingWorld()
    await publishChecksOf(['binance'], { startDate: '2024-08-11', endDate: '2024-08-10' }, world.services)
    assert.deepEqual(world.published, [])
    await publishChecksOf(['binance'], { startDate: '2024-08-10', endDate: '2024-08-10' }, world.services)
    assert.deepEqual(checks(world), [{ ...CHECK, date: '2024-08-10', incidentsSince: '2024-08-10' }])
  })

  it('leaves days alone that are older than 90 days', async () => {
    const world = await keepingWorld()
    world.clock.advance(89 * 24 * HOUR)
    const incident = { from: '2024-08-08T00:00:00Z', to: undefined, status: 'open', details: 'too late' }
    world.vendor.details = { ...world.vendor.details, incidentReports: [incident] }
    await world.schedule({})
    await world.drain()
    assert.deepEqual(world.manifest().incidents, [])
  })
})
