import assert from 'node:assert/strict'
import type { FaultCase } from './cases/fault-case.ts'
import type { CaseEnd } from './run-case.ts'
import { runCases } from './run-table.ts'
import { CASES } from './table.ts'

/** Here every seventh; all of them in `npm run test:faults`. */
const PART = CASES.filter((_, at) => at % 7 === 0)

describe('the fault table', function () {
  // The part takes 8 s of two idle processors; a busy machine only makes it slower.
  this.timeout(600_000)
  let ends: Map<FaultCase, CaseEnd>

  before(async () => {
    ends = await runCases(PART)
  })

  it('has over 60 cases, no two the same', () => {
    const names = new Set(CASES.map(({ stage, fault, often }) => `${stage} ${fault} ${often}`))
    assert.equal(names.size, CASES.length)
    assert.ok(CASES.length > 60)
  })

  for (const one of PART) {
    it(`${one.stage}: ${one.fault}, ${one.often}`, () => {
      const { error, fired } = ends.get(one)!
      if (error !== undefined) throw error
      assert.ok(fired > 0)
    })
  }
})
