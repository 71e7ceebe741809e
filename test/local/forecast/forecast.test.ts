import assert from 'node:assert/strict'
import { type DayToDo, forecastOf } from '../../../functions/local/forecast/forecast.ts'
import { PRICES } from '../../../functions/local/forecast/prices.ts'
import { costsOf, renderForecast } from '../../../functions/local/forecast/text.ts'

const item = (dataType: string, symbol: string) => ({ dataType, symbol })
const DAYS: DayToDo[] = [
  { venue: 'a', date: '2024-08-01', state: 'open', items: [item('trades', 'X'), item('quotes', 'X')] },
  { venue: 'a', date: '2024-08-02', state: 'open', items: [item('trades', 'X')] },
  { venue: 'a', date: '2024-08-03', state: 'complete', items: [] },
  { venue: 'b', date: '2024-08-02', state: 'unreadable', items: [item('trades', 'Y')], lack: 'no key' },
  { venue: 'b', date: '2024-08-03', state: 'pending', items: [] },
]
const sized = { sourceBytes: 10e9, bytes: 5e9, rows: 100, basis: 'symbol', low: 0.5, high: 3 } as const
const forecast = forecastOf(DAYS, () => sized)
const RATES = {
  ...{ where: 'on this machine', converted: 4, connections: 16, batches: 4 },
  ...{ bytesPerSecond: 1e6, dailyBytes: 20e9, prices: PRICES },
}

describe('a forecast', () => {
  it('adds up what is open, by data type, and leaves out what cannot be read', () => {
    const { venueDays, freeVenueDays, byType, total, unreadable, requests } = forecast
    assert.deepEqual(venueDays, { all: 5, complete: 1, pending: 1, unreadable: 1, open: 2 })
    assert.equal(freeVenueDays, 1)
    assert.deepEqual(
      byType.map(({ dataType, files, sourceBytes }) => [dataType, files, sourceBytes]),
      [
        ['quotes', 1, 10e9],
        ['trades', 2, 20e9],
      ],
    )
    assert.deepEqual([total.files, total.bytes, total.rows], [3, 15e9, 300])
    assert.deepEqual([total.lowSourceBytes, total.highSourceBytes], [15e9, 90e9])
    assert.deepEqual(unreadable, { files: 1, reasons: { 'no key': 1 } })
    assert.equal(requests, 3 + 2 + 1)
  })

  it('costs time, quota and money by the rates', () => {
    assert.deepEqual(costsOf(forecast, RATES), {
      ...{ seconds: 30e9 / 1e6 / 2, quotaDays: 1.5, storagePerMonth: 15 * 0.02, egressOnce: 15 * 0.12 },
      ...{ writes: (3 / 1000) * 0.005, currency: 'USD', pricesAsOf: PRICES.asOf },
    })
    assert.ok(!('quotaDays' in costsOf(forecast, { ...RATES, dailyBytes: undefined })))
  })

  it('takes the time of batches that were stored, as many at once as there are venue-days', () => {
    assert.equal(costsOf(forecast, { ...RATES, batches: 1 }).seconds, 30e9 / 1e6)
    assert.equal(costsOf(forecast, { ...RATES, batches: 9 }).seconds, 30e9 / 1e6 / 2)
  })

  it('without any converts a few files at once, and waits with more requests open', () => {
    const usual = { ...RATES, bytesPerSecond: undefined }
    assert.equal(costsOf(forecast, usual).seconds, 30e9 / 12e6 / 3 + 0.5)
    assert.equal(costsOf(forecast, { ...usual, converted: 2, connections: 2 }).seconds, 30e9 / 12e6 / 2 + 3 * 0.25)
    const items = Array.from({ length: 3200 }, (_, at) => item('trades', `S${at}`))
    const many = forecastOf([{ ...DAYS[0]!, items }], () => ({ ...sized, sourceBytes: 12_000 }))
    assert.equal(costsOf(many, usual).seconds, (3200 * 0.001) / 4 + (3200 * 0.5) / 16)
    assert.equal(
      costsOf(
        forecastOf([DAYS[2]!], () => sized),
        usual,
      ).seconds,
      0,
    )
  })

  it('is printed with what it comes from', () => {
    assert.equal(
      renderForecast(forecast, RATES),
      `5 venue-days: 2 to download, 1 complete already, 1 not exported by Tardis yet

  data type  files  download      likely within  Parquet  rows   estimated from
  quotes         1   10.0 GB   5.0 GB … 30.0 GB   5.0 GB   100  the same symbol
  trades         2   20.0 GB  10.0 GB … 60.0 GB  10.0 GB   200  the same symbol
  total          3   30.0 GB  15.0 GB … 90.0 GB  15.0 GB   300  the same symbol

time: about 4h10m on this machine, at the speed of the files that are stored
requests to Tardis: 6, 1.5 days of the quota of 20.0 GB a day
in Google Cloud (prices of 2024): 0.30 USD a month for 15.0 GB, 0.00 USD for writing, 1.80 USD to read all of it from outside once
free without a key: 1 of these venue-days (the first of a month)
cannot be read: 1 venue-day: no key
not in the figures: 1 file of those
`,
    )
  })

  it('keeps to the width of a terminal, and says below the table what has no column', () => {
    const some = renderForecast(forecast, RATES, 66).split('\n')
    const table = some.slice(some.indexOf('') + 1)
    assert.equal(table[0], '  data type  files  download      likely within  Parquet  rows')
    assert.deepEqual(table.slice(3, 6), [
      '  total          3   30.0 GB  15.0 GB … 90.0 GB  15.0 GB   300',
      '',
      'estimated from: the same symbol',
    ])
    const narrow = renderForecast(forecast, RATES, 50).split('\n')
    assert.ok(narrow.includes('  data type  files  download  Parquet  rows'))
    assert.ok(narrow.includes('download likely within: 15.0 GB … 90.0 GB'))
    assert.ok(
      narrow.includes('in Google Cloud (prices of 2024): 0.30 USD a month') &&
        narrow.includes('    for 15.0 GB, 0.00 USD for writing, 1.80 USD to'),
    )
    for (const line of narrow) assert.ok(line.length <= 50, line)
  })

  it('has no table where nothing is left to do', () => {
    assert.equal(
      renderForecast(
        forecastOf([DAYS[2]!], () => sized),
        RATES,
      ),
      '1 venue-day: 0 to download, 1 complete already\n',
    )
  })
})
