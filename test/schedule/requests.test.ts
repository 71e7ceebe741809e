import assert from 'node:assert/strict'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import type { ScheduleRequest } from '../../functions/pubsub/messages.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { CONFIG, World } from '../fetch/world.ts'

const HOUR = 3_600_000
const DAY_MS = 24 * HOUR
const REQUEST = { startDate: '2024-08-01', endDate: '2024-08-08' }

function keepingWorld(): World {
  const world = new World()
  world.keepsRequests = true
  world.config = { ...CONFIG, lookbackDays: 1, downloadMaxWorkers: 1 }
  return world
}

const requests = (world: World): KeptRequest[] =>
  [...world.bucket.contents().keys()]
    .filter(name => /^_ledger\/requests\/[0-9a-f]{16}\.json$/.test(name))
    .map(name => world.bucket.json(name))

/** The days of venue-days published to be planned, and the requests among the messages. */
const days = (world: World) =>
  world.published
    .filter(({ topic, value }) => topic === CONFIG.venueDaysTopic && !value.batch && !value.incidentsSince)
    .map(({ value }) => value.date)
const parts = (world: World) =>
  world.published.filter(({ topic }) => topic === CONFIG.scheduleTopic).map(({ value }) => value as ScheduleRequest)

function refuse(world: World, hours: number) {
  world.vendor.onOpen = () => {
    throw new VendorRefusedError('quota', 'quota', world.clock.now() + hours * HOUR)
  }
}

describe('schedule, where requests are kept', () => {
  it('keeps a request before it publishes, and the same one when the message comes again', async () => {
    const world = keepingWorld()
    world.beforePublish = () => {
      throw new Error('topic down')
    }
    await assert.rejects(world.schedule(REQUEST), /topic down/)
    world.beforePublish = () => {}
    await world.schedule(REQUEST)
    const [kept, ...more] = requests(world)
    assert.deepEqual(more, [])
    assert.deepEqual([kept!.state, kept!.rounds, kept!.openUntil], ['open', 1, '2024-08-08'])
    assert.deepEqual(kept!.asked, { venues: ['binance'], ...REQUEST, dataTypes: ['trades'] })
  })

  it('keeps none of the default request, nor where a person runs a command', async () => {
    const world = keepingWorld()
    await world.schedule({})
    world.keepsRequests = false
    await world.schedule(REQUEST)
    assert.deepEqual(requests(world), [])
  })

  it('closes a request at the next scheduled run once all is complete, and publishes nothing twice', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    await world.drain()
    world.published.length = 0
    world.clock.advance(HOUR)
    await world.schedule({})
    assert.equal(requests(world)[0]!.state, 'complete')
    assert.deepEqual([parts(world), days(world)], [[], ['2024-08-09']])
  })

  it('publishes a request nothing of which is done only after three days, or after a block', async () => {
    const world = keepingWorld()
    world.vendor.answer('trades/BTCUSDT', 'FORBIDDEN')
    await world.schedule(REQUEST)
    await world.drain()
    world.published.length = 0
    world.clock.advance(2 * DAY_MS)
    await world.schedule({})
    assert.deepEqual(parts(world), [])
    world.clock.advance(DAY_MS)
    await world.schedule({})
    const [part] = parts(world)
    assert.deepEqual([part!.endDate, part!.request], ['2024-08-08', requests(world)[0]!.id])
    assert.equal(requests(world)[0]!.rounds, 2)
  })

  it('publishes nothing while the quota is used up, and all that is left after it', async () => {
    const world = keepingWorld()
    refuse(world, 12)
    await world.schedule({ ...REQUEST, startDate: '2024-08-08' })
    await world.drain()
    world.published.length = 0
    const outcome = await world.schedule(REQUEST)
    await world.schedule({})
    assert.ok(outcome.outcome === 'scheduled' && outcome.published === 0)
    assert.deepEqual([days(world), parts(world)], [[], []])
    world.clock.advance(12 * HOUR)
    world.vendor.onOpen = () => {}
    await world.schedule({})
    assert.deepEqual(parts(world).length, 3, 'both requests, and the day that left the last days')
    await world.drain()
    await world.schedule({})
    assert.deepEqual(
      requests(world).map(({ state }) => state),
      ['complete', 'complete', 'complete'],
    )
  })

  it('goes on in the first hours of an outage, and starts a round that a longer one hit again at the next run', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    const outage = (hours: number) => {
      const refusal = { reason: 'down', untilMs: world.clock.now() + hours * HOUR, message: 'refused' } as const
      return world.services.guard.refused(refusal, world.services)
    }
    await outage(1)
    world.published.length = 0
    await world.schedule({})
    assert.deepEqual([parts(world), days(world)], [[], ['2024-08-09']], 'its messages still come again')
    await outage(3)
    world.published.length = 0
    await world.schedule({})
    await world.schedule({ ...REQUEST, startDate: '2024-08-07' })
    assert.deepEqual([parts(world), days(world)], [[], []], 'they would be acknowledged without work')
    world.clock.advance(3 * HOUR)
    await world.schedule({})
    assert.deepEqual(
      parts(world)
        .map(({ startDate }) => startDate)
        .sort(),
      ['2024-08-01', '2024-08-07', '2024-08-08'],
    )
  })

  it('keeps a day that leaves the last days while the vendor refuses it', async () => {
    const world = keepingWorld()
    refuse(world, 5 * 24)
    await world.schedule({})
    await world.drain()
    for (let day = 0; day < 4; day++) {
      world.clock.advance(DAY_MS)
      await world.schedule({})
    }
    const kept = requests(world)
      .map(({ asked }) => [asked.startDate, asked.endDate])
      .sort()
    assert.deepEqual(
      kept,
      ['2024-08-09', '2024-08-10', '2024-08-11', '2024-08-12'].map(date => [date, date]),
    )
  })

  it('does a forced request again once, however often it is published', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    await world.drain()
    const opened = world.vendor.opened.length
    await world.schedule({ ...REQUEST, force: true }, 'forced')
    await world.schedule({ ...REQUEST, force: true }, 'forced')
    await world.schedule({})
    assert.equal(requests(world).filter(({ state }) => state === 'open').length, 1, 'not complete before it is done')
    await world.drain()
    await world.schedule({ ...REQUEST, force: true }, 'forced')
    await world.drain()
    assert.equal(world.vendor.opened.length, opened + 8 + 1, 'eight days, and the default one')
    await world.schedule({})
    assert.ok(requests(world).every(({ state }) => state === 'complete'))
  })

  it('hands on the rest as a part of the same request, and closes it over several deliveries', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    await world.drain()
    world.config = { ...world.config, deadlineMs: 1_000 }
    world.bucket.beforeRead = async () => world.clock.advance(200)
    await world.schedule({ ...REQUEST, symbols: ['BTCUSDT'] })
    const [part] = parts(world)
    const kept = requests(world).find(({ asked }) => asked.symbols)!
    assert.deepEqual([part!.request, part!.version, kept.openUntil], [kept.id, 3, part!.endDate])
    await world.drain()
    assert.ok(parts(world).length > 1)
    assert.equal(requests(world).length, 2)
    assert.equal(requests(world).find(({ asked }) => asked.symbols)!.state, 'complete')
  })

  it('hands on the rest once where the message comes again, which publishes its own part again', async () => {
    const world = keepingWorld()
    world.config = { ...world.config, deadlineMs: 1_000 }
    world.bucket.beforeRead = async () => world.clock.advance(200)
    await world.schedule(REQUEST, 'm')
    const [own, rest] = [days(world), parts(world)]
    assert.deepEqual(requests(world)[0]!.handedOn, [{ message: 'm', endDate: rest[0]!.endDate }])
    world.published.length = 0
    // It has time for all of its days now.
    world.bucket.beforeRead = async () => {}
    await world.schedule(REQUEST, 'm')
    assert.deepEqual([days(world), parts(world)], [own, []])
    world.published.length = 0
    await world.schedule(REQUEST, 'asked for once more by a person')
    assert.equal(days(world).length, 8)
  })

  it('does nothing more for a request that was given up', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    const [kept] = requests(world)
    const name = `_ledger/requests/${kept!.id}.json`
    const { generation } = (await world.bucket.stat(name))!
    const data = Buffer.from(JSON.stringify({ ...kept, state: 'given-up' }))
    await world.bucket.write(name, data, generation, { contentType: 'application/json' })
    world.published.length = 0
    await world.schedule({ ...REQUEST, request: kept!.id, version: 3 })
    world.clock.advance(4 * DAY_MS)
    await world.schedule({})
    assert.deepEqual([parts(world), days(world)], [[], ['2024-08-13']])
  })
})

describe('a backfill against a daily quota', () => {
  for (const [what, dayBack] of [
    ['a tenth of it a day', 0],
    ['a tenth of it a day, and a key that comes back on day 3', 3],
  ] as const)
    it(`is complete in the end: ${what}`, async () => {
      const world = keepingWorld()
      world.vendor.details = detailsOf({ A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'] })
      let [left, refused, today] = [0, 0, 0]
      world.vendor.onOpen = () => {
        const isKeyOut = today < dayBack
        if (!isKeyOut && left-- > 0) return
        refused += 1
        const midnightMs = Math.ceil((world.clock.now() + 1) / DAY_MS) * DAY_MS
        throw new VendorRefusedError(
          'refused',
          isKeyOut ? 'key' : 'quota',
          isKeyOut ? world.clock.now() + HOUR : midnightMs,
        )
      }
      const range = { startDate: '2024-06-01', endDate: '2024-07-10' }
      let deliveries = 0
      const isDone = () =>
        requests(world).some(({ asked, state }) => asked.startDate === range.startDate && state === 'complete')
      for (; today < 20 && !isDone(); today++) {
        // 40 days of four items: a tenth is 16. The default day of the first run has four more.
        left = today === dayBack ? 20 : 16
        if (today === 0) await world.schedule(range)
        await world.schedule({})
        for (let message = world.queue.shift(); message; message = world.queue.shift()) {
          assert.ok(++deliveries < 5_000, `messages are left after ${deliveries} deliveries`)
          await world.deliver(message)
        }
        world.clock.advance(DAY_MS)
      }
      assert.ok(isDone())
      assert.equal(today, 11 + dayBack, 'ten days of downloading, and the look that closes the request')
      assert.ok(refused <= today, `${refused} requests after a refusal in ${today} days`)
      assert.equal(new Set(world.published.map(({ id }) => id)).size, deliveries, 'no delivery is used up')
      const stored = [...world.bucket.contents().keys()].filter(name => name.startsWith('ticks/'))
      assert.equal(stored.length, 164, 'forty days and the default one, of four items')
    })
})
