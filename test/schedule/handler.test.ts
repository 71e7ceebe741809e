import assert from 'node:assert/strict'
import { recordRejected } from '../../functions/ledger/rejected.ts'
import { MESSAGE_VERSION } from '../../functions/pubsub/messages.ts'
import { handleSchedule } from '../../functions/schedule/handler.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { CONFIG, DAY, LEDGER, World } from '../fetch/world.ts'

const run = async (world: World, request: object | string, id = 'request') => {
  const data = Buffer.from(typeof request === 'string' ? request : JSON.stringify(request))
  const outcome = await handleSchedule({ id, data }, world.services)
  await recordRejected('schedule', { id, data }, outcome, world.services)
  return outcome
}
const REQUEST = { startDate: DAY.date, endDate: DAY.date }
const DAY_MS = 86_400_000
const values = (world: World) => world.published.map(({ value }) => value)

describe('handleSchedule', () => {
  it('publishes the default range for an empty request', async () => {
    const world = new World()
    const outcome = await run(world, '')
    assert.deepEqual(outcome, {
      outcome: 'scheduled',
      venueDays: 7,
      published: 7,
      alreadyComplete: 0,
      handedOn: 0,
      startDate: '2024-08-03',
      endDate: '2024-08-09',
    })
    assert.deepEqual(values(world)[0], { venue: 'binance', date: '2024-08-09', dataTypes: ['trades'] })
    assert.ok(world.published.every(({ topic }) => topic === CONFIG.venueDaysTopic))
    assert.deepEqual(world.events, [{ kind: 'scheduled', venueDays: 7, alreadyComplete: 0 }])
  })

  it('leaves out only what is complete for the request', async () => {
    const world = new World()
    await world.fetch({ ...DAY, dataTypes: ['trades'], symbols: ['BTCUSDT'] })
    await world.drain()
    assert.equal(world.manifest().status, 'complete')
    world.published.length = 0
    const within = await run(world, { ...REQUEST, symbols: ['btcusdt'] })
    assert.deepEqual([within.outcome === 'scheduled' && within.alreadyComplete, values(world)], [1, []])
    for (const wider of [{}, { symbols: ['ETHUSDT'] }, { dataTypes: ['quotes'], symbols: ['BTCUSDT'] }]) {
      world.published.length = 0
      await run(world, { ...REQUEST, ...wider })
      assert.deepEqual(values(world), [{ ...DAY, dataTypes: ['trades'], ...wider }])
    }
  })

  it('publishes complete venue-days too, with force', async () => {
    const world = new World()
    await world.fetch(DAY)
    await world.drain()
    world.published.length = 0
    await run(world, { ...REQUEST, force: true })
    assert.deepEqual(values(world), [{ ...DAY, dataTypes: ['trades'], force: true }])
  })

  it('with upgrade, publishes what is incomplete or was converted by an older version', async () => {
    const upgrade = { ...REQUEST, upgrade: true }
    const world = new World()
    await world.fetch(DAY)
    await world.drain()
    const versionsOf = async (converterVersions: object[] | undefined) => {
      const name = `${LEDGER}/manifest.json`
      const { generation } = (await world.bucket.stat(name))!
      const document = { ...world.manifest(), converterVersions }
      await world.bucket.write(name, Buffer.from(JSON.stringify(document)), generation, {
        contentType: 'application/json',
      })
      world.published.length = 0
      await run(world, upgrade)
      return values(world)
    }
    const asked = [{ ...DAY, dataTypes: ['trades'], upgrade: true, version: 2 }]
    assert.deepEqual(await versionsOf([{ version: CONVERTER_VERSION, items: 1 }]), [])
    assert.deepEqual(await versionsOf([{ version: CONVERTER_VERSION + 1, items: 1 }]), [])
    assert.deepEqual(await versionsOf([{ version: 1, items: 1 }]), asked)
    assert.deepEqual(await versionsOf(undefined), asked, 'not recorded')
    await run(world, { ...upgrade, symbols: ['OTHER'] })
    assert.deepEqual(values(world).at(-1), { ...asked[0], symbols: ['OTHER'] })
  })

  it('publishes messages without a version where an older release may read them', async () => {
    const world = new World()
    await run(world, { ...REQUEST, version: 2, upgrade: false })
    assert.deepEqual(values(world), [{ ...DAY, dataTypes: ['trades'] }])
  })

  it('publishes a venue-day whose forced request is not done yet', async () => {
    const world = new World()
    await world.fetch(DAY)
    await world.drain()
    await world.fetch({ ...DAY, force: true }, 'force')
    world.queue.length = 0
    assert.equal(world.manifest().status, 'complete')
    world.published.length = 0
    await run(world, REQUEST)
    assert.equal(world.published.length, 1)
    await world.drain()
    world.published.length = 0
    await run(world, REQUEST)
    assert.equal(world.published.length, 0)
  })

  it('publishes what is incomplete, pending, or has a manifest that cannot be read', async () => {
    for (const exportedUntil of ['2024-08-08T00:00:00Z', '2024-08-10T00:00:00Z']) {
      const world = new World()
      world.vendor.answer('trades/BTCUSDT', 'FORBIDDEN')
      const { details } = world.vendor
      world.vendor.details = { ...details, datasets: { ...details.datasets, exportedUntil } }
      await world.fetch(DAY)
      await world.drain()
      assert.notEqual(world.manifest().status, 'complete')
      world.published.length = 0
      await run(world, REQUEST)
      assert.equal(world.published.length, 1)
    }
    const world = new World()
    await world.bucket.write(`${LEDGER}/manifest.json`, Buffer.from('{'), '0', { contentType: 'application/json' })
    await run(world, REQUEST)
    assert.equal(world.published.length, 1)
    assert.ok(world.logged.some(({ level, message }) => level === 'warn' && message.includes('cannot be read')))
  })

  describe('overdue', () => {
    const overdue = (world: World) =>
      world.logged
        .filter(({ fields }) => fields?.event === 'venue_day_overdue')
        .map(({ level, fields }) => [level, fields])
    const line = (date: string, status: string) => [
      'warn',
      { event: 'venue_day_overdue', venue: 'binance', date, status },
    ]

    it('is logged for each venue-day that is not complete 36 hours after its end, where the request has no dates', async () => {
      const world = new World()
      world.config = { ...CONFIG, lookbackDays: 3 }
      await world.bucket.write(`${LEDGER}/manifest.json`, Buffer.from('{'), '0', { contentType: 'application/json' })
      await run(world, '')
      const byDate = overdue(world).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      assert.deepEqual(byDate, [line('2024-08-07', 'absent'), line('2024-08-08', 'incomplete')])
      world.logged.length = 0
      world.clock.advance(DAY_MS - 1)
      await run(world, '{}')
      assert.deepEqual(overdue(world), [line('2024-08-08', 'incomplete')])
    })

    it('is logged with the status of the manifest, and incomplete where that covers less than the request', async () => {
      for (const [exportedUntil, status] of [
        ['2024-08-08T00:00:00Z', 'pending'],
        ['2024-08-10T00:00:00Z', 'complete'],
      ] as const) {
        const world = new World()
        const { details } = world.vendor
        world.vendor.details = { ...details, datasets: { ...details.datasets, exportedUntil } }
        await world.fetch(DAY)
        await world.drain()
        assert.equal(world.manifest().status, status)
        world.clock.advance(DAY_MS)
        const logged = () => overdue(world).find(([, fields]) => (fields as typeof DAY).date === DAY.date)
        await run(world, '')
        assert.deepEqual(logged(), status === 'pending' ? line(DAY.date, 'pending') : undefined)
        world.config = { ...CONFIG, dataTypes: ['trades', 'quotes'] }
        await run(world, '')
        assert.deepEqual(logged(), line(DAY.date, status === 'pending' ? 'pending' : 'incomplete'))
      }
    })

    it('is not logged for a request with dates or with force', async () => {
      for (const request of [{ startDate: '2024-08-01' }, { endDate: '2024-08-03' }, { force: true }]) {
        const world = new World()
        await run(world, request)
        assert.ok(world.published.length > 0)
        assert.deepEqual(overdue(world), [])
      }
    })
  })

  it('reads thousands of summaries a few at a time, no faster than messages are published', async () => {
    const world = new World()
    let reading = 0
    let most = 0
    let reads = 0
    world.bucket.beforeRead = async () => {
      reads += 1
      reading += 1
      most = Math.max(most, reading)
      await Promise.resolve()
      reading -= 1
    }
    const ahead: number[] = []
    world.beforePublish = () => void ahead.push(reads - world.published.length)
    const venues = Array.from({ length: 10 }, (_, index) => `venue-${index}`)
    const outcome = await run(world, { venues, startDate: '2023-01-01', endDate: '2023-12-31' })
    assert.equal(outcome.outcome === 'scheduled' && outcome.published, 3_650)
    assert.equal(new Set(world.published.map(({ value }) => `${value.venue} ${value.date}`)).size, 3_650)
    assert.ok(most > 1 && most <= 32, `${most} at once`)
    assert.ok(Math.max(...ahead) <= 33, `${Math.max(...ahead)} ahead`)
  })

  it('rejects where the bucket or the topic fails, so that the request comes again', async () => {
    for (const fault of ['bucket', 'topic']) {
      const world = new World()
      const fail = () => {
        throw new Error(`${fault} down`)
      }
      if (fault === 'bucket') world.bucket.beforeRead = fail
      else world.beforePublish = fail
      await assert.rejects(run(world, ''), new RegExp(`${fault} down`))
    }
  })

  it('rejects for a request of a higher version, so that it comes again, and keeps nothing', async () => {
    const world = new World()
    await assert.rejects(run(world, { version: MESSAGE_VERSION + 1, later: true }), /has version/)
    assert.equal(world.bucket.contents().size, 0)
  })

  it('keeps a request that cannot be understood or names no venue', async () => {
    const world = new World()
    world.config = { ...CONFIG, venues: [] }
    for (const [id, request] of [
      ['1', '{"startDate":"tomorrow"}'],
      ['2', ''],
    ] as const) {
      const outcome = await run(world, request, id)
      assert.equal(outcome.outcome, 'rejected')
      const object = `_ledger/rejected/schedule-${id}.json`
      assert.equal(world.bucket.json(object).data, request)
      const { level, fields } = world.logged.at(-1)!
      const { reason, ...rest } = fields!
      assert.deepEqual([level, rest], ['error', { event: 'message_rejected', messageId: id, object }])
      assert.match(String(reason), /startDate|VENUES/)
    }
  })
})
