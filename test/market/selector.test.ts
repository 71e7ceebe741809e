import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  containment,
  isSelector,
  MAX_SELECTORS,
  selectionFault,
  selectionsOf,
  selectorMatcher,
  selectorsOf,
  wholeTypeOf,
} from '../../functions/market/selector.ts'

/** Listed symbols with their types, a grouped one among them. */
const LISTED = [
  ['BTC-PERPETUAL', 'perpetual'],
  ['BTC-27SEP24-60000-C', 'option'],
  ['BTC-27SEP24-60000-P', 'option'],
  ['ETH-27SEP24-60000-C', 'option'],
  ['OPTIONS', 'option'],
  ['btc/usd', 'spot'],
] as const
const chosen = (selection: Parameters<typeof selectorsOf>[0]) => {
  const fits = selectorMatcher(selectorsOf(selection) ?? ['*'])
  return LISTED.filter(([symbol, type]) => fits({ symbol, type })).map(([symbol]) => symbol)
}

describe('market/selector', () => {
  it('writes a selection as the entries of a scope', () => {
    assert.equal(selectorsOf({}), undefined)
    assert.deepEqual(selectorsOf({ symbols: ['ethusdt', 'BTC/USD*', 'ETHUSDT'] }), ['BTC-USD*', 'ETHUSDT'])
    assert.deepEqual(selectorsOf({ instrumentTypes: ['option', 'future'] }), ['future:*', 'option:*'])
    assert.deepEqual(selectorsOf({ symbols: ['BTC-*'], exclude: ['*-p', '*-C'] }), ['BTC-* without *-C,*-P'])
    assert.deepEqual(selectorsOf({ exclude: ['*UPUSDT'] }), ['* without *UPUSDT'])
    assert.deepEqual(selectorsOf({ symbols: ['A', 'B'], exclude: ['a'] }), ['B'])
  })

  it('takes the pattern of everything for no pattern', () => {
    for (const symbols of [['*'], ['**'], ['*', 'A']]) assert.equal(selectorsOf({ symbols }), undefined)
    assert.deepEqual(selectorsOf({ symbols: ['A***B'] }), ['A*B'])
  })

  it('chooses by name, pattern and type, less what is left out', () => {
    assert.deepEqual(
      chosen({ symbols: ['btc-*'] }),
      LISTED.slice(0, 3)
        .map(([symbol]) => symbol)
        .concat('btc/usd'),
    )
    assert.deepEqual(chosen({ symbols: ['btc-*'], instrumentTypes: ['option'], exclude: ['*-P'] }), [
      'BTC-27SEP24-60000-C',
    ])
    assert.deepEqual(chosen({ symbols: ['BTC-USD', 'BTC-PERPETUAL'], instrumentTypes: ['spot'] }), ['btc/usd'])
  })

  it('chooses a grouped symbol by its name or its type, never by a pattern', () => {
    assert.ok(!chosen({ symbols: ['OPT*'] }).includes('OPTIONS'))
    assert.deepEqual(chosen({ symbols: ['options'] }), ['OPTIONS'])
    assert.deepEqual(chosen({ symbols: ['options'], instrumentTypes: ['spot'] }), [])
    assert.ok(chosen({ instrumentTypes: ['option'] }).includes('OPTIONS'))
    assert.ok(!chosen({ instrumentTypes: ['option'], exclude: ['ETH-*'] }).includes('OPTIONS'))
    assert.deepEqual(['option:*', 'option:B*', 'option:* without A', '*', 'A'].map(wholeTypeOf), [
      'option',
      ...Array(4).fill(undefined),
    ])
  })

  it('has no name of a dataset for a selector, and every other entry', () => {
    assert.deepEqual(['BTC-USD', 'A without B', 'B*', 'spot:A', 'spot:*'].map(isSelector), [
      false,
      false,
      true,
      true,
      true,
    ])
  })

  it('reads back what it writes', () => {
    const name = fc.constantFrom('A', 'B*', 'C?', '*', 'OPTIONS')
    const selection = fc.record(
      {
        symbols: fc.array(name, { minLength: 1, maxLength: 3 }),
        instrumentTypes: fc.uniqueArray(fc.constantFrom('spot', 'option'), { minLength: 1 }),
        exclude: fc.array(fc.constantFrom('A', '*P', 'B'), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [] },
    )
    const symbol = fc.record({
      symbol: fc.constantFrom('A', 'AP', 'B', 'BX', 'CC', 'OPTIONS'),
      type: fc.constantFrom('spot', 'option'),
    })
    fc.assert(
      fc.property(selection, fc.array(symbol), (selection, symbols) => {
        const texts = selectorsOf(selection) ?? []
        const again = selectionsOf(texts).flatMap(one => selectorsOf(one)!)
        const [fits, fitsAgain] = [selectorMatcher(texts), selectorMatcher(again)]
        for (const one of symbols) assert.equal(fitsAgain(one), fits(one))
      }),
    )
  })

  it('never says that one entry contains another where a symbol of the other is not in it', () => {
    const glob = fc.string({ unit: fc.constantFrom('A', 'B', '*', '?'), minLength: 1, maxLength: 3 })
    const entry = fc
      .record(
        {
          symbols: fc.tuple(glob),
          instrumentTypes: fc.tuple(fc.constantFrom('spot', 'option')),
          exclude: fc.tuple(glob),
        },
        { requiredKeys: ['symbols'] },
      )
      .map(selection => selectorsOf(selection)?.[0] ?? '')
      .filter(text => text !== '')
    const symbol = fc.string({ unit: fc.constantFrom('A', 'B'), minLength: 1, maxLength: 3 })
    let yes = 0
    fc.assert(
      fc.property(entry, entry, fc.array(symbol), (outer, inner, symbols) => {
        if (containment(outer, inner) !== 'yes') return
        yes += outer === inner ? 0 : 1
        const [inOuter, inInner] = [selectorMatcher([outer]), selectorMatcher([inner])]
        for (const symbol of symbols) {
          for (const type of ['spot', 'option']) if (inInner({ symbol, type })) assert.ok(inOuter({ symbol, type }))
        }
      }),
      { numRuns: 3_000 },
    )
    assert.ok(yes > 20, `only ${yes} entries contain another one`)
  })

  it('contains what is within it, and asks where only the type of a symbol decides', () => {
    assert.equal(containment('BTC-*', 'BTC-2*'), 'yes')
    assert.equal(containment('BTC-*', 'option:BTC-* without *-P'), 'yes')
    assert.equal(containment('* without *-P', 'BTC-*'), 'no')
    assert.equal(containment('* without *-P', 'BTC-1-C'), 'yes')
    assert.equal(containment('* without *-P', 'BTC-1-P'), 'no')
    assert.equal(containment('option:BTC-*', 'BTC-1'), 'maybe')
    assert.equal(containment('option:BTC-*', 'BTC-*'), 'no')
    assert.equal(containment('option:BTC-*', 'spot:BTC-*'), 'no')
    assert.equal(containment('option:*', 'OPTIONS'), 'maybe')
    assert.equal(containment('O*', 'OPTIONS'), 'no')
    assert.equal(containment('BTC', 'BTC*'), 'no')
  })

  it('refuses too many selectors, and a selection of nothing', () => {
    const patterns = (count: number) => Array.from({ length: count }, (_, at) => `A${at}*`)
    assert.equal(selectionFault({ symbols: patterns(MAX_SELECTORS) }), undefined)
    assert.equal(selectionFault({ symbols: patterns(MAX_SELECTORS + 1) })?.field, 'symbols')
    assert.equal(selectionFault({ symbols: patterns(51), instrumentTypes: ['spot', 'option'] })?.field, 'symbols')
    assert.equal(selectionFault({ symbols: ['A'], exclude: ['A'] })?.field, 'exclude')
    assert.equal(selectionFault({}), undefined)
  })

  it('compares hostile patterns with many symbols in bounded time', () => {
    const hostile = Array.from({ length: 20 }, (_, at) => `${'*A'.repeat(60)}${at}`)
    const fits = selectorMatcher(selectorsOf({ symbols: hostile, exclude: hostile })!)
    const symbols = Array.from({ length: 200 }, (_, at) => ({ symbol: `${'A'.repeat(30)}B${at}`, type: 'spot' }))
    assert.equal(symbols.some(fits), false)
  })
})
