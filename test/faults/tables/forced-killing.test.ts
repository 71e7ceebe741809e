import assert from 'node:assert/strict'
import { killForcedDownloads } from './forced-killing.ts'

describe('a forced download where there are tables', function () {
  // It takes some 20 s; a busy machine only makes it slower.
  this.timeout(300_000)

  it('killed 3 times, after a copy, a commit or a replaced object, leaves files and tables whole, and ends right', async () => {
    const end = await killForcedDownloads(3, 20_240_808)
    assert.ok(end.kills >= 3 && end.completed > 0, JSON.stringify(end))
  })
})
