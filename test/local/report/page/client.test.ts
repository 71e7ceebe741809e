import assert from 'node:assert/strict'
import { axisDays } from '../../../../functions/local/report/page/client/charts.ts'
import { conditions } from '../../../../functions/local/report/page/client/conditions.ts'
import * as format from '../../../../functions/local/report/page/client/format.ts'
import { cellAt, fitted, layoutOf, moved } from '../../../../functions/local/report/page/client/heat-map.ts'
import { mix, scaleOf } from '../../../../functions/local/report/page/client/scale.ts'
import { timelineTicks } from '../../../../functions/local/report/page/client/sections.ts'
import * as view from '../../../../functions/local/report/page/client/view.ts'
import { CONDITION_LETTERS, type ReportData, type Series } from '../../../../functions/local/report/page/model.ts'
import { clientScript } from '../../../../functions/local/report/page/script.ts'

const series = (venue: number, dataType: number, condition: string, rows: number[], open = 0): Series => ({
  ...{ venue, dataType, condition, rows, bytes: rows.map(value => value * 4) },
  ...{ items: rows.map(() => 2), open: rows.map(() => open) },
  latencyMedianMs: rows.map(value => value || null),
  latencyP99Ms: rows.map(value => 10 * value || null),
})

const none = [0, 0, 0]
const row = (venue: string, condition: string) => ({
  ...{ venue, condition, workSeconds: none, downloadedBytes: none, peakMemoryBytes: none },
})

const DATA: ReportData = {
  ...{ where: './data', prefix: 'ticks', madeAt: '2024-09-01T00:00:00.000Z', firstDay: '2024-02-28', days: 3 },
  dataTypes: ['quotes', 'trades'],
  venues: [row('binance', 'ad-'), row('deribit', 'aaa')],
  series: [series(0, 0, 'ad ', [1, 2, 0]), series(0, 1, 'aa ', [10, 20, 0], 1), series(1, 1, 'aaa', [5, 5, 5])],
  ...{ incidents: [], dayFindings: [], items: [], notes: [], omitted: { dayFindings: 0, items: 0, incidents: 0 } },
}
const ALL: view.View = {
  ...{ venue: undefined, dataType: undefined, from: 0, to: 3, measure: 'condition', rowsBy: 'venue' },
}

describe('the script of the report', () => {
  it('is JavaScript, with each name once', () => {
    const script = clientScript()
    assert.doesNotThrow(() => new Function(script))
    const names = [...script.matchAll(/^(?:async )?function (\w+)/gm)].map(([, name]) => name!)
    assert.deepEqual([...new Set(names)], names)
    assert.ok(names.includes('startReport') && names.length > 50)
  })

  it('knows each letter of the conditions', () => {
    const known = conditions().map(([letter]) => letter)
    const letters: string[] = Object.values(CONDITION_LETTERS).filter(letter => letter !== CONDITION_LETTERS.none)
    assert.deepEqual(known.toSorted(), letters.sort())
  })
})

describe('the rows and cells of the calendar', () => {
  it('are venues, with what their manifests say of days without items', () => {
    const rows = view.calendarRows(DATA, ALL)
    assert.deepEqual(
      rows.map(({ label }) => label),
      ['binance', 'deribit'],
    )
    assert.deepEqual(view.cellOf(rows[0]!, 0, 1), { letter: 'a', items: 4, open: 1, rows: 11, bytes: 44 })
    assert.equal(view.cellOf(rows[0]!, 2, 3).letter, '-')
    assert.deepEqual(view.cellOf(rows[0]!, 0, 3), { letter: 'd', items: 12, open: 3, rows: 33, bytes: 132 })
  })

  it('are those of one data type or venue where one is chosen', () => {
    const [binance] = view.calendarRows(DATA, { ...ALL, dataType: 1 })
    assert.equal(view.cellOf(binance!, 1, 2).letter, 'a')
    assert.deepEqual(
      view.calendarRows(DATA, { ...ALL, dataType: 0 }).map(({ label }) => label),
      ['binance'],
    )
    assert.deepEqual(
      view.calendarRows(DATA, { ...ALL, venue: 1 }).map(({ label }) => label),
      ['deribit'],
    )
  })

  it('are data types, over all venues', () => {
    const [quotes, trades] = view.calendarRows(DATA, { ...ALL, rowsBy: 'dataType' })
    assert.deepEqual([quotes!.label, trades!.label], ['quotes', 'trades'])
    assert.equal(view.cellOf(trades!, 0, 1).rows, 15)
    assert.equal(view.calendarRows(DATA, { ...ALL, rowsBy: 'dataType', venue: 1 }).length, 1)
  })

  it('show the worst of several days', () => {
    assert.equal(view.worstLetter('aadpa'), 'd')
    assert.equal(view.worstLetter('aa-'), '-')
    assert.equal(view.worstLetter('?m'), '?')
    assert.equal(view.worstLetter('  '), ' ')
  })

  it('are at least as wide as asked for, in whole weeks', () => {
    assert.equal(view.daysPerCell(365, 1400, 3), 1)
    assert.equal(view.daysPerCell(365, 230, 3), 7)
    assert.equal(view.daysPerCell(3650, 230, 3), 91)
    assert.equal(view.daysPerCell(36500, 230, 3), 477)
  })

  it('are found by the pointer and moved to by keys', () => {
    const layout = layoutOf(400, 2, 30, 88)
    const grid = { rows: ['a', 'b'], columns: 30 }
    const middle = { offsetX: layout.left + 2.5 * layout.cellWidth, offsetY: layout.top + 1.5 * layout.cellHeight }
    assert.deepEqual(cellAt(middle, layout, grid), { row: 1, column: 2 })
    assert.equal(cellAt({ offsetX: 0, offsetY: 50 }, layout, grid), undefined)
    assert.equal(cellAt({ offsetX: 399, offsetY: 500 }, layout, grid), undefined)
    assert.deepEqual(moved('ArrowRight', { row: 0, column: 29 }, grid), { row: 0, column: 29 })
    assert.deepEqual(moved('ArrowDown', { row: 0, column: 3 }, grid), { row: 1, column: 3 })
    assert.deepEqual(moved('Home', { row: 1, column: 9 }, grid), { row: 1, column: 0 })
    assert.equal(moved('x', { row: 1, column: 9 }, grid), undefined)
  })

  it('have a logarithmic scale from the least to the most', () => {
    const cells = [1, 10, 100].map(rows => ({ letter: 'a', items: 1, open: 0, rows, bytes: 0 }))
    const scale = scaleOf('rows', cells, String)
    assert.deepEqual([scale.low, scale.high], ['1', '100'])
    assert.deepEqual(cells.map(scale.at), [0, 0.5, 1])
    assert.equal(scale.at({ ...cells[0]!, rows: 0 }), undefined)
    assert.equal(scaleOf('complete', cells, String).at({ ...cells[0]!, items: 4, open: 1 }), 0.75)
    assert.equal(mix('#000000', '#ff8800', 0.5), 'rgb(128 68 0)')
  })
})

describe('the curves of the report', () => {
  it('are sums over the chosen series, and the middle and the highest latency', () => {
    const chosen = view.chosenSeries(DATA, { ...ALL, dataType: 1 })
    assert.deepEqual(view.daySums(chosen, 'rows', ALL), [15, 25, 5])
    assert.deepEqual(view.dayLatencies(DATA.series, { ...ALL, from: 1 }), [[5, 5], [200, 50]]) // biome-ignore format: pairs
    assert.deepEqual(view.dayLatencies([], { ...ALL, from: 2 }), [[null], [null]])
  })

  it('have months, also of a leap year', () => {
    assert.deepEqual(view.monthsOf('2024-02-28', 0, 4), [
      { label: '2024-02', from: 0, to: 2 },
      { label: '2024-03', from: 2, to: 4 },
    ])
    const seconds = ['2023-12-01', '2024-01-01', '2024-02-01'].map(text => Date.parse(text) / 1000)
    assert.deepEqual(axisDays(seconds), ['1 Dec\n2023', '1 Jan\n2024', '1 Feb'])
  })
})

describe('the names beside the calendar', () => {
  it('are cut in the middle, so that their ends tell them apart', () => {
    const draw = { measureText: (text: string) => ({ width: text.length }) as TextMetrics }
    assert.deepEqual(
      ['binance-futures-2', 'binance-futures-3', 'okex'].map(name => fitted(draw, name, 11)),
      ['binan…res-2', 'binan…res-3', 'okex'],
    )
    assert.equal(fitted(draw, 'binance', 1), 'b…e')
  })
})

describe('the axis of gaps and incidents', () => {
  it('has hours of one day, days of a month, and months', () => {
    const labels = (from: number, to: number) =>
      timelineTicks({ ...DATA, days: 400 }, { ...ALL, from, to }, 4).map(({ label }) => label)
    assert.deepEqual(labels(1, 2), ['00:00', '06:00', '12:00', '18:00', '24:00'])
    assert.deepEqual(labels(0, 8), ['02-28', '03-01', '03-03', '03-05'])
    assert.deepEqual(labels(0, 366), ['2024-02', '2024-06', '2024-10', '2025-02'])
    const [tick] = timelineTicks(DATA, { ...ALL, from: 2 }, 4)
    assert.equal(tick!.at, Date.parse('2024-03-01'))
  })
})

describe('figures of the report', () => {
  it('have three digits and a unit', () => {
    assert.equal(format.formatBytes(1_234_567), '1.2 MB')
    assert.equal(format.formatBytes(999), '999 B')
    assert.equal(format.formatBytes(999_600), '1 MB')
    assert.equal(format.formatCount(0), '0')
    assert.equal(format.formatShare(0.99999), '99.9%')
    assert.equal(format.formatShare(1), '100%')
  })

  it('are spans and times of day', () => {
    assert.deepEqual([0, 0.25, 12.5, 1500, 90_000, 7_260_000, -90_000].map(format.formatMs), [
      ...['0 ms', '250 µs', '12.5 ms', '1.5 s', '1 min 30 s', '2 h 1 min', '-1 min 30 s'],
    ])
    assert.equal(format.formatTime(11_645_000), '03:14:05')
    assert.equal(format.formatTime(86_400_000), '23:59:59')
    assert.equal(format.formatDays('2024-02-28', 1, 3), '2024-02-29 to 2024-03-01')
    assert.equal(format.formatDays('2024-02-28', 1, 2), '2024-02-29')
  })
})
