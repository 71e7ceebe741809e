import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { countVenueDays, resolveRequest, venueDays } from '../../functions/schedule/venue-days.ts'

const CONFIG = { venues: ['binance', 'deribit'], dataTypes: ['trades'], lookbackDays: 3, maxVenueDays: 100_000 }
const TODAY = '2024-03-02'

function range(request: object, today = TODAY): [string, string] {
  const resolved = resolveRequest(request, today, CONFIG)
  assert.ok(resolved.ok)
  return [resolved.wanted.startDate, resolved.wanted.endDate]
}

describe('resolveRequest', () => {
  const CASES: [title: string, request: object, start: string, end: string][] = [
    ['nothing: the last days up to yesterday', {}, '2024-02-28', '2024-03-01'],
    ['a start: from there up to yesterday', { startDate: '2024-01-01' }, '2024-01-01', '2024-03-01'],
    ['today as start: today', { startDate: TODAY }, TODAY, TODAY],
    ['an end: the last days up to it', { endDate: '2024-01-01' }, '2023-12-30', '2024-01-01'],
    ['both: both', { startDate: '2023-12-31', endDate: '2024-01-02' }, '2023-12-31', '2024-01-02'],
    ['an end to come: up to today', { startDate: '2024-03-01', endDate: '2024-12-31' }, '2024-03-01', TODAY],
  ]
  for (const [title, request, start, end] of CASES) {
    it(`means by ${title}`, () => assert.deepEqual(range(request), [start, end]))
  }

  it('fills in venues, data types and symbols, named as the vendor names them', () => {
    const resolved = resolveRequest({}, TODAY, CONFIG)
    assert.ok(resolved.ok)
    assert.deepEqual(
      [resolved.wanted.venues, resolved.wanted.scope, resolved.wanted.force],
      [CONFIG.venues, { trades: 'all' }, false],
    )
    const named = resolveRequest(
      { venues: ['x'], dataTypes: ['quotes'], symbols: ['xbt/usd'], force: true },
      TODAY,
      CONFIG,
    )
    assert.ok(named.ok)
    assert.deepEqual(
      [named.wanted.venues, named.wanted.scope, named.wanted.force],
      [['x'], { quotes: ['XBT-USD'] }, true],
    )
  })

  it('refuses a request without any venue, with the reason', () => {
    const resolved = resolveRequest({}, TODAY, { ...CONFIG, venues: [] })
    assert.match(resolved.ok ? '' : resolved.reason, /VENUES/)
  })

  it('refuses more venue-days than MAX_VENUE_DAYS, and says how many there are', () => {
    const request = { startDate: '2024-01-01', endDate: '2024-01-03' }
    assert.ok(resolveRequest(request, TODAY, { ...CONFIG, maxVenueDays: 6 }).ok)
    const resolved = resolveRequest(request, TODAY, { ...CONFIG, maxVenueDays: 5 })
    assert.equal(
      resolved.ok ? '' : resolved.reason,
      'the request has 6 venue-days (2 venues from 2024-01-01 to 2024-01-03), expected at most 5: check its dates, split it, or raise MAX_VENUE_DAYS',
    )
  })

  it('takes five years of ten venues by default', () => {
    const { maxVenueDays } = readConfig({})
    const venues = Array.from({ length: 10 }, (_, index) => `venue-${index}`)
    const request = { venues, startDate: '2019-01-01', endDate: '2023-12-31' }
    assert.ok(resolveRequest(request, TODAY, { ...CONFIG, maxVenueDays }).ok)
  })
})

describe('venueDays', () => {
  it('yields each venue and day once, the latest first', () => {
    const resolved = resolveRequest({ startDate: '2024-02-28' }, '2024-03-01', CONFIG)
    assert.ok(resolved.ok)
    assert.deepEqual(
      [...venueDays(resolved.wanted)].map(({ venue, date }) => `${date} ${venue}`),
      ['2024-02-29 binance', '2024-02-29 deribit', '2024-02-28 binance', '2024-02-28 deribit'],
    )
  })

  it('yields none where no day has begun', () => {
    const resolved = resolveRequest({ startDate: '2024-05-01', endDate: '2024-05-02' }, TODAY, CONFIG)
    assert.ok(resolved.ok)
    assert.deepEqual([[...venueDays(resolved.wanted)], countVenueDays(resolved.wanted)], [[], 0])
  })

  it('yields as many as countVenueDays, over leap years and ends of years', () => {
    const date = fc
      .integer({ min: 0, max: 4_000 })
      .map(days => new Date(Date.UTC(2019, 0, 1) + days * 86_400_000).toISOString().slice(0, 10))
    fc.assert(
      fc.property(date, date, date, (startDate, endDate, today) => {
        const resolved = resolveRequest({ startDate, endDate }, today, CONFIG)
        assert.ok(resolved.ok)
        const days = [...venueDays(resolved.wanted)]
        assert.equal(days.length, countVenueDays(resolved.wanted))
        assert.ok(days.every(day => day.date >= startDate && day.date <= endDate && day.date <= today))
      }),
      { numRuns: 50 },
    )
  })
})
