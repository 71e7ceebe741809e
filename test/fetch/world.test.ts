import assert from 'node:assert/strict'
import { CONFIG, DAY, worldOf } from './world.ts'

describe('the world of a test', () => {
  it('ends after a number of deliveries where messages are handed on without an end', async () => {
    const world = worldOf()
    world.config = { ...CONFIG, deadlineMs: 0 }
    await world.fetch(DAY)
    await assert.rejects(
      world.drain(100),
      /messages are left after 100 deliveries; the next message is m\d+ of tick-\S+: \{"venue":"binance"/,
    )
  })

  it('delivers a message that fails five times', async () => {
    const world = worldOf({ A: ['trades'] })
    world.vendor.answer('trades/A', 'DOWN')
    await world.fetch(DAY)
    await world.drain()
    assert.deepEqual([world.vendor.opened.length, world.statuses()], [5, { 'trades/A': 'failed' }])
  })
})
