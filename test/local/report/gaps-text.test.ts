import assert from 'node:assert/strict'
import type { ItemGap } from '../../../functions/local/report/gaps.ts'
import { gapLines, gapsCsv } from '../../../functions/local/report/gaps-text.ts'
import { cells } from '../../../functions/local/terminal/style.ts'

describe('gapLines', () => {
  const looks = { color: false, unicode: true }
  const name = { venue: 'binance-futures', date: '2024-08-01', dataType: 'incremental_book_L2', symbol: 'BTCUSDT' }
  const gap = (begin: string, end: string, seconds: number): ItemGap => ({ ...name, begin, end, seconds })
  const outside = gap('2024-08-01T01:00:00.000Z', '2024-08-01T01:20:00.000Z', 1200)
  const toMidnight = gap('2024-08-01T22:30:00.000Z', '2024-08-02T00:00:00.000Z', 5400)
  const incident = {
    ...{ from: '2024-08-01T10:00:00.000Z', to: '2024-08-01T11:00:00.000Z', status: 'resolved' },
    details: `connection lost, "twice"${' and lost again'.repeat(9)}`,
  }
  const inside = { ...gap('2024-08-01T10:00:00.000Z', '2024-08-01T10:30:00.000Z', 1800), incident }
  const found = { gaps: [outside, inside, toMidnight], unknownItems: 0, unreadable: [] }

  it('lists the gaps of an item in order, each with the incident that explains it', () => {
    const short = { ...inside, incident: { ...incident, details: 'lost\u001b[31m' } }
    assert.deepEqual(gapLines({ ...found, gaps: [outside, short, toMidnight] }, looks, 120), [
      '3 gaps, 1 in an incident of Tardis (UTC):',
      '  binance-futures incremental_book_L2 BTCUSDT',
      '    2024-08-01 01:00:00 … 01:20:00  20m00s  no incident',
      '    2024-08-01 10:00:00 … 10:30:00  30m00s',
      '      incident 2024-08-01 10:00:00 … 2024-08-01 11:00:00, resolved: lost?[31m',
      '    2024-08-01 22:30:00 … 24:00:00  1h30m  no incident',
    ])
  })

  for (const width of [60, 80, 120, Number.POSITIVE_INFINITY])
    it(`fits ${width} columns, and loses no word`, () => {
      const all = { ...found, unknownItems: 1234, unreadable: [`manifest.json: ${'found a word '.repeat(12)}`] }
      const lines = gapLines(all, looks, width)
      for (const line of lines) assert.ok(cells(line) <= Math.min(width, 120), line)
      assert.equal(lines.join(' ').match(/lost +again/g)!.length, 9)
    })

  it('says that there is no gap, of how many items they are unknown, and what was not read', () => {
    assert.deepEqual(gapLines({ ...found, gaps: [] }, looks, 80), ['No gap that counts against an item is recorded.'])
    assert.deepEqual(gapLines({ gaps: [], unknownItems: 2, unreadable: ['bad'] }, looks, 120).slice(1), [
      'Gaps are unknown of 2 items: an older release recorded no quality.',
      'Not read: bad',
    ])
  })

  it('bounds the list', () => {
    const lines = gapLines({ ...found, gaps: Array.from({ length: 103 }, () => outside) }, looks, 80)
    assert.deepEqual([lines.length, lines.at(-1)], [103, '  and 3 more (--json and --csv list all)'])
  })

  it('are CSV with one line each', () => {
    const judged = { condition: 'degraded', reasons: ['gap', 'gap-in-incident'] } as const
    const short = { ...inside, ...judged, incident: { ...incident, details: 'lost, "twice"' } }
    assert.deepEqual(
      [...gapsCsv([outside, short])],
      [
        'venue,date,data_type,symbol,begin,end,seconds,in_incident,incident_from,incident_to,incident_status,incident_details,condition,reasons\n',
        'binance-futures,2024-08-01,incremental_book_L2,BTCUSDT,2024-08-01T01:00:00.000Z,2024-08-01T01:20:00.000Z,1200,false,,,,,,\n',
        'binance-futures,2024-08-01,incremental_book_L2,BTCUSDT,2024-08-01T10:00:00.000Z,2024-08-01T10:30:00.000Z,1800,true,2024-08-01T10:00:00.000Z,2024-08-01T11:00:00.000Z,resolved,"lost, ""twice""",degraded,gap gap-in-incident\n',
      ],
    )
  })
})
