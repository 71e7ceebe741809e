import assert from 'node:assert/strict'
import { degradedLines, degradedOf } from '../../../functions/local/report/degraded.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'

describe('what is degraded at the end of a download', () => {
  const looks = { color: false, unicode: true }
  const stored = { shown: './data', prefix: 'ticks' }
  const day = (venue: string, date: string, ...reasons: [string, number][]): VenueDayReport => ({
    ...{ venue, date, status: 'complete', problems: [] },
    condition: reasons.length > 0 ? 'degraded' : 'available',
    ...(reasons.length > 0 && { reasons: reasons.map(([reason, items]) => ({ reason, items })) }),
  })
  const days = [
    day('bitmex', '2024-08-03', ['gap', 2], ['repeated-ids', 1]),
    day('bitmex', '2024-08-04'),
    day('binance', '2024-08-01', ['crossed', 1], ['gap', 1]),
  ]

  it('is counted, with the sums of its reasons and the command that shows more', () => {
    assert.deepEqual(degradedLines(days, stored, looks, Number.POSITIVE_INFINITY), [
      'Degraded: 2 of 3 venue-days: crossed (1 item), gap (3 items), repeated-ids (1 item)',
      '  tick-handler status ./data --venues binance,bitmex --start-date 2024-08-01 --end-date 2024-08-03 --quality --gaps',
      '',
    ])
    assert.equal(degradedLines(days, stored, looks, 60).length, 4)
  })

  it('is not mentioned where there is none', () => {
    assert.equal(degradedOf([days[1]!], stored), undefined)
    assert.deepEqual(degradedLines([days[1]!], stored, looks, 80), [])
  })

  it('names a bucket with its prefix and quotes a folder, and --gaps only where there is a gap', () => {
    const crossed = [day('binance', '2024-08-01', ['crossed', 1])]
    const rest = '--venues binance --start-date 2024-08-01 --end-date 2024-08-01 --quality'
    const commandOf = (shown: string) => degradedOf(crossed, { shown, prefix: 'a/ticks' })!.command
    assert.equal(commandOf('gs://ticks'), `tick-handler status gs://ticks/a/ticks ${rest}`)
    assert.equal(commandOf("it's $HOME"), `tick-handler status 'it'\\''s $HOME' ${rest}`)
  })

  it('names --gaps for gaps inside an incident too', () => {
    assert.match(degradedOf([day('a', '2024-08-01', ['gap-in-incident', 1])], stored)!.command, /--quality --gaps$/)
  })
})
