import assert from 'node:assert/strict'
import { incidentLines } from '../../../functions/local/report/incidents-text.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'

describe('incidentLines', () => {
  const looks = { color: false, unicode: true }
  const day = (venue: string, date: string, incidents: VenueDayReport['incidents'] & {}): VenueDayReport => {
    return { venue, date, status: 'complete', problems: [], incidents }
  }
  const known = { status: 'resolved', details: 'connection lost' }

  it('lists each incident once, by venue and time, with the end that a later day knows', () => {
    const from = '2024-08-01T22:00:00.000Z'
    const lines = incidentLines(
      [
        day('bitmex', '2024-08-01', [{ from, ...known }]),
        day('bitmex', '2024-08-02', [{ from, to: '2024-08-02T01:30:00.000Z', ...known }]),
        day('binance', '2024-08-01', [
          { from: '2024-08-01T05:00:00.000Z', status: 'open', details: 'bad\u001b[31m rows' },
          { from: '2024-08-01T03:00:00.000Z', to: '2024-08-01T03:45:00.000Z', ...known },
        ]),
      ],
      looks,
    )
    assert.deepEqual(lines, [
      '3 incidents that Tardis reported (UTC):',
      '  binance  2024-08-01 03:00:00 … 03:45:00  resolved: connection lost',
      '  binance  2024-08-01 05:00:00 … goes on  open: bad?[31m rows',
      '  bitmex  2024-08-01 22:00:00 … 2024-08-02 01:30:00  resolved: connection lost',
    ])
  })

  it('says that there is none, and bounds the list', () => {
    assert.deepEqual(incidentLines([], looks), ['No incident that Tardis reported is recorded for these days.'])
    const many = Array.from({ length: 102 }, (_, at) => ({ ...known, from: `2024-08-01T00:00:00.${100 + at}Z` }))
    const lines = incidentLines([day('bitmex', '2024-08-01', many)], looks)
    assert.deepEqual([lines.length, lines.at(-1)], [102, '  and 2 more (--json lists all)'])
  })
})
