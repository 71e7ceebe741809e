import assert from 'node:assert/strict'
import { receiptsOf } from '../../functions/fetch/receipts.ts'
import type { BatchName } from '../../functions/ledger/ledger.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { Receipt } from '../../functions/ledger/receipt.ts'
import { DAY } from './world.ts'

const PLAN_ID = 'abcdefabcdef'
const ITEM = { dataType: 'trades', symbol: 'A' }
const planOf = (sizes: readonly number[]) =>
  ({ ...DAY, batches: sizes.map((size, index) => ({ plan: PLAN_ID, index, items: Array(size).fill(ITEM) })) }) as Plan

describe('receiptsOf', () => {
  it('reads the receipts of the batches that have items, at most 8 at once', async () => {
    const { signal } = new AbortController()
    let [open, most] = [0, 0]
    const asked: BatchName[] = []
    const readReceipt = async (name: BatchName, given?: AbortSignal) => {
      assert.equal(given, signal)
      asked.push(name)
      most = Math.max(most, ++open)
      await new Promise(resolve => setImmediate(resolve))
      open -= 1
      return name.index === 1 ? ({ index: 1 } as Receipt) : undefined
    }
    const found = new Map<number, unknown>()
    const plan = planOf([1, 2, 0, ...Array<number>(20).fill(1)])
    for await (const { batch, receipt } of receiptsOf({ readReceipt }, plan, signal)) {
      assert.equal(batch, plan.batches[batch.index])
      found.set(batch.index, receipt)
    }
    assert.equal(most, 8)
    assert.deepEqual(asked[1], { ...DAY, plan: PLAN_ID, index: 1 })
    assert.deepEqual([found.size, found.has(2), found.get(0), found.get(1)], [22, false, undefined, { index: 1 }])
  })
})
