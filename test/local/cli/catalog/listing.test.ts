import assert from 'node:assert/strict'
import { listingOf, summaryOf, symbolFilter, venueFilter } from '../../../../functions/local/cli/catalog/listing.ts'
import { datasetsForDay } from '../../../../functions/tardis/items.ts'

const symbol = (id: string, availableSince: string, availableTo?: string, type = 'option', dataTypes = ['trades']) => ({
  ...{ id, type, availableSince, availableTo, dataTypes },
})

const DETAILS = {
  venue: 'deribit',
  datasets: {
    exportedUntil: '2024-08-10T00:00:00.000Z',
    symbols: [
      symbol('BTC-1', '2024-08-01T00:00:00.000Z', '2024-08-03T00:00:00.000Z'),
      symbol('BTC-2', '2024-08-01T23:59:59.999Z', '2024-08-03T00:00:00.001Z'),
      symbol('ETH/USD:x', '2024-08-02', undefined, 'spot', ['trades', 'quotes']),
      symbol('XRP-0', '2024-08-02T00:00:00.000Z', '2024-08-02T00:00:00.000Z'),
      symbol('SOL-0', '2024-08-02T00:00:00+02:00', '2024-08-02T02:00:00+02:00', 'future', ['quotes']),
    ],
  },
  incidentReports: [],
}
const LISTING = listingOf(DETAILS)
const chosen = (choice: Parameters<typeof symbolFilter>[0]) =>
  LISTING.symbols.filter(symbolFilter(choice)).map(one => one.symbol)

describe('what the vendor has, in days', () => {
  it('has the first and the last day with data: the end of the vendor is the first moment without', () => {
    assert.deepEqual(
      LISTING.symbols.map(({ since, until }) => [since, until]),
      [
        ['2024-08-01', '2024-08-02'],
        ['2024-08-01', '2024-08-03'],
        ['2024-08-02', undefined],
        ['2024-08-02', '2024-08-02'],
        ['2024-08-01', '2024-08-01'],
      ],
    )
  })

  it('says of each day what the planner downloads', () => {
    for (const on of ['2024-07-31', '2024-08-01', '2024-08-02', '2024-08-03', '2024-08-04']) {
      const symbols = DETAILS.datasets.symbols.map(({ id }) => id)
      const { items } = datasetsForDay(DETAILS, on, { dataTypes: ['trades'], symbols })
      assert.deepEqual(
        chosen({ on, dataTypes: ['trades'] }),
        items.map(item => item.symbol),
        on,
      )
    }
  })

  it('chooses by type, data type, pattern and exception, and names compare as datasets are named', () => {
    assert.deepEqual(chosen({}), ['BTC-1', 'BTC-2', 'ETH/USD:x', 'XRP-0', 'SOL-0'])
    assert.deepEqual(chosen({ types: ['spot', 'future'] }), ['ETH/USD:x', 'SOL-0'])
    assert.deepEqual(chosen({ dataTypes: ['quotes'] }), ['ETH/USD:x', 'SOL-0'])
    assert.deepEqual(chosen({ match: ['btc*', 'eth-usd-?'] }), ['BTC-1', 'BTC-2', 'ETH/USD:x'])
    assert.deepEqual(chosen({ match: ['btc*'], exclude: ['*-2'] }), ['BTC-1'])
  })

  it('sums a venue up, which has no last day while one symbol is recorded', () => {
    const summary = summaryOf(LISTING)
    assert.deepEqual(summary, {
      ...{ venue: 'deribit', symbols: 5, types: ['future', 'option', 'spot'], since: '2024-08-01' },
      dataTypes: ['quotes', 'trades'],
    })
    const ended = summaryOf({ ...LISTING, symbols: LISTING.symbols.filter(({ until }) => until) })
    assert.equal(ended.until, '2024-08-03')
    const isChosen = (choice: Parameters<typeof venueFilter>[0]) => venueFilter(choice)(ended)
    assert.deepEqual(
      [isChosen({ on: '2024-08-03' }), isChosen({ on: '2024-08-04' }), isChosen({ on: '2024-07-31' })],
      [true, false, false],
    )
    assert.deepEqual([isChosen({ match: ['der*'] }), isChosen({ types: ['spot'] })], [true, false])
  })
})
