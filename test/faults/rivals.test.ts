import assert from 'node:assert/strict'
import { RIVALS } from './rivals.ts'

describe('rivals', () => {
  for (const [name, run] of Object.entries(RIVALS)) {
    it(`${name}: no lost update, no endless conflict`, async () => {
      const { summary } = await run()
      const [, written = 1] = /(\d+) writes/.exec(summary) ?? []
      assert.ok(Number(written) <= 50, summary)
    })
  }
})
