import assert from 'node:assert/strict'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import type { IncidentReport } from '../../functions/tardis/exchange.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { releaseWorld } from './release-0.1.ts'
import { CONFIG, DAY, LEDGER, World } from './world.ts'

const CHECK = { ...DAY, incidentsSince: '2024-08-01', version: 4 }
const INCIDENT: IncidentReport = {
  from: '2024-08-08T01:00:00.000Z',
  to: '2024-08-08T23:00:00.000Z',
  status: 'resolved',
  details: 'the recorder was down',
}
/** As many rows as it takes for a day without any further row to be a gap. */
const GAP = Array(300).fill('row').join('\n')

/** A complete venue-day with a gap of the whole day. */
async function withGap(): Promise<World> {
  const world = new World()
  world.vendor.answer('trades/BTCUSDT', GAP)
  await world.fetch(DAY)
  await world.drain()
  assert.deepEqual(reasons(world), ['gap'])
  forget(world)
  return world
}

function forget(world: World): void {
  world.published.length = 0
  world.vendor.opened.length = 0
  world.bucket.tries.clear()
}

const reasons = (world: World) => world.manifest().items[0]!.reasons
const reports = (world: World, ...incidentReports: IncidentReport[]) => {
  world.vendor.details = { ...world.vendor.details, incidentReports }
}
const completions = (world: World) => world.published.filter(({ topic }) => topic === CONFIG.completionsTopic)
const written = (world: World) => [...world.bucket.tries.keys()].filter(name => name.startsWith('_ledger/'))

describe('fetch: the incidents of earlier days', () => {
  it('changes the reason of a gap that a late incident explains, and downloads nothing', async () => {
    const world = await withGap()
    const before = new Map(world.bucket.contents())
    reports(world, INCIDENT)
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 1 })
    await world.drain()
    assert.deepEqual([reasons(world), world.manifest().incidents], [['gap-in-incident'], [INCIDENT]])
    assert.equal(world.manifest().status, 'complete')
    assert.deepEqual(world.vendor.opened, [])
    assert.deepEqual(written(world), [`${LEDGER}/plan.json`, `${LEDGER}/manifest.json`])
    const others = [...world.bucket.contents()].filter(([name]) => !/^_iceberg|(plan|manifest)\.json$/.test(name))
    for (const [name, data] of others) assert.deepEqual(data, before.get(name), name)
  })

  it('changes it back where the vendor withdraws the incident, and takes a new end of one', async () => {
    const world = await withGap()
    const { to: _, ...open } = INCIDENT
    for (const incidents of [[open], [INCIDENT], [], [INCIDENT, { ...open, details: 'another' }]]) {
      reports(world, ...(incidents as IncidentReport[]))
      assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 1 })
      await world.drain()
      assert.deepEqual(world.manifest().incidents, incidents)
      assert.deepEqual(reasons(world), [incidents.length > 0 ? 'gap-in-incident' : 'gap'])
    }
  })

  it('writes and publishes nothing where nothing has changed, also when the message comes again', async () => {
    const world = await withGap()
    reports(world, INCIDENT)
    await world.fetch(CHECK)
    await world.drain()
    forget(world)
    for (let delivery = 1; delivery <= 2; delivery++) {
      assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 0 })
    }
    assert.deepEqual([written(world), world.published], [[], []])
  })

  it('costs one request to the vendor, one list, and one read for a day', async () => {
    const world = new World()
    for (let day = 1; day <= 5; day++) await world.fetch({ ...DAY, date: `2024-08-0${day}` })
    await world.drain()
    const ask = world.vendor.exchange
    let calls = 0
    world.vendor.exchange = venue => {
      calls += 1
      return ask.call(world.vendor, venue)
    }
    const reads: string[] = []
    world.bucket.beforeRead = name => void reads.push(name)
    const days = { venue: 'binance', date: '2024-08-09', incidentsSince: '2024-08-01', version: 4 }
    assert.deepEqual(await world.fetch(days), { outcome: 'incidents', days: 5, changed: 0 })
    assert.equal(calls, 1)
    assert.equal(reads.filter(name => name.endsWith('manifest.json')).length, 5)
    const others = reads.filter(name => !name.endsWith('manifest.json')).sort()
    assert.deepEqual(others, ['_ledger/vendor/block.json', '_ledger/venue=binance/date=2024-08-0'])
  })

  it('folds again after a delivery that ended between the plan and the completion', async () => {
    const world = await withGap()
    reports(world, INCIDENT)
    world.beforePublish = () => {
      throw new Error('topic down')
    }
    await assert.rejects(world.fetch(CHECK), /topic down/)
    assert.deepEqual([world.plan()?.incidents, reasons(world)], [[INCIDENT], ['gap']])
    world.beforePublish = () => {}
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 1 })
    await world.drain()
    assert.deepEqual(reasons(world), ['gap-in-incident'])
    assert.equal(world.bucket.tries.get(`${LEDGER}/plan.json`), 1, 'the plan had them already')
  })

  it('ends in the same manifest with two deliveries at once, and a plan that grows between', async () => {
    const world = await withGap()
    reports(world, INCIDENT)
    world.bucket.beforeWrite = async name => {
      if (!name.endsWith('plan.json')) return
      world.bucket.beforeWrite = () => {}
      await world.fetch({ ...DAY, dataTypes: ['quotes'] }, 'grows')
    }
    await Promise.all([world.fetch(CHECK, 'a'), world.fetch(CHECK, 'b')])
    await world.drain()
    assert.deepEqual(reasons(world), ['gap-in-incident'])
    assert.ok(world.plan()?.scope.quotes, 'the growth of the plan is kept')
    forget(world)
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 0 })
  })

  it('compares only the days that it is asked for, and leaves days without a manifest alone', async () => {
    const world = await withGap()
    reports(world, INCIDENT)
    const before = { venue: 'binance', date: '2024-08-07', incidentsSince: '2024-05-10', version: 4 }
    assert.deepEqual(await world.fetch(before), { outcome: 'incidents', days: 0, changed: 0 })
    assert.deepEqual(await world.fetch({ ...CHECK, incidentsSince: DAY.date }), {
      ...{ outcome: 'incidents', days: 1, changed: 1 },
    })
  })

  it('keeps what a newer release wrote into the plan, and does not take it for a difference', async () => {
    const world = await withGap()
    reports(world, INCIDENT)
    await world.fetch(CHECK)
    await world.drain()
    const change = async (name: string, alter: (document: Record<string, unknown>) => object) => {
      const { generation } = (await world.bucket.stat(name))!
      const data = Buffer.from(JSON.stringify(alter(world.bucket.json(name))))
      await world.bucket.write(name, data, generation, { contentType: 'application/json' })
    }
    await change(`${LEDGER}/manifest.json`, ({ incidents: _, items, ...rest }) => ({
      ...{ ...rest, incidents: [{ ...INCIDENT, severity: 3 }], items },
    }))
    await change(`${LEDGER}/plan.json`, plan => ({ ...plan, note: 'of a newer release' }))
    forget(world)
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 0 })
    reports(world)
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 1 })
    assert.equal(world.bucket.json(`${LEDGER}/plan.json`).note, 'of a newer release')
  })

  it('reads and folds what release 0.1 wrote', async () => {
    const world = releaseWorld()
    const { items } = world.manifest()
    reports(world, INCIDENT)
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 1 })
    await world.drain()
    assert.deepEqual(world.manifest().incidents, [INCIDENT])
    const named = (rows: typeof items) =>
      rows.map(({ dataType, symbol, status, object }) => ({ dataType, symbol, status, object }))
    assert.deepEqual(named(world.manifest().items), named(items))
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 1, changed: 0 })
  })
})

describe('fetch: incidents that cannot be compared', () => {
  it('says which documents cannot be read or are absent, and goes on with the other days', async () => {
    const world = await withGap()
    for (const date of ['2024-08-05', '2024-08-06', '2024-08-07']) await world.fetch({ ...DAY, date })
    await world.drain()
    const ledger = (date: string, name: string) => `_ledger/venue=binance/date=${date}/${name}.json`
    const plant = async (name: string, text: string) => {
      const { generation } = (await world.bucket.stat(name))!
      await world.bucket.write(name, Buffer.from(text), generation, { contentType: 'application/json' })
    }
    await plant(ledger('2024-08-05', 'plan'), JSON.stringify({ schemaVersion: 99 }))
    await plant(ledger('2024-08-06', 'manifest'), '{"schemaVersion":')
    world.bucket.delete(ledger('2024-08-07', 'plan'))
    reports(world, { ...INCIDENT, from: '2024-08-01T00:00:00.000Z' })
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 3, changed: 1 })
    await world.drain()
    assert.deepEqual(reasons(world), ['gap-in-incident'])
    const warnings = world.logged.filter(({ level }) => level === 'warn')
    const unread = 'the incidents of a day are not compared, because a document of it cannot be read'
    assert.deepEqual(warnings.map(({ message, fields }) => [fields?.date, message]).sort(), [
      ['2024-08-05', unread],
      ['2024-08-06', unread],
      ['2024-08-07', 'manifest without a plan, its incidents stay as they are'],
    ])
  })

  it('acknowledges with a warning where the vendor does not know the venue any more', async () => {
    const world = new World()
    const outcome = await world.fetch({ ...CHECK, venue: 'closed' })
    assert.deepEqual(outcome, { outcome: 'incidents', days: 0, changed: 0 })
    assert.match(world.logged.map(({ message }) => message).join(), /does not know the venue any more/)
    assert.deepEqual([...world.bucket.contents().keys()], [], 'nothing is kept as rejected')
  })

  it('does not ask a vendor that is down, and asks where only files are refused', async () => {
    for (const [reason, asked] of [
      ['down', 0],
      ['quota', 1],
      ['key', 1],
    ] as const) {
      const world = await withGap()
      let calls = 0
      const guard = new VendorGuard({ clock: world.clock, config: CONFIG, stopsWhenDown: true })
      await guard.refused({ reason, untilMs: world.clock.now() + 600_000, message: 'planted' }, world.services)
      const exchange = async (venue: string) => {
        calls += 1
        return world.vendor.exchange(venue)
      }
      const services = { ...world.services, guard, vendor: { ...world.services.vendor, exchange } }
      const { outcome } = await handleVenueDay({ id: 'm', data: Buffer.from(JSON.stringify(CHECK)) }, services)
      assert.deepEqual([outcome, calls], [asked ? 'incidents' : 'blocked', asked], reason)
    }
  })

  it('rejects where the vendor fails, and leaves a refusal to the next run', async () => {
    const world = await withGap()
    world.vendor.exchange = async () => {
      throw new VendorError('answered 503', { retryable: true, status: 503 })
    }
    await assert.rejects(world.fetch(CHECK), /answered 503/)
    world.vendor.exchange = async () => {
      throw new VendorRefusedError('answered 401', 'key', world.clock.now() + 600_000)
    }
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'blocked' })
    world.vendor.exchange = async () => {
      throw new Error('out of memory')
    }
    await assert.rejects(world.fetch(CHECK), /out of memory/)
    world.assertNothingOpen()
  })

  it('rejects where the bucket fails', async () => {
    const world = await withGap()
    world.bucket.beforeRead = name => {
      if (name.endsWith('manifest.json')) throw new Error('bucket down')
    }
    await assert.rejects(world.fetch(CHECK), /bucket down/)
  })

  it('counts among the calls after which a vendor that does not respond is asked no more', async () => {
    const world = await withGap()
    const guard = new VendorGuard({ clock: world.clock, config: CONFIG, stopsWhenDown: true })
    const exchange = async () => {
      throw new VendorError('connection refused', { retryable: true })
    }
    const services = { ...world.services, guard, vendor: { ...world.services.vendor, exchange } }
    const deliver = () => handleVenueDay({ id: 'm', data: Buffer.from(JSON.stringify(CHECK)) }, services)
    for (let delivery = 1; delivery <= 3; delivery++) await assert.rejects(deliver(), /connection refused/)
    assert.deepEqual(await deliver(), { outcome: 'blocked' })
  })

  it('changes one plan at a time, however many days have changed', async () => {
    const world = new World()
    for (let day = 1; day <= 8; day++) await world.fetch({ ...DAY, date: `2024-08-0${day}` })
    await world.drain()
    reports(world, { ...INCIDENT, from: '2024-07-01T00:00:00.000Z' })
    forget(world)
    let open = 0
    let most = 0
    world.bucket.beforeWrite = async () => {
      most = Math.max(most, ++open)
      await Promise.resolve()
    }
    world.bucket.afterWrite = () => {
      open -= 1
    }
    assert.deepEqual(await world.fetch(CHECK), { outcome: 'incidents', days: 8, changed: 8 })
    assert.equal(most, 1)
    assert.equal(completions(world).length, 8)
  })
})
