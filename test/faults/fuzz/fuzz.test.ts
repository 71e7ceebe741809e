import assert from 'node:assert/strict'
import { fuzz } from './fuzz.ts'
import { TARGETS } from './targets.ts'

/** `npm run test:faults` tries 100,000. */
const INPUTS = 4_000

describe('fuzzed', () => {
  for (const [name, { target, share }] of Object.entries(TARGETS)) {
    it(`${name}: no crash, no hang, no object elsewhere`, async () => {
      const seed = 20_240_808
      const { crashes, taken, refused, longestMs } = await fuzz(target, INPUTS * share, seed)
      assert.deepEqual(crashes, [])
      assert.ok(taken > 0 && refused > 0, `${taken} taken, ${refused} refused`)
      assert.ok(longestMs < 2_000)
    })
  }
})
