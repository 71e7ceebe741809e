import assert from 'node:assert/strict'
import fc from 'fast-check'
import { addDays, countDays, dayOf, dayStartMs, daysFrom, isDay } from '../../functions/market/days.ts'

const MS = { min: Date.UTC(2010, 0, 1), max: Date.UTC(2100, 11, 31, 23, 59, 59, 999) }

describe('market/days', () => {
  it('takes the days of the calendar from 2010 to 2100', () => {
    for (const day of ['2024-02-29', '2020-06-07', '2010-01-01', '2100-12-31']) assert.ok(isDay(day), day)
    const none = ['2023-02-29', '2100-02-29', '2024-13-01', '2024-00-10', '2024-8-8', '20240808', '2009-12-31']
    for (const day of [...none, '2101-01-01', '2024-08-08T00', '2024-08-08\n', '']) assert.ok(!isDay(day), day)
  })

  it('knows when a day begins, and which day a moment is in', () => {
    assert.equal(dayStartMs('2024-08-08'), Date.UTC(2024, 7, 8))
    assert.equal(dayOf(Date.UTC(2024, 7, 9) - 1), '2024-08-08')
    assert.throws(() => dayStartMs('2024-02-30'), /^RangeError: found "2024-02-30", expected a date as YYYY-MM-DD/)
    fc.assert(
      fc.property(fc.integer(MS), ms => {
        const startMs = dayStartMs(dayOf(ms))
        assert.ok(startMs <= ms && ms < startMs + 86_400_000)
      }),
    )
  })

  it('counts days over the ends of months and years', () => {
    assert.equal(addDays('2024-02-28', 2), '2024-03-01')
    assert.equal(addDays('2024-01-01', -1), '2023-12-31')
    assert.equal(countDays('2023-12-31', '2024-01-01'), 2)
    assert.equal(countDays('2024-01-01', '2023-12-31'), 0)
  })

  it('lists the days of a range, both ends included, and none of a range that ends before it begins', () => {
    assert.deepEqual(daysFrom('2024-02-28', '2024-03-01'), ['2024-02-28', '2024-02-29', '2024-03-01'])
    assert.deepEqual(daysFrom('2024-02-28', '2024-02-28'), ['2024-02-28'])
    assert.deepEqual(daysFrom('2024-02-28', '2024-02-27'), [])
    assert.deepEqual(daysFrom('2024-02-28', '2023-02-27'), [])
  })
})
