import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cut, MAX_REQUEST_VENUE_DAYS } from '../../../../functions/local/cli/backfill/requests.ts'
import { parseScheduleRequest } from '../../../../functions/pubsub/messages.ts'
import { countVenueDays, venueDays } from '../../../../functions/schedule/venue-days.ts'

const DAY_MS = 86_400_000
const dateOf = (days: number) => new Date(Date.parse('2019-01-01') + days * DAY_MS).toISOString().slice(0, 10)
const request = (venues: number, startDate: string, endDate: string) => ({
  venues: Array.from({ length: venues }, (_, at) => `venue-${at}`),
  startDate,
  endDate,
})
const daysOf = (part: { venues: readonly string[]; startDate: string; endDate: string }) =>
  [...venueDays({ ...part, scope: {}, force: false })].map(({ venue, date }) => `${venue} ${date}`)

describe('local/cli/backfill/requests', () => {
  it('leaves a request alone that schedule works on in seconds', () => {
    const whole = { ...request(2, '2024-08-01', '2024-08-31'), dataTypes: ['trades'], symbols: ['X'], force: true }
    assert.deepEqual(cut(whole), [{ request: whole, venueDays: 62 }])
  })

  it('cuts five years of ten venues into requests of 50 days, the latest first', () => {
    const parts = cut(request(10, '2019-01-01', '2023-12-31'))
    assert.equal(parts.length, 37)
    assert.deepEqual(parts[0], { request: request(10, '2023-11-12', '2023-12-31'), venueDays: 500 })
    assert.equal(parts.at(-1)!.request.startDate, '2019-01-01')
  })

  it('asks for each venue-day once, whatever the range, in requests that are understood', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.nat(3_000),
        fc.integer({ min: 0, max: 120 }),
        (venues, from, days) => {
          const whole = request(venues, dateOf(from), dateOf(from + days))
          const parts = cut(whole)
          const expected = daysOf(whole)
          assert.deepEqual(
            parts.flatMap(part => daysOf(part.request)),
            expected,
          )
          for (const { request, venueDays } of parts) {
            assert.equal(venueDays, countVenueDays({ ...request, scope: {}, force: false }))
            assert.ok(venueDays <= MAX_REQUEST_VENUE_DAYS)
            assert.equal(parseScheduleRequest(JSON.stringify(request)).ok, true)
          }
        },
      ),
      { numRuns: 30 },
    )
  })
})
