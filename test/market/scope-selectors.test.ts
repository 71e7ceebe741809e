import assert from 'node:assert/strict'
import type { Item } from '../../functions/market/items.ts'
import { compareSelectors, covers, holder, type Scope, selectorsIn } from '../../functions/market/scope.ts'

/** Whether `trades` of the one covers `trades` of the other, and what was asked of the plan. */
function coverage(has: readonly string[], asked: readonly string[], isSettled: boolean) {
  const items: Item[] = []
  const isCovered = covers({ trades: has }, { trades: asked }, item => items.push(item) > 0 && isSettled)
  return { isCovered, items }
}

describe('market/scope: selectors', () => {
  it('covers a name or pattern that one of its selectors holds, and asks nothing', () => {
    for (const asked of ['BTC-1', 'BTC-1*'])
      assert.deepEqual(coverage(['A', 'ETH-*', 'BTC-*'], [asked], false), { isCovered: true, items: [] })
    assert.deepEqual(coverage(['A', 'ETH-*'], ['BTC-1'], true), { isCovered: false, items: [] })
  })

  it('asks the plan for a name whose type is not known, and believes it', () => {
    for (const isSettled of [true, false])
      assert.deepEqual(coverage(['ETH-*', 'option:BTC-*'], ['BTC-1'], isSettled), {
        isCovered: isSettled,
        items: [{ dataType: 'trades', symbol: 'BTC-1' }],
      })
  })

  it('covers a selector that it has, and no name that is like the text of one', () => {
    assert.ok(coverage(['option:* without A'], ['option:* without A'], false).isCovered)
    assert.ok(!coverage(['BTC'], ['option:BTC'], true).isCovered)
    assert.ok(!covers({}, { trades: ['A'] }, () => true))
    assert.ok(!covers({ quotes: 'all' }, { trades: 'all' }, () => true))
  })

  it('lists its selectors in order, each with its data types', () => {
    const scope: Scope = { book_ticker: 'all', quotes: ['A', 'spot:*'], trades: ['spot:*', 'option:B*'] }
    assert.deepEqual(selectorsIn(scope), [
      { selector: 'option:B*', dataTypes: ['trades'] },
      { selector: 'spot:*', dataTypes: ['quotes', 'trades'] },
    ])
    assert.equal(compareSelectors({ selector: 'a' }, { selector: 'b' }), -1)
  })

  it('holds what a selector resolved to, and by name what fits one that did not', () => {
    const resolved = [{ selector: 'A*', dataTypes: ['trades'], symbols: ['AX'] }]
    const has = holder({ trades: ['A*', 'B*'] }, resolved)
    const held = ['AX', 'AY', 'BX', 'C'].filter(symbol => has({ dataType: 'trades', symbol }))
    assert.deepEqual(held, ['AX', 'BX'])
    assert.ok(holder({ trades: ['A*'] })({ dataType: 'trades', symbol: 'AY' }))
  })
})
