import assert from 'node:assert/strict'
import { ReportCollector } from '../../../../functions/local/report/page/collect.ts'
import { renderPage } from '../../../../functions/local/report/page/page.ts'
import { archivedDays, YEAR_OF_FORTY } from '../../../support/archive.ts'
import { hostileDay } from './hostile.ts'
import { dataOf } from './page-data.ts'

const MAX_PAGE_BYTES = 1_500_000

function pageOf(days: Iterable<Parameters<ReportCollector['add']>[0]>): string {
  const all = [...days]
  const collector = new ReportCollector(all)
  for (const day of all) collector.add(day)
  return renderPage(collector.finish({ shown: './<b>data</b>', prefix: 'ticks' }, new Date(0)))
}

describe('the page of the report', () => {
  it('holds nothing of the data as HTML, however hostile it is', () => {
    const page = pageOf([hostileDay()])
    assert.ok(!page.includes('alert('))
    assert.ok(!page.includes('<b>data'))
    const { items, venues, where } = dataOf(page)
    assert.equal(where, './<b>data</b>')
    assert.equal(venues[0]!.venue, 'binance')
    assert.ok(items.some(({ symbol }) => symbol.includes('<script>alert(')))
  })

  it('needs nothing else: no address of a script, style, font or picture', () => {
    const page = pageOf([hostileDay()])
    assert.match(page, /default-src 'none'/)
    assert.doesNotMatch(page.replace(/<script[\s\S]*?<\/script>/g, ''), /\b(src|href)="(?!data:)/)
    assert.doesNotMatch(page, /@import|url\(/)
  })

  it(`has less than ${MAX_PAGE_BYTES} bytes for 40 venues and 365 days`, () => {
    const days = [...archivedDays({ ...YEAR_OF_FORTY, symbols: 1 })]
    const page = pageOf(
      days.map(({ manifest, receipt }) => ({
        ...{ venue: manifest.venue, date: manifest.date, manifest, work: [receipt.work], faults: [] },
      })),
    )
    const { venues, days: shown } = dataOf(page)
    assert.deepEqual([venues.length, shown], [40, 365])
    assert.ok(page.length < MAX_PAGE_BYTES, `found ${page.length} bytes`)
  })
})
