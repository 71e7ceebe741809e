import assert from 'node:assert/strict'
import fc from 'fast-check'
import { growPlan } from '../../functions/fetch/plan.ts'
import { planCovers } from '../../functions/ledger/coverage.ts'
import { isForcedBy } from '../../functions/ledger/forced.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { type Scope, scopeOf } from '../../functions/market/scope.ts'
import { type Selection, selectorsOf } from '../../functions/market/selector.ts'
import type { ExchangeDetails } from '../../functions/tardis/exchange.ts'

const DAY = { venue: 'deribit', date: '2024-08-08' }
const LIMITS = { batchSize: 100, batchMaxBytes: 2 ** 31 }

/** Symbols with their type and data types, listed on the day; the last one only later. */
const LISTED: readonly (readonly [string, string, readonly string[]])[] = [
  ['OPTIONS', 'option', ['options_chain', 'quotes']],
  ['BTC-PERPETUAL', 'perpetual', ['trades', 'quotes']],
  ['ETH-PERPETUAL', 'perpetual', ['trades', 'quotes']],
  ['BTC-1-C', 'option', ['trades', 'options_chain']],
  ['BTC-1-P', 'option', ['trades', 'options_chain']],
]
const details = (symbols = LISTED, exportedUntil = '2024-08-10T00:00:00.000Z'): ExchangeDetails => ({
  venue: DAY.venue,
  datasets: {
    exportedUntil,
    symbols: [...symbols, ['BTC-2-C', 'option', ['trades']] as const].map(([id, type, dataTypes]) => ({
      ...{ id, type, dataTypes: [...dataTypes], availableTo: undefined },
      availableSince: id === 'BTC-2-C' ? '2024-08-09T00:00:00.000Z' : '2020-01-01T00:00:00.000Z',
    })),
  },
  incidentReports: [],
})

const scope = (selection: Selection, types = ['trades']) => scopeOf(types, selectorsOf(selection))
const grow = (asked: Scope, current?: Plan, of = details(), forcedBy?: string) =>
  growPlan(current, DAY, { scope: asked, ...(forcedBy && { forcedBy }) }, of, LIMITS)
const items = ({ batches }: Plan) => batches.flatMap(batch => batch.items.map(one => `${one.dataType}/${one.symbol}`))
const covers = (plan: Plan, asked: Scope) => planCovers({ readPlan: async () => plan }, DAY, plan.scope as Scope, asked)

describe('a plan with selectors', () => {
  it('has what a pattern means on its day, and keeps the pattern with it', () => {
    const plan = grow(scope({ symbols: ['btc-*'] }))
    assert.deepEqual(items(plan), ['trades/BTC-1-C', 'trades/BTC-1-P', 'trades/BTC-PERPETUAL'])
    assert.deepEqual(plan.scope, { trades: ['BTC-*'] })
    assert.deepEqual(plan.selectors, [
      { selector: 'BTC-*', dataTypes: ['trades'], symbols: ['BTC-1-C', 'BTC-1-P', 'BTC-PERPETUAL'] },
    ])
    assert.equal(JSON.stringify(grow(scope({ symbols: ['BTC-*'] }), plan)), JSON.stringify(plan))
  })

  it('has a whole type as "all" would have it: its instruments, or its grouped symbol', () => {
    const plan = grow(scope({ instrumentTypes: ['option'] }, ['trades', 'options_chain', 'quotes']))
    assert.deepEqual(items(plan), ['options_chain/OPTIONS', 'quotes/OPTIONS', 'trades/BTC-1-C', 'trades/BTC-1-P'])
  })

  it('has the instruments of a pattern, never a grouped symbol, which has others too', () => {
    const asked = { symbols: ['*'], instrumentTypes: ['option'], exclude: ['*-P'] }
    assert.deepEqual(items(grow(scope(asked, ['options_chain', 'quotes', 'trades']))), [
      'options_chain/BTC-1-C',
      'trades/BTC-1-C',
    ])
  })

  it('names a selector that nothing fits as unlisted, and is not waiting for it', async () => {
    const asked = scope({ symbols: ['XRP-*', 'BTC-PERPETUAL'] })
    const plan = grow(asked)
    assert.deepEqual(plan.unlisted, [{ dataType: 'trades', symbol: 'XRP-*' }])
    assert.deepEqual(plan.selectors, [{ selector: 'XRP-*', dataTypes: ['trades'], symbols: [] }])
    assert.ok(await covers(plan, asked))
  })

  it('waits for the export of its day before it resolves anything', () => {
    const early = grow(scope({ symbols: ['BTC-*'] }), undefined, details(LISTED, '2024-08-08T00:00:00.000Z'))
    assert.deepEqual([early.status, early.scope, early.selectors], ['pending', { trades: ['BTC-*'] }, undefined])
    assert.equal(items(grow(scope({ symbols: ['ETH-PERPETUAL'] }), early)).length, 4)
  })

  it('only grows: a symbol that the vendor lists no longer stays with its selector', () => {
    const plan = grow(scope({ symbols: ['BTC-*'] }))
    const later = grow(scope({ symbols: ['BTC-*'] }), plan, details(LISTED.slice(0, 3)))
    assert.deepEqual([later.selectors, items(later)], [plan.selectors, items(plan)])
  })

  it('covers its selector and each symbol of it, and not everything', async () => {
    const plan = grow(scope({ symbols: ['BTC-*'] }))
    assert.ok(await covers(plan, scope({ symbols: ['BTC-*'] })))
    assert.ok(await covers(plan, scope({ symbols: ['BTC-PERPETUAL', 'BTC-1-*'] })))
    for (const wider of [{ symbols: ['*'] }, { symbols: ['ETH-PERPETUAL'] }, { instrumentTypes: ['option'] }])
      assert.ok(!(await covers(plan, scope(wider))), JSON.stringify(wider))
  })

  it('covers a symbol of a type by what the type resolved to, without the vendor', async () => {
    const plan = grow(scope({ instrumentTypes: ['perpetual'] }))
    assert.ok(await covers(plan, scope({ symbols: ['BTC-PERPETUAL'] })))
    assert.ok(!(await covers(plan, scope({ symbols: ['BTC-1-C'] }))))
    assert.ok(!(await covers(plan, scope({ instrumentTypes: ['perpetual'] }, ['quotes']))))
  })

  it('with all symbols covers every selector, and takes no file twice for one', async () => {
    const plan = grow(scope({}, ['options_chain', 'trades']))
    const asked = scope({ symbols: ['BTC-*'], instrumentTypes: ['option'] }, ['options_chain', 'trades'])
    assert.ok(await covers(plan, asked))
    assert.deepEqual(items(grow(asked, plan)), items(plan))
  })

  it('covers a request once it is planned, whatever was planned before and whatever is listed', async () => {
    const symbol = fc.constantFrom('BTC-*', 'BTC-1-?', '*-C', 'BTC-PERPETUAL', 'OPTIONS', 'NONE', 'X*')
    const selection = fc.record(
      {
        symbols: fc.array(symbol, { minLength: 1, maxLength: 3 }),
        instrumentTypes: fc.uniqueArray(fc.constantFrom('option', 'perpetual', 'spot'), { minLength: 1 }),
        exclude: fc.array(fc.constantFrom('*-P', 'BTC-PERPETUAL'), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [] },
    )
    const types = fc.uniqueArray(fc.constantFrom('trades', 'quotes', 'options_chain'), { minLength: 1 })
    const asked = fc.tuple(selection, types).map(([one, dataTypes]) => scope(one, dataTypes))
    const listings = fc.subarray([...LISTED], { minLength: 1 }).map(listed => details(listed))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(asked, listings), { minLength: 1, maxLength: 4 }), async steps => {
        let plan: Plan | undefined
        for (const [scope, listing] of steps) {
          const before: Plan | undefined = plan
          plan = grow(scope, before, listing)
          assert.ok(await covers(plan, scope))
          assert.deepEqual(grow(scope, plan, listing), plan, 'the same again changes nothing')
          assert.equal(new Set(items(plan)).size, items(plan).length)
          for (const item of before ? items(before) : []) assert.ok(items(plan).includes(item))
        }
      }),
    )
  })

  it('does again what a selector names, and knows afterwards that it has', () => {
    const all = grow(scope({}))
    const asked = scope({ instrumentTypes: ['perpetual'] })
    assert.equal(isForcedBy(all, DAY, 'again', asked), false)
    const forced = grow(asked, all, details(), 'again')
    assert.deepEqual(
      forced.batches.filter(batch => batch.force).flatMap(batch => batch.items.map(({ symbol }) => symbol)),
      ['BTC-PERPETUAL', 'ETH-PERPETUAL'],
    )
    assert.equal(isForcedBy(forced, DAY, 'again', asked), true)
  })

  it('has nothing to do again where a selector fits nothing', () => {
    const all = grow(scope({}))
    const asked = scope({ instrumentTypes: ['spot'] })
    assert.equal(isForcedBy(all, DAY, 'again', asked), false, 'the vendor has not been asked yet')
    assert.equal(isForcedBy(grow(asked, all, details(), 'again'), DAY, 'again', asked), true)
  })
})
