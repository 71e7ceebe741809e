import assert from 'node:assert/strict'
import { createMemoryBudget } from '../../functions/fetch/memory-budget.ts'

const MIB = 1048576

describe('createMemoryBudget', () => {
  it('shrinks the buffers while resident memory is at the threshold or above', () => {
    let now = 100 * MIB
    const budget = createMemoryBudget({ limitBytes: 256 * MIB, threshold: 0.75, resident: () => now })
    assert.equal(budget.thresholdBytes, 192 * MIB)
    assert.equal(budget.buffers(), budget.plan)
    now = 192 * MIB
    assert.equal(budget.buffers().uploadChunkBytes, MIB)
    now = 191 * MIB
    assert.equal(budget.buffers(), budget.plan)
  })

  it('describes itself in fields of plain values', () => {
    const fields = createMemoryBudget({ limitBytes: 256 * MIB }).describe()
    assert.deepEqual(JSON.parse(JSON.stringify(fields)), fields)
    assert.equal(fields.limitBytes, 256 * MIB)
    assert.equal(fields.itemsAtOnce, 2)
  })

  it('warns where the allocation is too small for an item, for all workers, or for the idle process', () => {
    const warnings = (limitMib: number, residentMib = 116) =>
      createMemoryBudget({ limitBytes: limitMib * MIB, resident: () => residentMib * MIB }).warnings.join('\n')
    assert.equal(warnings(256), '')
    assert.match(warnings(220), /^220 MiB have room for 1 of the 2 items/)
    assert.match(warnings(170), /^a single item can take \d+ MiB with all around it, and there are 170 MiB$/)
    assert.match(warnings(256, 146), /^the process takes 146 MiB before any work, planned are 120 MiB/)
  })
})
