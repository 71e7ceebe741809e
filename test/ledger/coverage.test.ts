import assert from 'node:assert/strict'
import { planCovers } from '../../functions/ledger/coverage.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { scopeOf } from '../../functions/market/scope.ts'

const DAY = { venue: 'deribit', date: '2024-08-08' }
const SCOPE = scopeOf(['trades', 'options_chain', 'quotes', 'liquidations'])
const PLAN: Plan = {
  schemaVersion: 1,
  ...DAY,
  plan: 'abcdef',
  status: 'planned',
  scope: { ...SCOPE } as Plan['scope'],
  batches: [
    { plan: 'abcdef', index: 0, items: [{ dataType: 'options_chain', symbol: 'OPTIONS' }] },
    { plan: 'abcdef', index: 1, items: ['trades', 'quotes'].map(dataType => ({ dataType, symbol: 'A' })) },
  ],
  unlisted: [{ dataType: 'quotes', symbol: 'OPTIONS' }],
  incidents: [],
}

function ledgerWith(plan: Plan | undefined) {
  const ledger = {
    reads: 0,
    async readPlan() {
      ledger.reads += 1
      return plan
    },
  }
  return ledger
}

describe('ledger/coverage', () => {
  const covered: [string, string, boolean][] = [
    ['is planned', 'options_chain', true],
    ['the vendor does not list', 'quotes', true],
    ['has a type of which the vendor has nothing', 'liquidations', true],
    ['no request has named yet', 'trades', false],
  ]
  for (const [what, type, expected] of covered)
    it(`says ${expected} of a grouped symbol beside "all" that ${what}`, async () => {
      const ledger = ledgerWith(PLAN)
      assert.equal(await planCovers(ledger, DAY, SCOPE, scopeOf([type], ['OPTIONS', 'A'])), expected)
      assert.equal(ledger.reads, 1)
    })

  it('does not read the plan where the scopes decide', async () => {
    const ledger = ledgerWith(PLAN)
    assert.equal(await planCovers(ledger, DAY, SCOPE, scopeOf(['trades'], ['A'])), true)
    assert.equal(await planCovers(ledger, DAY, SCOPE, scopeOf(['trades'])), true)
    assert.equal(await planCovers(ledger, DAY, scopeOf(['trades'], ['A']), scopeOf(['trades'], ['OPTIONS'])), false)
    assert.equal(ledger.reads, 0)
  })

  it('says false where there is no plan any more', async () => {
    assert.equal(await planCovers(ledgerWith(undefined), DAY, SCOPE, scopeOf(['trades'], ['OPTIONS'])), false)
  })
})
