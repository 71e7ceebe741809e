import assert from 'node:assert/strict'
import { scopeLines, scopeText } from '../../../functions/local/report/scope-text.ts'

describe('scopeText', () => {
  it('joins the data types that have the same symbols', () => {
    assert.equal(scopeText({ quotes: 'all', trades: 'all' }), 'quotes, trades (all symbols)')
    assert.equal(
      scopeText({ quotes: ['B', 'A'], trades: 'all', book_ticker: ['B', 'A'] }),
      'quotes, book_ticker (B, A); trades (all symbols)',
    )
  })

  it('counts symbols where they are many', () => {
    assert.equal(scopeText({ trades: ['A', 'B', 'C', 'D', 'E'] }), 'trades (5 symbols)')
  })
})

describe('scopeLines', () => {
  const day = (scope?: Record<string, 'all' | string[]>) =>
    ({ venue: 'v', date: '2024-08-01', status: 'complete', problems: [], ...(scope && { scope }) }) as const

  it('is one line where all days are recorded for the same, and says nothing of days without a manifest', () => {
    assert.deepEqual(scopeLines([day({ trades: 'all' }), day(), day({ trades: 'all' })], 3), ['trades (all symbols)'])
    assert.deepEqual(scopeLines([day()], 3), [])
  })

  it('is a line for each of several, with its days', () => {
    const reports = [day({ trades: 'all' }), day({ trades: ['A'] }), day({ trades: ['A'] }), day({ quotes: 'all' })]
    assert.deepEqual(scopeLines(reports, 2), [
      'trades (all symbols): 1 day',
      'trades (A): 2 days',
      'and 1 more (--json lists all)',
    ])
  })
})
