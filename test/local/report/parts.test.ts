import assert from 'node:assert/strict'
import { LedgerDocumentError } from '../../../functions/ledger/document.ts'
import type { Ledger } from '../../../functions/ledger/ledger.ts'
import type { Manifest, ManifestItem } from '../../../functions/ledger/manifest.ts'
import { ItemChoice, type ItemSelection } from '../../../functions/local/report/item-choice.ts'
import { type PartKind, readParts } from '../../../functions/local/report/parts.ts'
import { QualityRules } from '../../../functions/local/report/quality-rules.ts'
import { Reviewer } from '../../../functions/local/report/review.ts'
import { titleOf, type VenueDayReport } from '../../../functions/local/report/venue-days.ts'
import { manifestOf, storedItem } from './fixtures.ts'

const FAILED: ManifestItem = { dataType: 'trades', symbol: 'ETHUSDT', status: 'failed', error: 'line 7: bad price' }
const MISSING: ManifestItem = { dataType: 'quotes', symbol: 'ETHUSDT', status: 'missing', error: 'answered 404' }

interface Selection extends ItemSelection {
  readonly by: PartKind | undefined
}

describe('readParts', () => {
  const dayOf = (venue: string, date: string, status: VenueDayReport['status'] = 'complete'): VenueDayReport => {
    return { venue, date, status, problems: [] }
  }
  const read = (
    days: readonly VenueDayReport[],
    manifests: readonly (Manifest | LedgerDocumentError)[],
    { by, ...selection }: Selection,
    onRead?: (done: number, total: number) => void,
  ) => {
    const left = [...manifests]
    const readManifest: Ledger['readManifest'] = async () => {
      const next = left.shift()
      if (next instanceof LedgerDocumentError) throw next
      return next
    }
    const ledger = { readPlan: async () => undefined, readVendorInstruments: async () => undefined }
    const choice = new ItemChoice(selection, ledger)
    return readParts(new Reviewer({ readManifest }, new QualityRules()), ledger, days, { by, choice }, onRead)
  }
  const first = { venue: 'binance', date: '2024-08-01' }
  const manifest = manifestOf(first, 'incomplete', [
    storedItem('quotes', 'BTCUSDT', 10, 100),
    MISSING,
    storedItem('trades', 'BTCUSDT', 1, 20),
    FAILED,
  ])
  const lines = (reports: readonly VenueDayReport[]) =>
    reports.map(report => `${titleOf(report)} ${report.date} ${report.status}`)

  it('counts and judges each data type for itself', async () => {
    const [quotes, trades, ...more] = await read([dayOf('binance', '2024-08-01')], [manifest], { by: 'data-type' })
    assert.deepEqual(more, [])
    assert.deepEqual(quotes, {
      ...first,
      ...{ dataType: 'quotes', status: 'complete', problems: [] },
      counts: { items: 2, stored: 1, empty: 0, missing: 1, forbidden: 0, failed: 0, pending: 0 },
      totals: { rows: 10, bytes: 100, sourceBytes: 0, textBytes: 0 },
    })
    assert.deepEqual([trades?.status, trades?.counts?.failed, trades?.totals?.rows], ['incomplete', 1, 1])
    assert.deepEqual(trades?.problems, [FAILED])
  })

  it('has a report for each item by symbol, and takes patterns of data types and symbols', async () => {
    const by = (selection: Omit<Selection, 'by'>) =>
      read([dayOf('binance', '2024-08-01')], [manifest], { by: 'symbol', ...selection })
    assert.deepEqual(lines(await by({})), [
      'binance quotes BTCUSDT 2024-08-01 complete',
      'binance quotes ETHUSDT 2024-08-01 complete',
      'binance trades BTCUSDT 2024-08-01 complete',
      'binance trades ETHUSDT 2024-08-01 incomplete',
    ])
    assert.deepEqual(lines(await by({ dataTypes: ['tr*'] })).length, 2)
    assert.deepEqual(lines(await by({ dataTypes: ['tr*'], symbols: ['btc*'] })), [
      'binance trades BTCUSDT 2024-08-01 complete',
    ])
    assert.deepEqual(await by({ symbols: ['BTC'] }), [])
  })

  it('shows a day without a readable manifest in each part, without the counts of other parts', async () => {
    const pending = { ...dayOf('binance', '2024-08-04', 'pending'), counts: manifest.counts }
    const days = [
      dayOf('binance', '2024-08-01'),
      dayOf('binance', '2024-08-02', 'absent'),
      { ...dayOf('binance', '2024-08-03', 'unreadable'), error: 'bad' },
      pending,
    ]
    const manifests = [manifest, manifestOf(pending, 'pending', [])]
    const reports = await read(days, manifests, { by: 'data-type', dataTypes: ['trades'] })
    assert.deepEqual(
      reports.map(({ dataType, date, status, counts, error }) => [dataType, date, status, counts?.items, error]),
      [
        ['trades', '2024-08-01', 'incomplete', 2, undefined],
        ['trades', '2024-08-02', 'absent', undefined, undefined],
        ['trades', '2024-08-03', 'unreadable', undefined, 'bad'],
        ['trades', '2024-08-04', 'pending', undefined, undefined],
      ],
    )
  })

  it('judges each part by its items, and none of a manifest that was not judged', async () => {
    const items: ManifestItem[] = [
      { ...storedItem('quotes', 'BTCUSDT', 10, 100), condition: 'available', reasons: [] },
      { ...storedItem('trades', 'BTCUSDT', 1, 20), condition: 'degraded', reasons: ['gap'] },
    ]
    const judged = { ...manifestOf(first, 'complete', items), conditionVersion: 1 }
    const conditionsOf = async (found: Manifest) => {
      const reports = await read([dayOf('binance', '2024-08-01')], [found], { by: 'data-type' })
      return reports.map(({ condition, reasons }) => [condition, reasons])
    }
    assert.deepEqual(await conditionsOf(judged), [
      ['available', []],
      ['degraded', [{ reason: 'gap', items: 1 }]],
    ])
    assert.deepEqual(await conditionsOf(manifestOf(first, 'complete', items)), [
      [undefined, undefined],
      [undefined, undefined],
    ])
  })

  it('never hides a venue whose days are not complete, though no part of it is selected', async () => {
    const days = [dayOf('binance', '2024-08-01', 'incomplete'), dayOf('bitmex', '2024-08-01', 'absent')]
    assert.deepEqual(lines(await read(days, [manifest], { by: 'data-type', dataTypes: ['liquidations'] })), [
      'binance 2024-08-01 incomplete',
      'bitmex 2024-08-01 absent',
    ])
  })

  it('believes what it reads: a manifest that is gone or damaged since the summary was read', async () => {
    const days = [dayOf('a', '2024-08-01'), dayOf('b', '2024-08-01')]
    const damaged = new LedgerDocumentError('manifest.json: damaged')
    const seen: string[] = []
    const reports = await read(days, [damaged], { by: 'symbol' }, (done, total) => seen.push(`${done}/${total}`))
    assert.deepEqual(lines(reports), ['a 2024-08-01 unreadable', 'b 2024-08-01 absent'])
    assert.deepEqual(seen, ['1/2', '2/2'])
  })
})
