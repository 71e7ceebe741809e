import assert from 'node:assert/strict'
import { forcedPlanId, isForcedBy } from '../../functions/ledger/forced.ts'
import { DAY, planOf } from './documents.ts'

const OTHER_DAY = { ...DAY, date: '2024-08-09' }
const TRADES = { trades: 'all' } as const

describe('ledger/forced', () => {
  it('makes one plan id of a day and what forces it, and others of others', () => {
    const id = forcedPlanId(DAY, 'message-1')
    assert.match(id, /^[0-9a-f]{12}$/)
    assert.equal(forcedPlanId({ ...DAY }, 'message-1'), id)
    const others = [forcedPlanId(DAY, 'message-2'), forcedPlanId(OTHER_DAY, 'message-1')]
    others.push(forcedPlanId({ ...DAY, venue: 'deribit' }, 'message-1'))
    assert.equal(new Set([id, ...others]).size, 4)
  })

  it('is done where the plan has a batch of the request, whatever else it has', () => {
    const plan = planOf([['A'], ['B']])
    assert.equal(isForcedBy(plan, DAY, 'message-1', TRADES), false)
    plan.batches.push({ plan: forcedPlanId(DAY, 'message-1'), index: 0, items: [{ dataType: 'trades', symbol: 'A' }] })
    assert.equal(isForcedBy(plan, DAY, 'message-1', TRADES), true)
    assert.equal(isForcedBy(plan, DAY, 'message-2', TRADES), false)
  })

  it('is done where the plan has nothing that the request names', () => {
    const plan = planOf([['A', 'B'], ['C']])
    assert.equal(isForcedBy(plan, DAY, 'message-1', { quotes: 'all' }), true)
    assert.equal(isForcedBy(plan, DAY, 'message-1', { trades: ['X'] }), true)
    assert.equal(isForcedBy(plan, DAY, 'message-1', { trades: ['B'] }), false)
    assert.equal(isForcedBy(planOf([]), DAY, 'message-1', TRADES), true)
  })
})
