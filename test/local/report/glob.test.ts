import assert from 'node:assert/strict'
import { globMatcher, isGlob } from '../../../functions/local/report/glob.ts'

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
