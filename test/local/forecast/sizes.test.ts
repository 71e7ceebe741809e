import assert from 'node:assert/strict'
import { createEstimator, type KnownSize, median } from '../../../functions/local/forecast/sizes.ts'

const size = (venue: string, dataType: string, symbol: string, sourceBytes: number): KnownSize => ({
  ...{ venue, dataType, symbol, date: '2024-08-01', sourceBytes },
  ...{ bytes: sourceBytes / 2, rows: sourceBytes / 10 },
})

describe('estimates of sizes', () => {
  const typical = () => 6_000
  const estimate = createEstimator(
    [
      ...[900, 1000, 1500, 4000].map(bytes => size('binance', 'trades', 'BTCUSDT', bytes)),
      size('binance', 'trades', 'ETHUSDT', 500),
      size('deribit', 'quotes', 'OPTIONS', 70),
    ],
    typical,
  )
  const of = (venue: string, dataType: string, symbol: string) => estimate({ venue, dataType, symbol })

  it('are the median of the same symbol, with the bounds that were seen', () => {
    const found = of('binance', 'trades', 'BTCUSDT')
    assert.deepEqual(found, {
      ...{ sourceBytes: 1250, bytes: 625, rows: 125, basis: 'symbol' },
      ...{ low: 900 / 1250, high: 4000 / 1250 },
    })
  })

  it('are wider where a symbol is stored once', () => {
    const { sourceBytes, low, high } = of('binance', 'trades', 'ETHUSDT')
    assert.deepEqual([sourceBytes, low, high], [500, 0.5, 2])
  })

  it('compare symbols as datasets are named', () => {
    assert.equal(of('binance', 'trades', 'btcusdt').basis, 'symbol')
  })

  it('come from other symbols of the venue, then from other venues, then from the table', () => {
    const venue = of('binance', 'trades', 'XRPUSDT')
    assert.deepEqual([venue.sourceBytes, venue.basis], [1000, 'venue'])
    const type = of('bitmex', 'quotes', 'XBTUSD')
    assert.deepEqual([type.sourceBytes, type.basis], [70, 'data type'])
    const table = of('bitmex', 'incremental_book_L2', 'XBTUSD')
    assert.deepEqual([table.sourceBytes, table.rows, table.bytes, table.basis], [6000, 1000, 3900, 'table'])
    assert.equal(of('bitmex', 'something_new', 'XBTUSD').basis, 'table')
  })

  it('take instruments by their number, unless the venue has some stored', () => {
    const stored = size('deribit', 'instruments', 'INSTRUMENTS', 900_000)
    const estimate = createEstimator([stored], typical)
    const of = (venue: string, rows?: number) =>
      estimate({ venue, dataType: 'instruments', symbol: 'INSTRUMENTS', ...(rows !== undefined && { rows }) })
    assert.deepEqual(of('binance', 2_000), {
      ...{ sourceBytes: 500_000, bytes: 13_500, rows: 2_000, basis: 'table', low: 0.5, high: 2 },
    })
    assert.deepEqual([of('deribit', 2_000).basis, of('deribit', 2_000).sourceBytes], ['symbol', 900_000])
    assert.equal(of('binance').basis, 'data type')
  })

  it('of files without bytes are zero, with bounds that are numbers', () => {
    const none = createEstimator(
      [size('a', 'trades', 'B', 0)],
      typical,
    )({ venue: 'a', dataType: 'trades', symbol: 'B' })
    assert.deepEqual([none.sourceBytes, none.low, none.high], [0, 0.5, 2])
  })

  it('take the middle value', () => {
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])], [2, 3, 7])
  })
})
