import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Asked, growPlan } from '../../functions/fetch/plan.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { scopeOf } from '../../functions/market/scope.ts'
import { detailsOf } from './fake-vendor.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
const LIMITS = { batchSize: 2, batchMaxBytes: 2 ** 31 }
const DETAILS = detailsOf({ C: ['trades'], A: ['trades', 'quotes'], B: ['trades', 'quotes'] })

const asked = (types: string[], symbols?: string[], forcedBy?: string): Asked => ({
  scope: scopeOf(types, symbols),
  ...(forcedBy && { forcedBy }),
})
const grow = (current: Plan | undefined, ask: Asked, details = DETAILS, limits = LIMITS) =>
  growPlan(current, DAY, ask, details, limits)
const names = (plan: Plan) =>
  plan.batches.map(batch => batch.items.map(item => `${item.dataType}/${item.symbol}`).join(' '))
const allItems = (plan: Plan) => names(plan).join(' ').split(' ').filter(Boolean).sort()

describe('growPlan', () => {
  it('cuts datasets into batches, in order of data type and symbol', () => {
    const plan = grow(undefined, asked(['trades', 'quotes']))
    assert.deepEqual(names(plan), ['quotes/A quotes/B', 'trades/A trades/B', 'trades/C'])
    assert.deepEqual(
      plan.batches.map(batch => [batch.plan, batch.index]),
      [0, 1, 2].map(index => [plan.plan, index]),
    )
    assert.deepEqual([plan.status, plan.scope, plan.unlisted], ['planned', { quotes: 'all', trades: 'all' }, []])
  })

  it('cuts by estimated bytes, with at least one item per batch', () => {
    const limits = { batchSize: 500, batchMaxBytes: 45_000_000 }
    assert.deepEqual(names(grow(undefined, asked(['trades', 'quotes']), DETAILS, limits)), [
      'quotes/A quotes/B',
      'trades/A trades/B trades/C',
    ])
    assert.equal(grow(undefined, asked(['trades']), DETAILS, { batchSize: 500, batchMaxBytes: 1 }).batches.length, 3)
  })

  it('changes nothing for the same request again, or a narrower one', () => {
    const plan = grow(undefined, asked(['trades']))
    assert.deepEqual(grow(plan, asked(['trades'])), plan)
    assert.deepEqual(grow(plan, asked(['trades'], ['A'])), plan)
  })

  it('grows by new batches under a new id, and keeps the old ones', () => {
    const first = grow(undefined, asked(['trades'], ['A']))
    const second = grow(first, asked(['trades', 'quotes']))
    assert.deepEqual(second.batches[0], first.batches[0])
    assert.deepEqual(names(second), ['trades/A', 'quotes/A quotes/B', 'trades/B trades/C'])
    assert.notEqual(second.plan, first.plan)
    assert.equal(second.batches[1]?.plan, second.plan)
  })

  it('adds what the vendor lists later, also of an earlier request', () => {
    const first = grow(undefined, asked(['trades']))
    const later = detailsOf({ A: ['trades'], B: ['trades'], C: ['trades'], D: ['trades'] })
    assert.deepEqual(names(grow(first, asked(['trades'], ['A']), later)), ['trades/A trades/B', 'trades/C', 'trades/D'])
  })

  it('keeps what the vendor no longer lists', () => {
    const first = grow(undefined, asked(['trades']))
    assert.deepEqual(grow(first, asked(['trades']), detailsOf({ A: ['trades'] })).batches, first.batches)
  })

  it('keeps symbols that the vendor does not have as unlisted, until it lists them', () => {
    const first = grow(undefined, asked(['trades', 'options_chain'], ['A', 'NONE']))
    assert.deepEqual(first.unlisted, [
      { dataType: 'options_chain', symbol: 'NONE' },
      { dataType: 'trades', symbol: 'NONE' },
    ])
    const missesOne = grow(undefined, asked(['trades', 'quotes'], ['C']))
    assert.deepEqual(missesOne.unlisted, [{ dataType: 'quotes', symbol: 'C' }])
    const later = grow(first, asked(['trades'], ['A']), detailsOf({ A: ['trades'], NONE: ['trades'] }))
    assert.deepEqual([names(later), later.unlisted], [['trades/A', 'trades/NONE'], []])
  })

  describe('a grouped symbol named where all of a type is planned', () => {
    const all = grow(undefined, asked(['trades', 'quotes', 'liquidations']))

    it('is unlisted where the vendor does not have it, of the types that others have', () => {
      const plan = grow(all, asked(['trades', 'liquidations'], ['SPOT']))
      assert.deepEqual(plan.unlisted, [
        { dataType: 'liquidations', symbol: 'SPOT' },
        { dataType: 'trades', symbol: 'SPOT' },
      ])
      assert.deepEqual(plan.batches, all.batches)
    })

    it('stays unlisted in later plans until the vendor lists it', () => {
      const named = grow(all, asked(['trades'], ['SPOT']))
      const later = grow(named, asked(['trades', 'quotes']))
      assert.deepEqual(later.unlisted, [{ dataType: 'trades', symbol: 'SPOT' }])
      const listed = grow(later, asked(['trades'], ['SPOT']), detailsOf({ A: ['trades'], SPOT: ['trades'] }))
      assert.deepEqual([listed.unlisted, names(listed).at(-1)], [[], 'trades/SPOT'])
    })

    it('does not concern other symbols, which "all" covers', () => {
      assert.deepEqual(grow(all, asked(['trades'], ['NONE'])).unlisted, [])
    })
  })

  it('is pending without batches while the day is not exported, and planned afterwards', () => {
    const early = { ...DETAILS, datasets: { ...DETAILS.datasets, exportedUntil: '2024-08-08T23:59:00.000Z' } }
    const pending = grow(undefined, asked(['trades']), early)
    assert.deepEqual([pending.status, pending.batches, pending.scope], ['pending', [], { trades: 'all' }])
    const planned = grow(pending, asked(['quotes']))
    assert.deepEqual(
      [planned.status, names(planned)],
      ['planned', ['quotes/A quotes/B', 'trades/A trades/B', 'trades/C']],
    )
  })

  it('names items as the vendor names its files', () => {
    const plan = grow(undefined, asked(['trades']), detailsOf({ 'xbt/usd': ['trades'] }))
    assert.deepEqual(names(plan), ['trades/XBT-USD'])
  })

  it('plans a grouped symbol that is named, although all of the data type is planned', () => {
    const symbols = { A: ['trades'], SPOT: ['trades'] }
    const first = grow(undefined, asked(['trades']), detailsOf(symbols))
    assert.deepEqual(names(first), ['trades/A'])
    assert.deepEqual(names(grow(first, asked(['trades'], ['SPOT']), detailsOf(symbols))), ['trades/A', 'trades/SPOT'])
  })

  it('carries the incidents that touch the day, as they are reported now', () => {
    const incident = { status: 'resolved', details: 'gap' }
    const details = {
      ...DETAILS,
      incidentReports: [
        { from: '2024-08-08T10:00:00Z', to: '2024-08-08T11:00:00Z', ...incident },
        { from: '2024-08-08T12:00:00Z', to: undefined, ...incident },
        { from: '2024-08-09T00:00:00Z', to: '2024-08-09T01:00:00Z', ...incident },
      ],
    }
    const plan = grow(undefined, asked(['trades']), details)
    assert.deepEqual(grow(plan, asked(['trades']), DETAILS).incidents, [])
    assert.deepEqual(plan.incidents, [
      { from: '2024-08-08T10:00:00Z', to: '2024-08-08T11:00:00Z', ...incident },
      { from: '2024-08-08T12:00:00Z', ...incident },
    ])
  })

  describe('forced', () => {
    const first = grow(undefined, asked(['trades', 'quotes']))

    it('moves the items that it names into new batches', () => {
      const plan = grow(first, asked(['trades'], ['A', 'B'], 'm1'))
      assert.deepEqual(names(plan), ['quotes/A quotes/B', '', 'trades/C', 'trades/A trades/B'])
      assert.deepEqual(
        plan.batches.map(batch => batch.force),
        [undefined, undefined, undefined, true],
      )
    })

    it('changes nothing when it is delivered again', () => {
      const plan = grow(first, asked(['trades'], ['A'], 'm1'))
      assert.deepEqual(grow(plan, asked(['trades'], ['A'], 'm1')), plan)
    })

    it('moves them again for another message', () => {
      const plan = grow(grow(first, asked(['trades'], ['A'], 'm1')), asked(['trades'], ['A'], 'm2'))
      assert.deepEqual(names(plan).slice(3), ['', 'trades/A'])
    })
  })

  it('has every item exactly once, and the same items for the same requests in any order', () => {
    const ask = fc.record({
      types: fc.subarray(['trades', 'quotes', 'liquidations'], { minLength: 1 }),
      symbols: fc.option(fc.subarray(['A', 'B', 'C', 'NONE', 'SPOT', 'OPTIONS'], { minLength: 1 }), { nil: undefined }),
      forcedBy: fc.option(fc.constantFrom('m1', 'm2'), { nil: undefined }),
    })
    const details = detailsOf({ C: ['trades'], A: ['trades', 'quotes'], B: ['trades', 'quotes'], SPOT: ['trades'] })
    const growAll = (asks: Asked[]) =>
      asks.reduce<Plan | undefined>((plan, one) => grow(plan, one, details), undefined)!
    fc.assert(
      fc.property(fc.array(ask, { minLength: 1, maxLength: 6 }), fc.gen(), (list, gen) => {
        const asks = list.map(({ types, symbols, forcedBy }) => asked(types, symbols, forcedBy))
        const shuffled = gen(fc.shuffledSubarray, asks, { minLength: asks.length, maxLength: asks.length })
        const [one, other] = [growAll(asks), growAll(shuffled)]
        assert.equal(new Set(allItems(one)).size, allItems(one).length)
        assert.deepEqual([allItems(one), one.scope, one.unlisted], [allItems(other), other.scope, other.unlisted])
        const ids = one.batches.map(batch => `${batch.plan}/${batch.index}`)
        assert.equal(new Set(ids).size, ids.length)
      }),
    )
  })
})
