import assert from 'node:assert/strict'
import { tryCourses } from './courses.ts'

/** `npm run test:faults` tries 10,000. */
const RUNS = 200

describe('the model', function () {
  // It takes 10 s of an idle processor; a busy machine only makes it slower.
  this.timeout(600_000)

  it(`keeps its promise in ${RUNS} random courses of redelivery, reordering, crashes and failing writes`, async () => {
    const seed = 20_240_808
    const { failure, runs, steps } = await tryCourses(RUNS, seed)
    assert.equal(failure, undefined, `seed ${seed}`)
    assert.equal(runs, RUNS)
    assert.ok(steps > RUNS * 20, `${steps} steps`)
  })
})
