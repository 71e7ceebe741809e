import assert from 'node:assert/strict'
import { renderGrid } from '../../../functions/local/report/grid.ts'
import { qualityLines } from '../../../functions/local/report/quality-text.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'

describe('qualityLines', () => {
  const looks = { color: false, unicode: true }
  const counts = { items: 3, stored: 3, empty: 0, missing: 0, forbidden: 0, failed: 0, pending: 0 }
  const day = (date: string, more: Partial<VenueDayReport> = {}): VenueDayReport => {
    return { ...{ venue: 'bitmex', date, status: 'complete', counts, problems: [] }, ...more }
  }
  const reasons = [
    { reason: 'crossed', items: 1 },
    { reason: 'gap-in-incident', items: 2 },
  ]
  const degraded = day('2024-08-02', { condition: 'degraded', reasons })

  it('lists what is degraded with its reasons, and says how much nobody has judged', () => {
    const days = [day('2024-08-01', { condition: 'available' }), { ...degraded, dataType: 'trades' }, day('2024-08-03')]
    assert.deepEqual(qualityLines(days, looks), [
      'Degraded:',
      '  bitmex trades 2024-08-02  crossed (1 item), gap-in-incident (2 items)',
      'Quality is unknown of 1: an older release recorded them.',
    ])
    assert.deepEqual(qualityLines([days[0]!], looks), ['None is recorded as degraded.'])
  })

  it('does not count days without a manifest as unknown', () => {
    const absent: VenueDayReport = { venue: 'bitmex', date: '2024-08-04', status: 'absent', problems: [] }
    assert.deepEqual(qualityLines([absent], looks), ['None is recorded as degraded.'])
    assert.deepEqual(qualityLines([absent, day('2024-08-05')], looks).slice(1), [
      'Quality is unknown of 1: an older release recorded them.',
    ])
  })

  it('bounds the list', () => {
    const lines = qualityLines(
      Array.from({ length: 103 }, () => degraded),
      looks,
    )
    assert.deepEqual([lines.length, lines.at(-1)], [102, '  and 3 more (--json lists all)'])
  })

  it('has a letter of its own in the calendar, where the day is complete', () => {
    const lines = renderGrid(
      [day('2024-08-01'), degraded, { ...degraded, date: '2024-08-03', status: 'incomplete' }],
      looks,
    )
    assert.ok(lines.includes('  2024-08  CDI'))
  })
})
