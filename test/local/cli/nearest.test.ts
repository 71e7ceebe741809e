import assert from 'node:assert/strict'
import { didYouMean, nearest } from '../../../functions/local/cli/nearest.ts'

const VENUES = ['binance', 'binance-futures', 'binance-us', 'bitmex', 'bitfinex', 'deribit', 'okex']

describe('nearest', () => {
  for (const [typed, found] of [
    ['binnance', ['binance']],
    ['binanec', ['binance']],
    ['BITMEX', ['bitmex']],
    ['deribt', ['deribit']],
    ['binance-future', ['binance-futures']],
    ['bina', ['binance', 'binance-futures', 'binance-us']],
    ['kraken', []],
    ['', []],
  ] as const) {
    it(`finds ${JSON.stringify(found)} for ${JSON.stringify(typed)}`, () => {
      assert.deepEqual(nearest(typed, VENUES, 3).slice(0, Math.max(1, found.length)), found)
    })
  }

  it('makes a question of it, or nothing', () => {
    assert.equal(didYouMean('bitmx', VENUES, 2), ' (did you mean bitmex?)')
    assert.equal(didYouMean('kraken', VENUES), '')
  })
})
