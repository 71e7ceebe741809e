import assert from 'node:assert/strict'
import { isVenuePattern, usesVenuePatterns, venuePatternsOfNone, venuesLike } from '../../functions/market/venues.ts'

const KNOWN = ['deribit', 'binance-futures', 'binance']

describe('market/venues', () => {
  it('takes names as they are, also unknown ones, and patterns for the known venues that fit them, each once', () => {
    assert.deepEqual(venuesLike(['other', 'binance', 'bin*'], KNOWN), ['other', 'binance', 'binance-futures'])
    assert.deepEqual(venuesLike(['x*'], KNOWN), [])
    assert.deepEqual(venuesLike(['*'], KNOWN), ['binance', 'binance-futures', 'deribit'])
    assert.deepEqual(venuePatternsOfNone(['x*', 'd*', 'y'], KNOWN), ['x*'])
  })

  it('knows venues that have a pattern among them', () => {
    assert.deepEqual([['a', 'b*'], ['a'], [], undefined].map(usesVenuePatterns), [true, false, false, false])
  })

  it('takes for a pattern what could be a venue but for its stars', () => {
    assert.deepEqual(['bin*', 'b?nance', 'binance', 'B*', '*/..', '*'.repeat(65)].map(isVenuePattern), [
      true,
      true,
      ...Array(4).fill(false),
    ])
  })
})
