import assert from 'node:assert/strict'
import type { Outcome } from '../bench/memory/fetch-process.ts'
import { runBatches } from '../bench/memory/one-process.ts'

const MIB = 1048576
const MAX_GROWTH_BYTES = 4 * MIB

/** Resident memory after the last batch, over that after the tenth. */
function growthOf({ readings }: Outcome): number {
  const tenth = readings.find(({ batch }) => batch === 10)!
  return readings.at(-1)!.rssBytes - tenth.rssBytes
}

/** A thousand are measured by `npm run bench:memory -- --batches 1000`. */
describe('one process that fetches batch after batch', () => {
  it('ends with the memory of the tenth batch, and leaves no handle open', async () => {
    const outcome = await runBatches(100)
    assert.equal(outcome.batches, 100)
    const growth = growthOf(outcome)
    assert.ok(growth < MAX_GROWTH_BYTES, `grown by ${(growth / MIB).toFixed(1)} MiB`)
    assert.equal(outcome.verdict.verdict, 'none', outcome.verdict.reason)
    assert.deepEqual(outcome.openAfter, [])
  })

  it('fails this check if it keeps 256 KiB per batch', async () => {
    const growth = growthOf(await runBatches(50, 256 * 1024))
    assert.ok(growth > MAX_GROWTH_BYTES, `grown by ${(growth / MIB).toFixed(1)} MiB`)
  })
})
