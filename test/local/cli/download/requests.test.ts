import assert from 'node:assert/strict'
import { askedDays, requestsFor, type Wanted } from '../../../../functions/local/cli/download/requests.ts'
import { UsageError } from '../../../../functions/local/cli/flags.ts'
import { readConfig } from '../../../../functions/runtime/config/config.ts'
import type { ExchangeDetails } from '../../../../functions/tardis/exchange.ts'

const since = (id: string, availableSince: string, ...dataTypes: string[]) => ({
  ...{ id, type: 'spot', availableSince: `${availableSince}T00:00:00Z`, availableTo: undefined, dataTypes },
})
const DETAILS: ExchangeDetails = {
  venue: 'binance',
  datasets: {
    symbols: [
      since('zecusdt', '2024-08-02', 'trades', 'quotes'),
      since('btcusdt', '2020-01-01', 'trades'),
      since('ethusdt', '2020-01-01', 'quotes'),
      since('newusdt', '2024-09-01', 'trades', 'quotes'),
    ],
    exportedUntil: '2025-01-01T00:00:00Z',
  },
  incidentReports: [],
}
const WANTED: Wanted = { venues: ['binance'], startDate: '2024-08-01', endDate: '2024-08-02' }
const symbolsOf = (more: Partial<Wanted>) => requestsFor({ ...WANTED, ...more }, [DETAILS], ['trades'])[0]!.symbols

describe('requestsFor', () => {
  it('is one request without --max-instruments', () => {
    const wanted = { ...WANTED, venues: ['binance', 'deribit'], symbols: ['BTCUSDT'], force: true }
    assert.deepEqual(requestsFor(wanted, [], ['trades']), [
      {
        ...{ venues: ['binance', 'deribit'], startDate: '2024-08-01', endDate: '2024-08-02' },
        ...{ dataTypes: ['trades'], symbols: ['BTCUSDT'], force: true },
      },
    ])
  })

  it("chooses the first symbols in the vendor's order that have a type on one of the days", () => {
    assert.deepEqual(symbolsOf({ maxInstruments: 1 }), ['ZECUSDT'])
    assert.deepEqual(symbolsOf({ maxInstruments: 9 }), ['ZECUSDT', 'BTCUSDT'])
    assert.deepEqual(symbolsOf({ maxInstruments: 1, endDate: '2024-08-01' }), ['BTCUSDT'])
    assert.deepEqual(symbolsOf({ maxInstruments: 9, dataTypes: ['quotes'] }), ['ZECUSDT', 'ETHUSDT'])
    assert.deepEqual(symbolsOf({ maxInstruments: 9, symbols: ['btcusdt'] }), ['BTCUSDT'])
  })

  it('refuses to choose from nothing, which would mean all', () => {
    assert.throws(() => symbolsOf({ maxInstruments: 3, dataTypes: ['liquidations'] }), UsageError)
  })
})

describe('askedDays', () => {
  it('gives each venue-day with what is asked of it, by venue and day', () => {
    const requests = [
      { venues: ['deribit'], startDate: '2024-08-01', endDate: '2024-08-02', dataTypes: ['quotes'] },
      {
        venues: ['binance'],
        startDate: '2024-08-02',
        endDate: '2024-08-02',
        dataTypes: ['trades'],
        symbols: ['eth/btc'],
      },
    ]
    assert.deepEqual(askedDays(requests, '2024-12-31', readConfig({})), [
      { venue: 'binance', date: '2024-08-02', scope: { trades: ['ETH-BTC'] } },
      { venue: 'deribit', date: '2024-08-01', scope: { quotes: 'all' } },
      { venue: 'deribit', date: '2024-08-02', scope: { quotes: 'all' } },
    ])
  })
})
