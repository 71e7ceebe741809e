import assert from 'node:assert/strict'
import { budgetOf } from '../../functions/fetch/process-memory.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'

describe('the budget of a process', () => {
  it('frees what is kept for later use before an item waits', async () => {
    let letGo = 0
    // This process is larger than that, so a second item waits for the first.
    const { gate } = budgetOf(readConfig({ MEMORY_LIMIT_MB: '64' }), 2, () => void letGo++)
    const first = await gate.waitToStart()
    assert.equal(letGo, 0)
    const second = gate.waitToStart()
    assert.equal(letGo, 1)
    first.finish()
    ;(await second).finish()
  })
})
