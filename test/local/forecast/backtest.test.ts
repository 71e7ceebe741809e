import assert from 'node:assert/strict'
import { estimateErrors, renderErrors } from '../../../functions/local/forecast/backtest.ts'
import type { KnownSize } from '../../../functions/local/forecast/sizes.ts'

const file = (symbol: string, date: string, rows: number, dataType = 'trades'): KnownSize => ({
  ...{ venue: 'binance', dataType, symbol, date, rows },
  ...{ bytes: rows * 5, sourceBytes: rows * 10 },
})

describe('errors of estimates', () => {
  it('compare each file with the median of the days before it', () => {
    const sizes = [
      file('BTCUSDT', '2024-08-03', 300),
      file('BTCUSDT', '2024-08-01', 100),
      file('BTCUSDT', '2024-08-02', 200),
      file('ETHUSDT', '2024-08-02', 50),
    ]
    // 100 for 200, then 150 for 300: both are half of it.
    assert.deepEqual(estimateErrors(sizes), [{ dataType: 'trades', files: 2, sourceBytes: 0.5, bytes: 0.5, rows: 0.5 }])
  })

  it('leave out files without rows, and symbols of one day', () => {
    assert.deepEqual(estimateErrors([file('A', '2024-08-01', 5), file('B', '2024-08-02', 5)]), [])
    assert.deepEqual(estimateErrors([file('A', '2024-08-01', 5), file('A', '2024-08-02', 0)]), [])
  })

  it('are printed by data type', () => {
    const sizes = ['trades', 'quotes'].flatMap(dataType => [
      file('A', '2024-08-01', 100, dataType),
      file('A', '2024-08-02', 125, dataType),
    ])
    assert.equal(
      renderErrors(estimateErrors(sizes)),
      `
estimates of --dry-run, each file from the days before it: median error
  data type  files  download  Parquet   rows
  quotes         1     20.0%    20.0%  20.0%
  trades         1     20.0%    20.0%  20.0%
`,
    )
    assert.match(renderErrors([]), /nothing to compare/)
  })
})
