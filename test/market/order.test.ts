import assert from 'node:assert/strict'
import { commonPrefix, dayStartMs } from '../../functions/market/days.ts'
import { compareText, compareVenueDays, itemNameKey, venueDayKey } from '../../functions/market/items.ts'

describe('market: order and keys', () => {
  it('orders texts by code units', () => {
    assert.equal(compareText('a', 'b'), -1)
    assert.equal(compareText('b', 'a'), 1)
    assert.equal(compareText('a', 'a'), 0)
    assert.equal(compareText('Z', 'a'), -1)
  })

  it('orders venue-days by venue, then by date', () => {
    const days = [
      { venue: 'okex', date: '2024-08-07' },
      { venue: 'binance', date: '2024-08-08' },
      { venue: 'binance', date: '2024-08-07' },
    ]
    assert.deepEqual(days.sort(compareVenueDays).map(venueDayKey), [
      'binance 2024-08-07',
      'binance 2024-08-08',
      'okex 2024-08-07',
    ])
  })

  it('names an item among those of all venue-days', () => {
    const name = { venue: 'binance', date: '2024-08-08', dataType: 'trades', symbol: 'BTCUSDT' }
    assert.equal(itemNameKey(name), 'binance 2024-08-08 trades/BTCUSDT')
  })

  it('finds what the days of a range begin with', () => {
    assert.equal(commonPrefix('2024-08-08', '2024-08-08'), '2024-08-08')
    assert.equal(commonPrefix('2024-08-08', '2024-08-19'), '2024-08-')
    assert.equal(commonPrefix('2024-08-01', '2025-08-01'), '202')
  })

  it('shows no more than the beginning of a text that is no day', () => {
    assert.throws(() => dayStartMs('x'.repeat(1000)), new RegExp(`found "${'x'.repeat(40)}", expected`))
  })
})
