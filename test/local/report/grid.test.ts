import assert from 'node:assert/strict'
import { renderGrid } from '../../../functions/local/report/grid.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'
import { daysFrom } from '../../../functions/market/days.ts'

const LOOKS = { color: false, unicode: true }
const COUNTS = { items: 1, stored: 1, empty: 0, missing: 0, forbidden: 0, failed: 0, pending: 0 }
const NONE = { ...COUNTS, stored: 0, missing: 1 }

const day = (date: string, more: Partial<VenueDayReport> = {}): VenueDayReport => ({
  ...{ venue: 'deribit', date, status: 'complete', scope: { trades: 'all' }, counts: COUNTS, problems: [], ...more },
})

describe('renderGrid', () => {
  it('distinguishes days with and without data at Tardis, in the letters and in the count', () => {
    const reports = [day('2024-08-01'), day('2024-08-02', { counts: NONE }), day('2024-08-03', { counts: NONE })]
    assert.deepEqual(renderGrid(reports, LOOKS), [
      'deribit  3 of 3 days complete, 2 without data',
      '  trades (all symbols)',
      '           1   5    10   15   20   25   30',
      '  2024-08  CNN',
      '',
      'C complete   N complete, but Tardis has no data',
    ])
  })

  it('is yellow, not green, where days are without data', () => {
    const coloured = (reports: VenueDayReport[]) => renderGrid(reports, { ...LOOKS, color: true })[0]!
    assert.ok(coloured([day('2024-08-01')]).includes('\x1b[32m1 of 1 day complete'))
    assert.ok(coloured([day('2024-08-01', { counts: NONE })]).includes('\x1b[33m1 of 1 day complete'))
  })

  it('counts an empty file as data: Tardis has it', () => {
    const empty = { ...COUNTS, stored: 0, empty: 1 }
    assert.equal(renderGrid([day('2024-08-01', { counts: empty })], LOOKS)[3], '  2024-08  C')
  })

  it('makes one line of three or more whole months in a row that are alike, and of no others', () => {
    const dates = daysFrom('2023-01-01', '2023-07-31').filter(date => date !== '2023-04-30')
    const reports = dates.map(date => day(date, date > '2023-05' ? { counts: NONE } : {}))
    assert.deepEqual(renderGrid(reports, LOOKS).slice(3, -2), [
      '  2023-01 … 2023-03  C on all 90 days',
      `  2023-04  ${'C'.repeat(29)}`,
      '  2023-05 … 2023-07  N on all 92 days',
    ])
    const gap = [...daysFrom('2023-01-01', '2023-02-28'), ...daysFrom('2023-04-01', '2023-04-30')].map(date =>
      day(date),
    )
    assert.equal(renderGrid(gap, LOOKS).filter(line => line.startsWith('  2023-')).length, 3)
  })

  it('shows ten years of a venue in a few lines', () => {
    const reports = daysFrom('2014-01-01', '2023-12-31').map(date => day(date))
    assert.equal(renderGrid(reports, LOOKS).length, 6)
  })
})
