import assert from 'node:assert/strict'
import { marketFiles } from './market.ts'
import { Rig } from './rig.ts'

describe('the rig of the fault runs', () => {
  it('fails after a number of deliveries where messages are handed on without an end', async () => {
    const rig = await Rig.start(marketFiles())
    try {
      rig.maxDeliveries = 20
      rig.beforeDelivery = async ({ topic, data }) => {
        await rig.publish(topic, JSON.parse(Buffer.from(data).toString()))
      }
      await assert.rejects(
        rig.run(),
        /messages are left after 20 deliveries; the next message is of tick-\S+: \{"venue":/,
      )
      assert.ok(rig.deadLetters.length > 0)
    } finally {
      await rig.close()
    }
  })
})
