import assert from 'node:assert/strict'
import fc from 'fast-check'
import { countNamedItems, covers, holder, type Scope, scopeOf, uniteScopes } from '../../functions/market/scope.ts'

const none = () => false
const holds = (scope: Scope, asked: Scope) => covers(scope, asked, none)

describe('market/scope', () => {
  it('covers what is within it', () => {
    const scope = uniteScopes(scopeOf(['trades']), scopeOf(['quotes'], ['A', 'B']))
    assert.ok(holds(scope, scopeOf(['trades'])))
    assert.ok(holds(scope, scopeOf(['trades', 'quotes'], ['B'])))
    assert.ok(!holds(scope, scopeOf(['quotes'])))
    assert.ok(!holds(scope, scopeOf(['quotes'], ['C'])))
    assert.ok(!holds(scope, scopeOf(['liquidations'])))
  })

  it('of all symbols covers a grouped symbol only if that is planned', () => {
    const scope = scopeOf(['trades'])
    const asked: unknown[] = []
    const planned = (isPlanned: boolean) => (group: object) => asked.push(group) > 0 && isPlanned
    assert.ok(!covers(scope, scopeOf(['trades'], ['A', 'SPOT']), planned(false)))
    assert.ok(covers(scope, scopeOf(['trades'], ['A', 'SPOT']), planned(true)))
    assert.deepEqual(asked, Array(2).fill({ dataType: 'trades', symbol: 'SPOT' }))
  })

  it('takes no data type for a member that every object has', () => {
    for (const type of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf']) {
      assert.ok(!holds(scopeOf(['trades']), scopeOf([type])))
      assert.deepEqual(uniteScopes({}, scopeOf([type], ['A'])), { [type]: ['A'] })
      assert.deepEqual(uniteScopes(scopeOf([type]), scopeOf(['trades'])), { [type]: 'all', trades: 'all' })
    }
  })

  it('has instruments whole, whatever the symbols', () => {
    assert.deepEqual(scopeOf(['instruments', 'trades'], ['A']), { instruments: 'all', trades: ['A'] })
  })

  it('united covers both, in whatever order, as the same text', () => {
    const scope = fc
      .dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.constant('all' as const), fc.subarray(['X', 'Y', 'Z'])))
      .map(entries => uniteScopes({}, entries))
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        const both = uniteScopes(a, b)
        assert.ok(holds(both, a) && holds(both, b))
        assert.equal(JSON.stringify(both), JSON.stringify(uniteScopes(b, a)))
        assert.deepEqual(uniteScopes(both, a), both)
      }),
    )
  })

  it('holds the items of its symbols, and all items of a data type that it has whole', () => {
    const scope: Scope = { trades: 'all', quotes: ['A'], liquidations: [] }
    const isOfScope = holder(scope)
    const has = (dataType: string, symbol: string) => isOfScope({ dataType, symbol })
    assert.ok(has('trades', 'A') && has('trades', 'B') && has('quotes', 'A'))
    assert.ok(!has('quotes', 'B') && !has('liquidations', 'A') && !has('options_chain', 'A') && !has('toString', 'A'))
  })

  it('counts the items that it names, and none of a data type that it has whole', () => {
    assert.equal(countNamedItems({ trades: 'all', quotes: ['A', 'B'], liquidations: ['A'] }), 3)
    assert.equal(countNamedItems({ trades: 'all' }), 0)
    assert.equal(countNamedItems({}), 0)
  })

  it('lists data types and symbols in order, each once', () => {
    assert.equal(
      JSON.stringify(scopeOf(['trades', 'quotes', 'book_ticker'], ['B', 'A', 'B'])),
      '{"book_ticker":["A","B"],"quotes":["A","B"],"trades":["A","B"]}',
    )
    assert.equal(JSON.stringify(scopeOf(['trades'], [])), '{"trades":[]}')
  })
})
