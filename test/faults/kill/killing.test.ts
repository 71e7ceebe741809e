import assert from 'node:assert/strict'
import { killing } from './killing.ts'

describe('tick-handler download, killed', () => {
  it('4 times at random moments, ends in the bucket of an undisturbed run, and no reader sees a half of it', async () => {
    const seed = 20_240_808
    const end = await killing({ signal: 'SIGKILL', times: 4, seed, rows: 3_000 })
    assert.ok(end.signals >= 4 && end.completed > 0, `seed ${seed}: ${JSON.stringify(end)}`)
    assert.ok(end.polls > 0 && end.filesRead > 0 && end.manifestsRead > 0, JSON.stringify(end))
  })

  it('by SIGTERM, ends cleanly', async () => {
    const end = await killing({ signal: 'SIGTERM', times: 1, seed: 3, rows: 3_000 })
    assert.ok(end.longestEndMs < 10_000)
  })
})
