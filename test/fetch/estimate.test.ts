import assert from 'node:assert/strict'
import { estimateSourceBytes } from '../../functions/fetch/estimate.ts'
import { INSTRUMENTS, KNOWN_DATA_TYPES } from '../../functions/market/names.ts'

const MEGABYTES: Readonly<Record<string, number>> = {
  ...{ incremental_book_L2: 64, book_snapshot_25: 40, book_snapshot_5: 15, quotes: 20, book_ticker: 15 },
  ...{ trades: 6, derivative_ticker: 2, liquidations: 0.1, options_chain: 20 },
}

const of = (dataType: string, symbol = 'BTCUSDT') => estimateSourceBytes({ dataType, symbol }) / 1_000_000

describe('estimateSourceBytes', () => {
  it('knows a typical size of each data type', () => {
    const found = Object.fromEntries(KNOWN_DATA_TYPES.map(dataType => [dataType, of(dataType)]))
    assert.deepEqual(found, MEGABYTES)
  })

  it('takes a data type that it does not know for a middling one, and instruments for a small one', () => {
    assert.deepEqual([of('candles'), of(INSTRUMENTS)], [20, 0.1])
  })

  it('counts a grouped file as twenty, except for instruments, which are few bytes each', () => {
    assert.deepEqual([of('trades', 'OPTIONS'), of('candles', 'SPOT'), of(INSTRUMENTS, 'OPTIONS')], [120, 400, 0.1])
  })
})
