import assert from 'node:assert/strict'
import fc from 'fast-check'
import { covers, scopeOf, uniteScopes } from '../../functions/market/scope.ts'

describe('market/scope: scopes', () => {
  it('cover what is within them', () => {
    const scope = uniteScopes(scopeOf(['trades']), scopeOf(['quotes'], ['A', 'B']))
    assert.ok(covers(scope, scopeOf(['trades'])))
    assert.ok(covers(scope, scopeOf(['trades', 'quotes'], ['B'])))
    assert.ok(!covers(scope, scopeOf(['quotes'])))
    assert.ok(!covers(scope, scopeOf(['quotes'], ['C'])))
    assert.ok(!covers(scope, scopeOf(['liquidations'])))
    assert.ok(!covers(scope, scopeOf(['constructor'])))
    assert.ok(!covers(scope, scopeOf(['trades'], ['SPOT'])), 'all leaves grouped symbols out')
  })

  it('united cover both, in whatever order, as the same text', () => {
    const scope = fc
      .dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.constant('all' as const), fc.subarray(['X', 'Y', 'Z'])))
      .map(entries => uniteScopes({}, entries))
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        const both = uniteScopes(a, b)
        assert.ok(covers(both, a) && covers(both, b))
        assert.equal(JSON.stringify(both), JSON.stringify(uniteScopes(b, a)))
        assert.deepEqual(uniteScopes(both, a), both)
      }),
    )
  })
})
