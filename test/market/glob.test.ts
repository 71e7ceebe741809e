import assert from 'node:assert/strict'
import fc from 'fast-check'
import { containsGlob, globMatcher, isGlob } from '../../functions/market/glob.ts'

describe('globMatcher', () => {
  const cases: readonly (readonly [pattern: string, fits: readonly string[], differs: readonly string[]])[] = [
    ['binance*', ['binance', 'binance-futures'], ['abinance', 'bitmex']],
    ['*futures', ['binance-futures', 'futures'], ['futures-x']],
    ['BTC?', ['BTC1', 'BTC-'], ['BTC', 'BTC12']],
    ['B*C**D', ['BCD', 'BxxCyyD'], ['BD', 'BCDx']],
    ['A.B', ['A.B'], ['AxB']],
    ['a-/b*', ['a-/b', 'a-/bc'], ['a/b']],
    ['(A|B)[C]+$^\\', ['(A|B)[C]+$^\\'], ['A', '(A']],
    ['?', ['😀'], ['', 'ab']],
    ['*', ['', 'any\nthing'], []],
  ]
  for (const [pattern, fits, differs] of cases) {
    it(`takes ${JSON.stringify(pattern)} for a pattern of whole names`, () => {
      const matches = globMatcher([pattern])
      for (const name of fits) assert.ok(matches(name), name)
      for (const name of differs) assert.ok(!matches(name), name)
    })
  }

  it('takes a name that fits one of several patterns, and none without patterns', () => {
    const matches = globMatcher(['trades', 'book*'])
    assert.deepEqual(['trades', 'book_ticker', 'quotes'].filter(matches), ['trades', 'book_ticker'])
    assert.equal(globMatcher(['x*', 'book*'])('book_ticker'), true)
    assert.equal(globMatcher([])('trades'), false)
  })

  it('needs no more steps for a pattern of many stars (an expression would go on for years)', () => {
    const matches = globMatcher([`${'*a'.repeat(40)}b`])
    assert.deepEqual([matches('a'.repeat(128)), matches(`${'a'.repeat(128)}b`)], [false, true])
  })

  it('tells a pattern from a name', () => {
    assert.deepEqual(['binance', 'bin*', 'b?nance'].map(isGlob), [false, true, true])
  })
})

describe('containsGlob', () => {
  const cases: readonly (readonly [outer: string, within: readonly string[], outside: readonly string[]])[] = [
    ['*', ['', 'A', '*', '?', 'A*B?'], []],
    ['BTC-*', ['BTC-*', 'BTC-1', 'BTC-*-P', 'BTC-?'], ['*', 'BTC', 'ETH-*', '?TC-1']],
    ['B?C', ['BTC', 'B?C'], ['B*C', 'BC']],
    ['BTC', ['BTC'], ['BTC*', 'BTC?']],
  ]
  for (const [outer, within, outside] of cases) {
    it(`knows what is within ${outer}`, () => {
      for (const inner of within) assert.ok(containsGlob(outer, inner), inner)
      for (const inner of outside) assert.ok(!containsGlob(outer, inner), inner)
    })
  }

  it('never says so where a name fits the inner pattern alone', () => {
    const pattern = fc.string({ unit: fc.constantFrom('A', 'B', '*', '?'), maxLength: 6 })
    const name = fc.string({ unit: fc.constantFrom('A', 'B'), maxLength: 6 })
    fc.assert(
      fc.property(pattern, pattern, name, (outer, inner, name) => {
        fc.pre(containsGlob(outer, inner) && globMatcher([inner])(name))
        assert.ok(globMatcher([outer])(name))
      }),
      { numRuns: 2_000 },
    )
  })
})
