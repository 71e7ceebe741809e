import assert from 'node:assert/strict'
import { datasetSymbol } from '../../functions/market/symbols.ts'
import { datasetPath } from '../../functions/tardis/path.ts'

describe('tardis/path', () => {
  const path = (symbol: string) => datasetPath({ venue: 'v', dataType: 'trades', date: '2024-08-08', symbol })

  it('names venue, data type, day and symbol as the vendor does', () => {
    const name = { venue: 'binance-futures', dataType: 'incremental_book_L2', date: '2024-08-08', symbol: 'BTCUSDT' }
    assert.equal(datasetPath(name), 'binance-futures/incremental_book_L2/2024/08/08/BTCUSDT.csv.gz')
  })

  it('writes symbols upper-case, with dashes for slashes and colons, percent-encoded', () => {
    assert.equal(path('xbt/usd'), 'v/trades/2024/08/08/XBT-USD.csv.gz')
    assert.equal(path('BTCF0:USTF0'), 'v/trades/2024/08/08/BTCF0-USTF0.csv.gz')
    assert.equal(path('BTC_USDC-21NOV25-90000-C'), 'v/trades/2024/08/08/BTC_USDC-21NOV25-90000-C.csv.gz')
    assert.equal(path('a b?c#d%é'), 'v/trades/2024/08/08/A%20B%3FC%23D%25%C3%89.csv.gz')
    assert.equal(datasetSymbol('btc/usd:x'), 'BTC-USD-X')
  })

  it('refuses parts that would lead out of their folder', () => {
    for (const venue of ['', '.', '..'])
      assert.throws(
        () => datasetPath({ venue, dataType: 'trades', date: '2024-08-08', symbol: 'A' }),
        new RangeError(`"${venue}" cannot be part of a dataset's path`),
      )
    assert.equal(path('../../x'), 'v/trades/2024/08/08/..-..-X.csv.gz')
    assert.throws(
      () => datasetPath({ venue: 'v', dataType: 't', date: '2024-8-8', symbol: 'A' }),
      /"2024-8-8".*YYYY-MM-DD/,
    )
  })
})
