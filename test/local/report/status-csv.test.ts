import assert from 'node:assert/strict'
import { statusCsv } from '../../../functions/local/report/status-csv.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'

describe('statusCsv', () => {
  const counts = { items: 3, stored: 1, empty: 0, missing: 0, forbidden: 0, failed: 2, pending: 0 }
  const totals = { rows: 1234567, bytes: 89, sourceBytes: 0, textBytes: 0 }
  const day = { venue: 'binance', date: '2024-08-01', problems: [] }

  it('has a line per venue and day, with empty cells where no manifest records a count', () => {
    const reports = [{ ...day, status: 'incomplete', counts, totals } as const, { ...day, status: 'absent' } as const]
    assert.deepEqual(
      [...statusCsv(reports)],
      [
        'venue,date,status,items,stored,empty,missing,forbidden,failed,pending,rows,bytes,condition,reasons\n',
        'binance,2024-08-01,incomplete,3,1,0,0,0,2,0,1234567,89,,\n',
        'binance,2024-08-01,absent,,,,,,,,,,,\n',
      ],
    )
  })

  it('has the condition, and each reason with its number of items', () => {
    const reasons = [
      { reason: 'failed', items: 2 },
      { reason: 'gap', items: 1 },
    ]
    const judged = { ...day, status: 'incomplete', counts, totals } as const
    const reports: VenueDayReport[] = [
      { ...judged, condition: 'degraded', reasons },
      { ...judged, condition: 'available', reasons: [] },
    ]
    const [, ...lines] = statusCsv(reports)
    assert.deepEqual(
      lines.map(line => line.split(',').slice(-2)),
      [
        ['degraded', 'failed:2 gap:1\n'],
        ['available', '\n'],
      ],
    )
  })

  it('names the part, also of a day that stands whole, and quotes what needs it', () => {
    const part = { ...day, status: 'absent', dataType: 'trades' } as const
    const [head, ...lines] = statusCsv(
      [
        { ...part, symbol: 'A,"B' },
        { ...day, status: 'absent' },
      ],
      'symbol',
    )
    assert.ok(head!.startsWith('venue,data_type,symbol,date,status,'))
    assert.deepEqual(lines, [
      'binance,trades,"A,""B",2024-08-01,absent,,,,,,,,,,,\n',
      'binance,,,2024-08-01,absent,,,,,,,,,,,\n',
    ])
    assert.ok([...statusCsv([part], 'data-type')][1]!.startsWith('binance,trades,2024-08-01,absent,'))
  })
})
