import assert from 'node:assert/strict'
import type { Manifest, ManifestItem } from '../../../../functions/ledger/manifest.ts'
import type { Work } from '../../../../functions/ledger/receipt.ts'
import { type DayRead, MAX_ITEMS, ReportCollector } from '../../../../functions/local/report/page/collect.ts'
import type { ReportData } from '../../../../functions/local/report/page/model.ts'
import { archivedDays } from '../../../support/archive.ts'
import { manifestOf, storedItem } from '../fixtures.ts'

const WHERE = { shown: './data', prefix: 'ticks' }
const NOW = new Date('2024-09-01T00:00:00Z')
const FACTS = { rowsOutOfOrder: 0, largestGapMicros: '0', version: 2 }

function collect(days: readonly DayRead[]): ReportData {
  const collector = new ReportCollector(days)
  for (const day of days) collector.add(day)
  return collector.finish(WHERE, NOW)
}

function read(manifest: Manifest, work: readonly Work[] = [], faults: readonly string[] = []): DayRead {
  return { venue: manifest.venue, date: manifest.date, manifest, work, faults }
}

function judged(item: ManifestItem, condition: ManifestItem['condition'], reasons: string[] = []): ManifestItem {
  return { ...item, condition, reasons }
}

const day = (date: string, items: readonly ManifestItem[], status: Manifest['status'] = 'complete') =>
  manifestOf({ venue: 'binance', date }, status, items)

describe('the data of the report', () => {
  it('are the same whatever order the days come in', () => {
    const archive = { venues: 4, days: 12, firstDate: '2024-02-20', symbols: 2, seed: 3 }
    const days = [...archivedDays(archive)].map(({ manifest, receipt }) => read(manifest, [receipt.work]))
    assert.deepEqual(collect(days.toReversed()), collect(days))
    assert.equal(collect(days).items.length, days.flatMap(({ manifest }) => manifest!.items).length)
  })

  it('have one letter per day: judged, not judged, pending, absent, unreadable, outside the range', () => {
    const stored = storedItem('trades', 'A', 10, 100)
    const failed: ManifestItem = { dataType: 'trades', symbol: 'B', status: 'failed', error: 'x', retryable: true }
    const days = [
      read(day('2024-08-01', [judged(stored, 'available')])),
      read(day('2024-08-02', [judged(stored, 'available'), judged({ ...stored, symbol: 'B' }, 'degraded', ['gap'])])),
      read(day('2024-08-03', [stored])),
      read(day('2024-08-04', [stored, failed], 'incomplete')),
      read(day('2024-08-05', [], 'pending')),
      { venue: 'binance', date: '2024-08-06', work: [], faults: [] },
      { venue: 'binance', date: '2024-08-07', work: [], faults: ['manifest.json: expected one JSON document'] },
      read(manifestOf({ venue: 'deribit', date: '2024-08-02' }, 'incomplete', [judged(failed, 'missing', ['failed'])])),
    ]
    const { venues, series, notes } = collect(days)
    assert.deepEqual(
      venues.map(({ venue, condition }) => [venue, condition]),
      [
        ['binance', 'adudp-?'],
        ['deribit', ' m     '],
      ],
    )
    assert.deepEqual(
      [series[0]!.condition, series[0]!.items, series[0]!.open],
      ['adud   ', [1, 2, 1, 2, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0]],
    )
    assert.deepEqual(notes, ['manifest.json: expected one JSON document'])
  })

  it('sum rows and bytes by data type, with three digits', () => {
    const items = [
      storedItem('quotes', 'A', 12_345, 1_000),
      storedItem('trades', 'A', 1_234, 500),
      storedItem('trades', 'B', 1, 1),
    ]
    const { dataTypes, series } = collect([read(day('2024-08-01', items))])
    assert.deepEqual(dataTypes, ['quotes', 'trades'])
    assert.deepEqual(
      series.map(({ dataType, rows, bytes }) => [dataType, rows, bytes]),
      [
        [0, [12_300], [1_000]],
        [1, [1_240], [501]],
      ],
    )
  })

  it('have the median latency by rows, and the highest 99th percentile', () => {
    const withLatency = (symbol: string, rows: number, medianMicros: string, p99Micros: string): ManifestItem => ({
      ...storedItem('trades', symbol, rows, 1),
      quality: { ...FACTS, latency: { minMicros: '0', medianMicros, p99Micros, maxMicros: '99999999' } },
    })
    const items = [
      withLatency('A', 10, '1000', '90000'),
      withLatency('B', 1000, '5000', '7000'),
      withLatency('C', 20, '9000', '8000'),
    ]
    const [series] = collect([
      read(day('2024-08-01', [...items, storedItem('trades', 'D', 5, 5)])),
      read(day('2024-08-02', [])),
    ]).series
    assert.deepEqual([series!.latencyMedianMs, series!.latencyP99Ms], [[5, null], [90, null]]) // biome-ignore format: pairs
  })

  it('say of an item that not all checks were made', () => {
    const checked = (symbol: string, version: object): ManifestItem => ({
      ...storedItem('trades', symbol, 10, 1),
      quality: { rowsOutOfOrder: 0, largestGapMicros: '0', ...version },
    })
    const { items } = collect([read(day('2024-08-01', [checked('NEW', { version: 2 }), checked('OLD', {})]))])
    assert.deepEqual(
      items.map(({ symbol, isPartlyChecked }) => [symbol, isPartlyChecked]),
      [
        ['NEW', undefined],
        ['OLD', true],
      ],
    )
  })

  it('have the work of all receipts of a day', () => {
    const work: Work = {
      deliveries: 1,
      seconds: 2,
      downloadedBytes: 100,
      textBytes: 5,
      rows: 1,
      figures: { peakRssBytes: 7 },
    }
    const { venues } = collect([
      read(day('2024-08-01', []), [work, { ...work, figures: { peakRssBytes: 9 } }, { ...work, figures: {} }]),
    ])
    assert.deepEqual(
      [venues[0]!.workSeconds, venues[0]!.downloadedBytes, venues[0]!.peakMemoryBytes],
      [[6], [300], [9]],
    )
  })

  it('have an incident of several days once, also one that goes on', () => {
    const incident = { from: '2024-08-01T23:00:00.000Z', status: 'open', details: 'feed down' }
    const manifests = ['2024-08-01', '2024-08-02'].map(date => ({ ...day(date, []), incidents: [incident] }))
    assert.deepEqual(collect(manifests.map(manifest => read(manifest))).incidents, [
      { venue: 0, fromMs: Date.parse(incident.from), status: 'open', details: 'feed down' },
    ])
  })

  it('rank the days by their worst item and by how many have it', () => {
    const crossed = (symbol: string, count: number) => ({
      ...judged(storedItem('quotes', symbol, 100, 1), 'degraded', ['crossed']),
      quality: { ...FACTS, crossed: count },
    })
    const { dayFindings } = collect([
      read(day('2024-08-01', [crossed('A', 5)])),
      read(day('2024-08-02', [crossed('A', 5), crossed('B', 5)])),
      read(day('2024-08-03', [crossed('A', 90)])),
    ])
    assert.deepEqual(
      dayFindings.map(({ day, reason, items, worst }) => [day, reason, items, worst]),
      [
        [2, 'crossed', 1, '90 of 100 rows with a bid above the ask'],
        [1, 'crossed', 2, 'quotes A: 5 of 100 rows with a bid above the ask'],
        [0, 'crossed', 1, '5 of 100 rows with a bid above the ask'],
      ],
    )
  })

  it('list a bounded number of items, the worst of them, and say how many are left out', () => {
    const good = (date: string) =>
      day(
        date,
        Array.from({ length: 150 }, (_, at) => judged(storedItem('trades', `S${at}`, 1, 1), 'available')),
      )
    const dates = Array.from({ length: 31 }, (_, at) => `2024-08-${String(at + 1).padStart(2, '0')}`)
    const venues = ['a', 'b', 'c', 'd']
    const days = venues.flatMap(venue => dates.map(date => read({ ...good(date), venue })))
    const bad = day('2024-08-01', [judged(storedItem('trades', 'BAD', 1, 1), 'degraded', ['out-of-order'])])
    const { items, omitted } = collect([...days, read({ ...bad, venue: 'e' })])
    assert.equal(items.length, MAX_ITEMS)
    assert.equal(items[0]!.symbol, 'BAD')
    // Of one day at most 100 are ranked at all.
    assert.equal(omitted.items, venues.length * dates.length * 150 + 1 - MAX_ITEMS)
  })
})
