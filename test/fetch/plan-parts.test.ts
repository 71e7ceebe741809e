import assert from 'node:assert/strict'
import { itemsToDo } from '../../functions/fetch/batch.ts'
import { cutBatches, forcedItems, growPlan, knownFields } from '../../functions/fetch/plan.ts'
import { forcedPlanId, shortHash } from '../../functions/ledger/forced.ts'
import type { Batch } from '../../functions/ledger/plan.ts'
import type { ItemResult } from '../../functions/ledger/receipt.ts'
import { scopeOf } from '../../functions/market/scope.ts'
import { datasetsOn } from '../../functions/tardis/items.ts'
import { detailsOf } from './fake-vendor.ts'
import { DAY } from './world.ts'

const LIMITS = { batchSize: 2, batchMaxBytes: 1e12 }
const DETAILS = detailsOf({ B: ['trades'], A: ['trades'] })
const NOT_EXPORTED = { ...DETAILS, datasets: { ...DETAILS.datasets, exportedUntil: '2024-08-08T00:00:00Z' } }
const item = (symbol: string, dataType = 'trades') => ({ dataType, symbol })
const asked = { scope: scopeOf(['trades']) }
const find = datasetsOn(DETAILS, DAY.date)

describe('the id of a plan', () => {
  it('follows from the venue-day and the items, or from the venue-day alone where there are none', () => {
    const plan = growPlan(undefined, DAY, asked, DETAILS, LIMITS)
    assert.equal(plan.plan, shortHash('items', DAY, ['trades/A', 'trades/B']))
    for (const details of [detailsOf({}), NOT_EXPORTED])
      assert.equal(growPlan(undefined, DAY, asked, details, LIMITS).plan, shortHash('empty', DAY))
  })

  it('follows from the message of a forced request, and stays where nothing is added', () => {
    const plan = growPlan(undefined, DAY, { ...asked, forcedBy: 'm1' }, DETAILS, LIMITS)
    const id = forcedPlanId(DAY, 'm1')
    assert.deepEqual([plan.plan, plan.batches.length, plan.batches[0]?.force], [id, 1, true])
    assert.equal(growPlan(plan, DAY, asked, DETAILS, LIMITS).plan, id)
  })
})

describe('cutBatches', () => {
  const of = (batchSize: number, batchMaxBytes: number) =>
    cutBatches([item('A'), item('B'), item('C'), item('D')], { batchSize, batchMaxBytes }).map(batch =>
      batch.map(({ symbol }) => symbol).join(''),
    )

  it('fills batches up to their items and their bytes', () => {
    assert.deepEqual(of(3, 1e12), ['ABC', 'D'])
    assert.deepEqual(of(9, 12_000_000), ['AB', 'CD'])
    assert.deepEqual(of(9, 11_999_999), ['A', 'B', 'C', 'D'])
    assert.deepEqual(of(9, 18_000_000), ['ABC', 'D'])
  })

  it('cuts nothing into no batches', () => {
    assert.deepEqual(cutBatches([], LIMITS), [])
  })
})

describe('forcedItems', () => {
  const forced = { ...asked, forcedBy: 'm1' }

  it('are the items of the scope in order, until the plan has the batches of the request', () => {
    assert.deepEqual(forcedItems(undefined, DAY, forced, find), [item('A'), item('B')])
    const plan = growPlan(undefined, DAY, forced, DETAILS, LIMITS)
    assert.deepEqual(forcedItems(plan, DAY, forced, find), [])
    assert.deepEqual(forcedItems(plan, DAY, { ...asked, forcedBy: 'm2' }, find), [item('A'), item('B')])
    const grown = growPlan(growPlan(undefined, DAY, asked, DETAILS, LIMITS), DAY, forced, DETAILS, LIMITS)
    assert.deepEqual([grown.batches.length, forcedItems(grown, DAY, forced, find)], [2, []])
  })

  it('are none without force, and of a day that is not exported', () => {
    assert.deepEqual(forcedItems(undefined, DAY, asked, find), [])
    assert.deepEqual(forcedItems(undefined, DAY, forced, datasetsOn(NOT_EXPORTED, DAY.date)), [])
  })

  it('name the generation of the object that is there, and none where there is none', () => {
    const present = new Map([['trades/A', '5']])
    const plan = growPlan(undefined, DAY, { ...forced, present }, DETAILS, LIMITS)
    assert.deepEqual(plan.batches[0]?.items, [{ ...item('A'), replaces: '5' }, item('B')])
  })
})

describe('a plan of a day that is not exported any more', () => {
  it('keeps its batches, its selectors and what is unlisted', () => {
    const ask = { scope: scopeOf(['trades'], ['A', 'Z', 'B*']) }
    const plan = growPlan(undefined, DAY, ask, DETAILS, LIMITS)
    assert.deepEqual(plan.unlisted, [item('Z')])
    const pending = growPlan(plan, DAY, asked, NOT_EXPORTED, LIMITS)
    const { batches, selectors, unlisted } = plan
    assert.deepEqual(pending, { ...pending, status: 'pending', plan: plan.plan, batches, selectors, unlisted })
    assert.ok(selectors)
    assert.ok(!('selectors' in growPlan(undefined, DAY, asked, NOT_EXPORTED, LIMITS)))
  })
})

describe('what is unlisted', () => {
  it('is in order, of all types where the vendor has nothing of the symbol, and of none that it has for no symbol', () => {
    const ask = { scope: scopeOf(['trades', 'quotes'], ['Z', 'A', 'Y']) }
    const { unlisted } = growPlan(undefined, DAY, ask, DETAILS, LIMITS)
    assert.deepEqual(unlisted, [item('Y', 'quotes'), item('Z', 'quotes'), item('Y'), item('Z')])
  })
})

describe('the selectors of a plan', () => {
  it('are absent where none is asked for, and in order of their texts', () => {
    assert.ok(!('selectors' in growPlan(undefined, DAY, asked, DETAILS, LIMITS)))
    const first = growPlan(undefined, DAY, { scope: scopeOf(['trades'], ['B*']) }, DETAILS, LIMITS)
    const both = growPlan(first, DAY, { scope: scopeOf(['trades'], ['A*']) }, DETAILS, LIMITS)
    assert.deepEqual(
      both.selectors,
      both.selectors?.toSorted((a, b) => (a.selector < b.selector ? -1 : 1)),
    )
    assert.equal(both.selectors?.length, 2)
  })
})

describe('an incident', () => {
  it('has the known fields alone, and no end where it has none', () => {
    const incident = { from: 'a', status: 'b', details: 'c' }
    assert.deepEqual(knownFields({ ...incident, later: 1 } as never), incident)
    assert.deepEqual(knownFields({ ...incident, to: 'd', later: 1 } as never), { ...incident, to: 'd' })
  })
})

describe('itemsToDo', () => {
  it('are those without a result, then those that failed or were forbidden', () => {
    const batch: Batch = { plan: 'abcdef', index: 0, items: 'ABCDEF'.split('').map(symbol => item(symbol)) }
    const statuses = { A: 'failed', B: 'stored', C: 'empty', D: 'missing', E: 'forbidden' }
    const results = Object.entries(statuses).map(([symbol, status]) => ({ ...item(symbol), status }) as ItemResult)
    assert.deepEqual(itemsToDo(batch, [...results, { ...item('Z'), status: 'failed' } as ItemResult]), [
      item('F'),
      item('A'),
      item('E'),
    ])
  })
})
