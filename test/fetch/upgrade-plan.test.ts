import assert from 'node:assert/strict'
import { addUpgrade, outdatedItems } from '../../functions/fetch/upgrade.ts'
import { shortHash } from '../../functions/ledger/forced.ts'
import type { BatchName } from '../../functions/ledger/ledger.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { Receipt } from '../../functions/ledger/receipt.ts'
import { DAY } from './world.ts'

const LIMITS = { batchSize: 10, batchMaxBytes: 1e12 }
const [A, B, C] = ['A', 'B', 'C'].map(symbol => ({ dataType: 'trades', symbol })) as [Item, Item, Item]
type Item = { dataType: string; symbol: string }
const planOf = (...batches: Item[][]) =>
  ({ ...DAY, plan: 'abcdef', batches: batches.map((items, index) => ({ plan: 'abcdef', index, items })) }) as Plan

describe('the plan of an upgrade', () => {
  const before = planOf([B, C], [A])

  it('moves the items into one more batch, whose id follows from the venue-day and the message', () => {
    const id = shortHash('upgrade', DAY, 'm1')
    const plan = addUpgrade(before, [A, B], 3, 'm1', LIMITS)
    assert.deepEqual(plan, {
      ...before,
      plan: id,
      batches: [
        { plan: 'abcdef', index: 0, items: [C] },
        { plan: 'abcdef', index: 1, items: [] },
        { plan: id, index: 0, upgrade: 3, items: [A, B] },
      ],
    })
  })

  it('is the same for each delivery of the message, and another for another message', () => {
    const plan = addUpgrade(before, [A], 3, 'm1', LIMITS)
    assert.equal(addUpgrade(plan, [A, B], 3, 'm1', LIMITS), plan)
    assert.equal(addUpgrade(plan, [B], 3, 'm2', LIMITS).batches.length, 4)
  })

  it('is the plan before where nothing is outdated', () => {
    assert.equal(addUpgrade(before, [], 3, 'm1', LIMITS), before)
  })
})

describe('outdated items', () => {
  const stored = (item: Item, converterVersion?: number) => ({ ...item, object: 'o', converterVersion })

  it('are those that an older version wrote, in order, whichever receipt is read first', async () => {
    const results = [[stored(B, 2), stored(C, 3)], [stored(A)]]
    const readReceipt = async ({ index }: BatchName) => ({ results: results[index] }) as unknown as Receipt
    const { signal } = new AbortController()
    const of = (version: number) =>
      outdatedItems({ readReceipt }, planOf([B, C], [A]), { trades: 'all' }, version, signal)
    assert.deepEqual(await of(3), [A, B])
    assert.deepEqual(await of(4), [A, B, C])
    assert.deepEqual(await of(1), [A])
    assert.deepEqual(await outdatedItems({ readReceipt }, planOf([B, C], [A]), { trades: ['C'] }, 3, signal), [])
  })
})
