import assert from 'node:assert/strict'
import { tryForcedCourses } from './forced-course.ts'

/** `npm run test:faults` tries 2,000. */
const RUNS = 30

describe('the model of tables whose objects are replaced', () => {
  it(`keeps its promise in ${RUNS} random courses of forced days, refreshes, kills and messages that come again`, async () => {
    const seed = 20_240_808
    const { failure, runs, steps } = await tryForcedCourses(RUNS, seed)
    assert.equal(failure, undefined, `seed ${seed}`)
    assert.equal(runs, RUNS)
    assert.ok(steps > RUNS * 200, `${steps} steps`)
  })
})
