import assert from 'node:assert/strict'
import { killRefreshes } from './killing.ts'
import { rivalRefreshes } from './rivals.ts'

describe('refreshes of the tables', () => {
  it('10 at once, while manifests change, end in one right table', async () => {
    const { version } = await rivalRefreshes(10)
    assert.ok(version >= 2)
  })

  it('killed 4 times at random moments, leave whole tables, and right ones in the end', async () => {
    const end = await killRefreshes(4, 3)
    assert.ok(end.kills >= 4 && end.completed > 0, JSON.stringify(end))
  })
})
