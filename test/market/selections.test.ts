import assert from 'node:assert/strict'
import {
  containment,
  isSelector,
  MAX_SELECTORS,
  selectionFault,
  selectionOf,
  selectionsOf,
  selectorMatcher,
  usesSelectors,
} from '../../functions/market/selector.ts'

describe('a selection', () => {
  it('is taken from what has other fields too, without those that are not given', () => {
    const full = { symbols: ['A'], instrumentTypes: ['spot'], exclude: ['B'] }
    assert.deepEqual(selectionOf({ ...full, venue: 'binance' } as object), full)
    assert.deepEqual(selectionOf({}), {})
    for (const [field, value] of Object.entries(full))
      assert.deepEqual(selectionOf({ [field]: value }), { [field]: value })
  })

  it('uses selectors where it has a type, an exclusion or one pattern', () => {
    for (const selection of [{ instrumentTypes: ['spot'] }, { exclude: ['A'] }, { symbols: ['A', 'B*'] }])
      assert.equal(usesSelectors(selection), true, JSON.stringify(selection))
    for (const selection of [{}, { symbols: ['A', 'B'] }]) assert.equal(usesSelectors(selection), false)
  })

  it('is written back as requests write it', () => {
    assert.deepEqual(selectionsOf(['A', 'B*']), [{ symbols: ['A', 'B*'] }])
    assert.deepEqual(selectionsOf(['option:*', 'option:A']), [{ instrumentTypes: ['option'] }])
    assert.deepEqual(selectionsOf(['* without A', 'spot:B* without A']), [
      { exclude: ['A'] },
      { symbols: ['B*'], instrumentTypes: ['spot'], exclude: ['A'] },
    ])
  })

  it('says what is wrong with it', () => {
    assert.equal(
      selectionFault({ symbols: ['A'], exclude: ['*'] })?.text,
      'names and patterns that leave at least one symbol over',
    )
    const symbols = Array.from({ length: MAX_SELECTORS + 1 }, (_, at) => `A${at}*`)
    const expected = 'at most 100 selectors (patterns, or names with types; these are 101)'
    assert.equal(selectionFault({ symbols })?.text, expected)
  })
})

describe('an entry of a scope', () => {
  it('is a selector only where a type stands at its beginning', () => {
    assert.deepEqual(['spot:A', 'A spot:B', 'A:B'].map(isSelector), [true, false, false])
  })

  it('chooses instruments of its type alone, and no unknown type', () => {
    const fits = (text: string, symbol: string, type?: string) => selectorMatcher([text])({ symbol, type })
    assert.equal(fits('option:B*', 'BTC', 'option'), true)
    assert.equal(fits('option:B*', 'BTC', 'spot'), false)
    assert.equal(fits('option:B*', 'ETH', 'option'), false)
    assert.equal(fits('undefined:A', 'A'), false)
    assert.equal(fits('*', 'OPTIONS', 'option'), false)
  })

  it('contains itself, and what its type, pattern and exclusions hold', () => {
    const table: readonly (readonly [outer: string, inner: string, expected: string])[] = [
      ['BTC', 'BTC', 'yes'],
      ['BTC', 'option:BTC', 'no'],
      ['option:*', 'option:OPTIONS', 'no'],
      ['option:BTC-*', 'option:BTC-1*', 'yes'],
      ['option:BTC-*', 'spot:BTC-1', 'no'],
      ['BTC-* without *-P', 'BTC-1* without *-P', 'yes'],
      ['BTC-* without *-P', 'BTC-1* without *-C', 'no'],
      ['BTC-* without *-P,*-C', 'BTC-1* without *-P', 'no'],
    ]
    for (const [outer, inner, expected] of table) assert.equal(containment(outer, inner), expected, `${outer} ${inner}`)
  })
})
