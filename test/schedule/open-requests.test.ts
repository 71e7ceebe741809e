import assert from 'node:assert/strict'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import { DAY_MS } from '../../functions/market/days.ts'
import { openRequests } from '../../functions/schedule/requests.ts'
import { CONFIG, World } from '../fetch/world.ts'

const HOUR = 3_600_000
const REQUEST = { startDate: '2024-08-01', endDate: '2024-08-08' }
const CREATED_AT = '2024-08-10T12:00:00.000Z'

function keepingWorld(): World {
  const world = new World()
  world.keepsRequests = true
  world.config = { ...CONFIG, lookbackDays: 1 }
  return world
}

const nameOf = (id: string) => `_ledger/requests/${id}.json`
const requests = (world: World): KeptRequest[] =>
  [...world.bucket.contents().keys()]
    .filter(name => /^_ledger\/requests\/[0-9a-f]{16}\.json$/.test(name))
    .map(name => world.bucket.json(name))
const logged = (world: World, message: string) =>
  world.logged.filter(line => line.message === message).map(({ level, fields }) => ({ level, fields }))

describe('open requests', () => {
  it('are logged in each scheduled run, with what is left of them', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    world.clock.advance(2 * DAY_MS - 1)
    await world.schedule({})
    const [{ id }] = requests(world) as [KeptRequest]
    const left = { openDays: 1, rounds: 1, venues: 1, startDate: '2024-08-01', openUntil: '2024-08-08' }
    const line = { level: 'info', fields: { event: 'request_open', request: id, ...left } }
    assert.deepEqual(logged(world, 'request is open'), [line])
  })

  it('are logged as complete once, by the look that closes them', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    const [{ id }] = requests(world) as [KeptRequest]
    assert.deepEqual(logged(world, 'request complete'), [])
    await world.drain()
    await world.schedule({})
    await world.schedule({ ...REQUEST, request: id, version: 3 })
    await world.schedule({})
    const line = { level: 'info', fields: { request: id, rounds: 1, createdAt: CREATED_AT } }
    assert.deepEqual(logged(world, 'request complete'), [line])
  })

  it('have no part where the request is not there', async () => {
    const world = keepingWorld()
    const request = '0123456789abcdef'
    await world.schedule({ ...REQUEST, request, version: 3 })
    assert.deepEqual([world.published, requests(world)], [[], []])
    const line = { level: 'info', fields: { request } }
    assert.deepEqual(logged(world, 'request not published: it was given up, or is complete'), [line])
  })

  it('come in the order in which they were published last, whosever turn it is', async () => {
    const world = keepingWorld()
    await world.schedule(REQUEST)
    const [first] = requests(world) as [KeptRequest]
    world.clock.advance(HOUR)
    await world.schedule({ ...REQUEST, endDate: '2024-08-07' })
    const second = requests(world).find(({ id }) => id !== first.id)!
    const ids = async () => (await openRequests(world.services)).map(({ id }) => id)
    for (let day = 0; day < 8; day += 4) {
      assert.deepEqual(await ids(), [first.id, second.id])
      world.clock.advance(4 * DAY_MS)
    }
    const { generation } = (await world.bucket.stat(nameOf(first.id)))!
    const later = { ...first, lastRoundAt: new Date(world.clock.now()).toISOString() }
    const type = { contentType: 'application/json' }
    await world.bucket.write(nameOf(first.id), Buffer.from(JSON.stringify(later)), generation, type)
    for (let day = 0; day < 8; day += 4) {
      assert.deepEqual(await ids(), [second.id, first.id])
      world.clock.advance(4 * DAY_MS)
    }
  })

  it('do not hide that a venue-day is overdue', async () => {
    const world = keepingWorld()
    world.config = { ...CONFIG, lookbackDays: 2 }
    world.clock.advance(DAY_MS)
    await world.schedule({})
    const fields = { event: 'venue_day_overdue', venue: 'binance', date: '2024-08-09', status: 'absent' }
    assert.deepEqual(logged(world, 'venue-day is not complete long after its end'), [{ level: 'warn', fields }])
  })
})
