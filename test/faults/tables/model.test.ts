import assert from 'node:assert/strict'
import { tryTableCourses } from './course.ts'

/** `npm run test:faults` tries 2,000. */
const RUNS = 60

describe('the model of the tables', () => {
  it(`keeps its promise in ${RUNS} random courses of refreshes side by side, that sleep and are killed`, async () => {
    const seed = 20_240_808
    const { failure, runs, steps } = await tryTableCourses(RUNS, seed)
    assert.equal(failure, undefined, `seed ${seed}`)
    assert.equal(runs, RUNS)
    assert.ok(steps > RUNS * 200, `${steps} steps`)
  })
})
