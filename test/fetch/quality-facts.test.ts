import assert from 'node:assert/strict'
import { qualityFacts } from '../../functions/fetch/quality-facts.ts'

const FIRST = { rowsOutOfOrder: 0, largestGapMicros: 0n }
const AS_TEXT = { rowsOutOfOrder: 0, largestGapMicros: '0' }
const COUNTS = {
  ...{ rowsOutsideDay: 1, exchangeRowsOutOfOrder: 2, repeatedRows: 3, repeatedIds: 4, nonPositivePrices: 5 },
  ...{ nonPositiveAmounts: 6, crossed: 7, locked: 8, oneSided: 9, snapshots: 10 },
}
const LATENCY = { minMicros: 1n, medianMicros: 2n, p99Micros: 3n, maxMicros: 4n }

describe('qualityFacts', () => {
  it('has what was not looked at in no field', () => {
    assert.deepEqual(qualityFacts(FIRST), AS_TEXT)
    assert.deepEqual(qualityFacts({ ...FIRST, version: 2 }), { ...AS_TEXT, version: 2 })
  })

  it('has no checks of a file without their version', () => {
    assert.deepEqual(qualityFacts({ ...FIRST, crossed: 1, volume: 2 }), AS_TEXT)
  })

  it('has each count that is above zero, under its name', () => {
    assert.deepEqual(qualityFacts({ ...FIRST, version: 2, ...COUNTS }), { ...AS_TEXT, version: 2, ...COUNTS })
    const zeros = Object.fromEntries(Object.keys(COUNTS).map(name => [name, 0]))
    assert.deepEqual(qualityFacts({ ...FIRST, version: 2, ...zeros }), { ...AS_TEXT, version: 2 })
  })

  it('has no empty list, and nothing that is missing none of', () => {
    const ids = { first: 1n, last: 2n, missing: 0n }
    const found = qualityFacts({ ...FIRST, version: 2, gaps: [], nulls: [], ids, latency: { ...LATENCY, negative: 0 } })
    assert.deepEqual(found, {
      ...{ ...AS_TEXT, version: 2, ids: { first: '1', last: '2' } },
      latency: { minMicros: '1', medianMicros: '2', p99Micros: '3', maxMicros: '4' },
    })
  })

  it('keeps a volume and a notional of zero', () => {
    const found = qualityFacts({ ...FIRST, version: 2, volume: 0, notional: 0 })
    assert.deepEqual(found, { ...AS_TEXT, version: 2, volume: 0, notional: 0 })
  })
})
