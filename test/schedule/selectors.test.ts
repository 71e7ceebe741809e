import assert from 'node:assert/strict'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import { MESSAGE_VERSION, parseScheduleRequest, parseVenueDay, withVersion } from '../../functions/pubsub/messages.ts'
import { detailsOf } from '../fetch/fake-vendor.ts'
import { CONFIG, DAY, World, worldOf } from '../fetch/world.ts'

const SYMBOLS = { 'BTC-1': ['trades'], 'BTC-2': ['trades'], 'ETH-1': ['trades'] }
const SELECTION = { symbols: ['BTC-*'], instrumentTypes: ['spot'], exclude: ['*-2'] }
const RANGE = { startDate: DAY.date, endDate: DAY.date }
const ENTRY = 'spot:BTC-* without *-2'

const values = (world: World) => world.published.map(({ value }) => value as unknown as Record<string, unknown>)

describe('a request with selectors', () => {
  it('reaches the plan as it was asked, and is complete for the same and a narrower request', async () => {
    const world = worldOf(SYMBOLS)
    await world.schedule({ ...RANGE, ...SELECTION })
    assert.deepEqual(values(world), [{ ...DAY, dataTypes: ['trades'], ...SELECTION, version: 4 }])
    await world.drain()
    assert.deepEqual(world.statuses(), { 'trades/BTC-1': 'stored' })
    assert.deepEqual(world.manifest().scope, [{ dataType: 'trades', all: false, symbols: [ENTRY] }])
    for (const [request, complete] of [
      [SELECTION, 1],
      [{ symbols: ['BTC-1'] }, 1],
      [{ ...SELECTION, symbols: ['BTC-1*'] }, 1],
      [{ symbols: ['BTC-2'] }, 0],
      [{ symbols: ['BTC-*'] }, 0],
      [{}, 0],
    ] as const) {
      const outcome = await world.schedule({ ...RANGE, ...request })
      assert.ok(outcome.outcome === 'scheduled')
      assert.equal(outcome.alreadyComplete, complete, JSON.stringify(request))
    }
  })

  it('means what was listed on each day', async () => {
    const world = worldOf(SYMBOLS)
    const [first] = world.vendor.details.datasets.symbols
    Object.assign(first!, { availableTo: '2024-08-08T00:00:00.000Z' })
    await world.schedule({ startDate: '2024-08-07', endDate: '2024-08-08', symbols: ['BTC-*'] })
    await world.drain()
    const symbolsOf = (date: string) =>
      world.bucket.json(`_ledger/venue=binance/date=${date}/plan.json`).selectors[0].symbols
    assert.deepEqual([symbolsOf('2024-08-07'), symbolsOf('2024-08-08')], [['BTC-1', 'BTC-2'], ['BTC-2']])
  })

  it('is kept with its selectors, and resumed with them until it is complete', async () => {
    const world = worldOf(SYMBOLS)
    Object.assign(world, { keepsRequests: true, config: { ...CONFIG, lookbackDays: 1, venues: ['other'] } })
    world.vendor.answer('trades/BTC-1', 'FORBIDDEN', 'row')
    const venues = ['binance']
    await world.schedule({ venues, ...RANGE, ...SELECTION })
    await world.drain()
    const [name] = [...world.bucket.contents().keys()].filter(one => /requests\/[0-9a-f]{16}/.test(one))
    const kept = (): KeptRequest => world.bucket.json(name!)
    assert.deepEqual(kept().asked, { venues, ...RANGE, dataTypes: ['trades'], ...SELECTION })
    world.published.length = 0
    world.clock.advance(3 * 24 * 3_600_000)
    await world.schedule({ venues: ['other'] })
    const [part] = values(world).filter(value => value.request !== undefined)
    assert.deepEqual([part!.version, part!.symbols, part!.exclude], [4, SELECTION.symbols, SELECTION.exclude])
    await world.drain()
    await world.schedule({})
    assert.deepEqual([kept().state, kept().id], ['complete', part!.request])
  })

  it('is one request for each selection, and the same one when it comes again', async () => {
    const world = worldOf(SYMBOLS)
    world.keepsRequests = true
    const ids = async (selection: object) => {
      await world.schedule({ ...RANGE, ...selection })
      return [...world.bucket.contents().keys()].filter(name => /requests\/[0-9a-f]{16}/.test(name)).length
    }
    assert.equal(await ids({ symbols: ['BTC-*'] }), 1)
    assert.equal(await ids({ symbols: ['BTC-*'] }), 1)
    assert.equal(await ids({ symbols: ['BTC-*'], exclude: ['*-2'] }), 2)
    assert.equal(await ids({ instrumentTypes: ['spot'] }), 3)
  })

  it('takes dates as a person writes them, and patterns of the venues in VENUES', async () => {
    const world = new World()
    world.vendor.details = detailsOf(SYMBOLS)
    world.config = { ...CONFIG, venues: ['binance', 'binance-futures', 'deribit'] }
    await world.schedule({ venues: ['bin*', 'other'], dates: '2024-08-01..2024-08-02', symbols: ['BTC-*'] })
    assert.deepEqual(
      values(world).map(({ venue, date }) => `${venue} ${date}`),
      ['other', 'binance', 'binance-futures']
        .flatMap(venue => [`${venue} 2024-08-02`])
        .concat(['other', 'binance', 'binance-futures'].map(venue => `${venue} 2024-08-01`)),
    )
    for (const [request, reason] of [
      [{ venues: ['x*'] }, 'venues: none of VENUES is like "x*"'],
      [{ dates: 'soon' }, /^dates: found "soon", expected a day, month or year/],
    ] as const) {
      const outcome = await world.schedule(request)
      assert.ok(outcome.outcome === 'rejected')
      if (typeof reason === 'string') assert.equal(outcome.reason, reason)
      else assert.match(outcome.reason, reason)
    }
    assert.equal([...world.bucket.contents().keys()].filter(name => name.includes('/rejected/')).length > 0, true)
  })
})

describe('a message with selectors', () => {
  it('has a version that older releases refuse, so that none takes a pattern for a name or leaves a field out', () => {
    const version = (message: object) => withVersion(message).version
    assert.ok(MESSAGE_VERSION >= 4, `this release understands messages up to version ${MESSAGE_VERSION}`)
    for (const message of [
      { symbols: ['A', 'B*'] },
      { symbols: ['A?'] },
      { instrumentTypes: ['spot'] },
      { exclude: ['A'] },
      { dates: '2024' },
      { venues: ['bin*'] },
      { symbols: ['B*'], request: '0'.repeat(16), upgrade: true },
    ])
      assert.equal(version(message), 4, JSON.stringify(message))
    assert.deepEqual([version({ symbols: ['A'], venues: ['a'] }), version({ upgrade: true })], [undefined, 2])
  })

  it('is taken without a version too, as a person publishes it', () => {
    for (const message of [{ symbols: ['BTC-*'] }, SELECTION]) {
      assert.deepEqual(parseScheduleRequest(JSON.stringify(message)), { ok: true, message })
      assert.deepEqual(parseVenueDay(JSON.stringify({ ...DAY, ...message })), {
        ok: true,
        message: { ...DAY, ...message },
      })
    }
  })

  it('is refused where it selects nothing', () => {
    const parsed = parseVenueDay(JSON.stringify({ ...DAY, symbols: ['A'], exclude: ['A'] }))
    assert.ok(!parsed.ok)
    assert.equal(
      parsed.reason,
      'exclude: found a list of 1, expected names and patterns that leave at least one symbol over',
    )
  })
})
