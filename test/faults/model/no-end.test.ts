import assert from 'node:assert/strict'
import { CALM, type Course, NO_LIMITS } from './course.ts'
import { Model } from './model.ts'

const COURSE: Course = {
  ...CALM,
  ...NO_LIMITS,
  seed: 1,
  days: 1,
  symbols: 2,
  batchSize: 2,
  workers: 1,
  requests: ['all'],
  oldFiles: 0,
}

describe('the model, where work does not end', () => {
  it('fails after a number of steps where messages are handed on without an end', async () => {
    const model = new Model(COURSE, { deadlineMs: 0, maxSteps: 500 })
    await assert.rejects(model.run(), /does not come to an end: \d+ messages are left after 500 steps/)
  })

  it('fails where a delivery waits for nothing that can happen', async () => {
    const model = new Model(COURSE)
    model.vendor.answer('trades/S0', 'STALLS')
    await assert.rejects(model.run(), /a delivery waits for nothing that can happen: tick-venue-days \{.*"index":0/)
  })

  it('comes to an end otherwise', async () => {
    await new Model(COURSE, { maxSteps: 500 }).run()
  })
})
