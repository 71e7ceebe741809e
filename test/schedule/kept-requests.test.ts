import assert from 'node:assert/strict'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import { DAY_MS } from '../../functions/market/days.ts'
import { CONFIG, World } from '../fetch/world.ts'

const HOUR = 3_600_000
const REQUEST = { startDate: '2024-08-01', endDate: '2024-08-08' }

function keepingWorld(): World {
  const world = new World()
  world.keepsRequests = true
  world.config = { ...CONFIG, lookbackDays: 1 }
  return world
}

const requests = (world: World): KeptRequest[] =>
  [...world.bucket.contents().keys()]
    .filter(name => /^_ledger\/requests\/[0-9a-f]{16}\.json$/.test(name))
    .map(name => world.bucket.json(name))

function block(world: World, reason: 'quota' | 'down' | 'key', hours: number) {
  const untilMs = world.clock.now() + hours * HOUR
  return world.services.guard.refused({ reason, untilMs, message: 'planted' }, world.services)
}

/** The fields of the lines of the log that begin like this. */
const logged = (world: World, beginning: string) =>
  world.logged.filter(({ message }) => message.startsWith(beginning)).map(({ level, fields }) => ({ level, fields }))

describe('schedule, of a kept request', () => {
  for (const [reason, text] of [
    ['quota', "Tardis's daily quota is used up"],
    ['down', 'Tardis has not responded for hours'],
  ] as const)
    it(`says that it is not published because of the block (${reason})`, async () => {
      const world = keepingWorld()
      await block(world, reason, 12)
      await world.schedule(REQUEST)
      const [{ id }] = requests(world) as [KeptRequest]
      assert.deepEqual(logged(world, `request not published: ${text}`), [{ level: 'info', fields: { request: id } }])
    })

  it('says that a part of one that is complete is not published', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    await world.drain()
    await world.schedule({})
    const [{ id, state }] = requests(world) as [KeptRequest]
    assert.equal(state, 'complete')
    await world.schedule({ ...REQUEST, request: id, version: 3 })
    const line = { level: 'info', fields: { request: id } }
    assert.deepEqual(logged(world, 'request not published: it was given up, or is complete'), [line])
  })

  it('keeps it also where only one of its days is given', async () => {
    for (const [given, missing] of [
      ['startDate', 'endDate'],
      ['endDate', 'startDate'],
    ] as const) {
      const world = keepingWorld()
      await world.schedule({ [given]: '2024-08-08' })
      const [{ asked }] = requests(world) as [KeptRequest]
      assert.equal(asked[given], '2024-08-08')
      assert.match(asked[missing], /^2024-08-0\d$/)
    }
  })

  it('keeps none of days that have not begun, and warns', async () => {
    const world = keepingWorld()
    const future = { startDate: '2024-08-20', endDate: '2024-08-21' }
    await world.schedule(future)
    assert.deepEqual([requests(world), world.published], [[], []])
    const [line] = logged(world, 'nothing scheduled: no day of the request has begun')
    assert.deepEqual([line?.level, line?.fields?.venueDays], ['warn', 0])
  })

  it('publishes nothing of a forced one that is done, though its message comes again', async () => {
    const world = keepingWorld()
    const forced = { ...REQUEST, force: true }
    await world.schedule(forced, 'forced')
    await world.drain()
    world.published.length = 0
    await world.schedule(forced, 'forced')
    assert.deepEqual(world.published, [])
    const [line] = logged(world, 'scheduled').slice(-1)
    assert.deepEqual([line?.level, line?.fields?.alreadyComplete], ['info', 8])
  })

  it('warns where its progress cannot be noted, and the next run notes it', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    await world.drain()
    const [{ id }] = requests(world) as [KeptRequest]
    const error = new Error('no write')
    world.bucket.beforeWrite = name => {
      if (name.endsWith(`/${id}.json`)) throw error
    }
    await world.schedule({ ...REQUEST, request: id, version: 3 })
    const [line] = logged(world, 'the progress of a request was not noted, the next run does it')
    assert.deepEqual(line, { level: 'warn', fields: { request: id, error } })
    world.bucket.beforeWrite = () => {}
    await world.schedule({})
    assert.equal(requests(world)[0]!.state, 'complete')
  })

  it('hands its signal to everything that is published', async () => {
    const world = keepingWorld()
    world.signal = new AbortController().signal
    const given: unknown[] = []
    const { publish, publishMany } = world.publisher
    Object.assign(world.publisher, {
      publish: (topic: string, value: object, options?: object) => {
        // What is published many at a time is counted below.
        if (topic === CONFIG.scheduleTopic) given.push(options)
        return publish(topic, value)
      },
      publishMany: (topic: string, values: Iterable<object>, options?: object) => {
        given.push(options)
        return publishMany(topic, values)
      },
    })
    await world.schedule(REQUEST)
    world.clock.advance(3 * DAY_MS)
    await world.schedule({})
    assert.deepEqual(given, Array(4).fill({ signal: world.signal }), 'a request, the last days, incidents, a round')
  })
})

describe('schedule, after a block', () => {
  it('keeps the day that left the last days for two days, if it is not complete', async () => {
    for (const [afterMs, kept] of [
      [2 * DAY_MS - 1, 1],
      [2 * DAY_MS, 0],
    ] as const) {
      const world = keepingWorld()
      await block(world, 'quota', 1)
      world.clock.advance(HOUR + afterMs)
      await world.schedule({})
      assert.equal(requests(world).length, kept, `${afterMs} ms after it`)
    }
  })

  it('keeps no day that is complete', async () => {
    const world = keepingWorld()
    await world.schedule({ startDate: '2024-08-08', endDate: '2024-08-08' })
    await world.drain()
    await block(world, 'quota', 1)
    world.clock.advance(HOUR)
    await world.schedule({})
    assert.equal(requests(world).length, 1)
  })

  it('lets the last days wait on every fourth day of a quota that was used up the day before, for a request that is due', async () => {
    const waits = async (day: number, reason: 'quota' | 'key' = 'quota', sinceHours = 2) => {
      const world = keepingWorld()
      world.clock.advance(day * DAY_MS)
      await world.schedule(REQUEST)
      await block(world, reason, 1)
      world.clock.advance(sinceHours * HOUR)
      await world.schedule({})
      return logged(world, 'the last days wait: every 4th day of a quota').length
    }
    const byDay = await Promise.all(Array.from({ length: 8 }, (_, day) => waits(day)))
    assert.deepEqual(byDay, [0, 0, 0, 1, 0, 0, 0, 1])
    assert.equal(await waits(3, 'key'), 0)
    assert.equal(await waits(2, 'quota', 24 + 1 - 1 / HOUR), 1)
    assert.equal(await waits(2, 'quota', 24 + 1), 0)
  })
})
