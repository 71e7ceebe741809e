import assert from 'node:assert/strict'
import { parseScheduleRequest, type ScheduleRequest } from '../../functions/pubsub/messages.ts'
import { handleSchedule } from '../../functions/schedule/handler.ts'
import { CONFIG, World } from '../fetch/world.ts'

const VENUES = ['binance', 'deribit', 'okex']
const REQUEST = { venues: VENUES, startDate: '2024-01-01', endDate: '2024-01-31' }

/** A world in which each look at a venue-day takes a second, and a delivery has `seconds`. */
function slowWorld(seconds: number): World {
  const world = new World()
  world.config = { ...CONFIG, deadlineMs: seconds * 1_000 }
  world.bucket.beforeRead = async () => world.clock.advance(1_000)
  return world
}

const deliver = (world: World, request: ScheduleRequest) =>
  handleSchedule({ id: 'request', data: Buffer.from(JSON.stringify(request)) }, world.services)

const requests = (world: World) =>
  world.published.filter(({ topic }) => topic === CONFIG.scheduleTopic).map(({ value }) => value as ScheduleRequest)
const venueDays = (world: World) =>
  world.published
    .filter(({ topic }) => topic === CONFIG.venueDaysTopic)
    .map(({ value: { venue, date } }) => `${date} ${venue}`)

describe('schedule at its deadline', () => {
  it('publishes the days that are left as one request, cut between two days', async () => {
    const world = slowWorld(40)
    const outcome = await deliver(world, REQUEST)
    const [rest, ...more] = requests(world)
    assert.deepEqual(more, [])
    const { endDate, ...asked } = rest!
    assert.deepEqual(asked, { venues: VENUES, startDate: '2024-01-01', dataTypes: ['trades'] })
    assert.ok(endDate! < '2024-01-31')
    const done = venueDays(world)
    assert.ok(done.every(day => day.slice(0, 10) > endDate!))
    assert.equal(done.length % VENUES.length, 0, 'each day for all venues')
    assert.equal(outcome.outcome === 'scheduled' && outcome.handedOn, 93 - done.length)
    assert.deepEqual(world.events, [{ kind: 'scheduled', venueDays: done.length, alreadyComplete: 0 }])
  })

  it('comes to its end in further deliveries, and publishes no venue-day twice', async () => {
    const world = slowWorld(1)
    let deliveries = 0
    for (let next: ScheduleRequest | undefined = REQUEST; next; deliveries++) {
      await deliver(world, next)
      next = requests(world)[deliveries]
    }
    assert.ok(deliveries > 1)
    const done = venueDays(world)
    assert.deepEqual([done.length, new Set(done).size], [93, 93])
  })

  it('gets one day further even where it has no time at all', async () => {
    const world = slowWorld(0)
    await deliver(world, REQUEST)
    assert.ok(venueDays(world).length >= VENUES.length)
  })

  it('hands on what was asked: symbols, force, and an upgrade with its version', async () => {
    for (const asked of [{ symbols: ['BTCUSDT'], force: true }, { upgrade: true }] as const) {
      const world = slowWorld(1)
      // A forced request looks at nothing: its time passes while it publishes.
      world.beforePublish = () => world.clock.advance(1_000)
      await deliver(world, { ...REQUEST, ...asked, symbols: ['BTCUSDT'] })
      const [rest] = requests(world)
      assert.ok(rest, 'a rest was handed on')
      const { endDate: _, venues: __, startDate: ___, ...handedOn } = rest
      const version = 'upgrade' in asked ? { version: 2 } : {}
      assert.deepEqual(handedOn, { dataTypes: ['trades'], ...asked, symbols: ['BTCUSDT'], ...version })
      assert.ok(parseScheduleRequest(JSON.stringify(rest)).ok)
    }
  })

  it('rejects where the rest cannot be published, so that the request comes again', async () => {
    const world = slowWorld(1)
    world.beforePublish = topic => {
      if (topic === CONFIG.scheduleTopic) throw new Error('topic is down')
    }
    await assert.rejects(deliver(world, REQUEST), /topic is down/)
  })
})
