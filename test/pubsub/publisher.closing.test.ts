import assert from 'node:assert/strict'
import { MAX_MESSAGE_BYTES } from '../../functions/pubsub/parse-message.ts'
import { withoutMetadataServer } from '../support/no-metadata-server.ts'
import { withPublishers } from '../support/publishing.ts'
import type { Reaction } from '../support/pubsub-server.ts'
import { leapingClock } from '../tardis/loopback.ts'

const TOPIC = 'tick-venue-days'

describe('pubsub/publisher: close', () => {
  withoutMetadataServer()
  const publishing = withPublishers()

  it('waits for a message that is between two attempts', async () => {
    const { server, publisher } = await publishing(
      request => (request === 0 ? { status: 14, message: 'try again' } : 'take'),
      { clock: leapingClock(0) },
    )
    const published = publisher.publish(TOPIC, { n: 1 })
    await publisher.close()
    assert.equal(server.taken.length, 1)
    assert.equal(await published, 'm0')
  })

  it('waits for a request that its caller has given up', async () => {
    const controller = new AbortController()
    const answer = Promise.withResolvers<Reaction>()
    const { publisher } = await publishing(() => {
      controller.abort(new Error('given up'))
      return answer.promise
    })
    await assert.rejects(publisher.publish(TOPIC, {}, { signal: controller.signal }), /given up/)
    const order: string[] = []
    const closed = publisher.close().then(() => order.push('closed'))
    for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
    order.push('answered')
    answer.resolve('take')
    await closed
    assert.deepEqual(order, ['answered', 'closed'])
  })

  it('sends 500 messages per request, and leaves no connection', async () => {
    const { server, publisher } = await publishing()
    const ids = Promise.all(Array.from({ length: 600 }, (_, index) => publisher.publish(TOPIC, { index })))
    await publisher.close()
    assert.equal(server.taken.length, 600)
    assert.equal(new Set(await ids).size, 600)
    assert.equal(Math.max(...server.requests.map(({ messages }) => messages)), 500)
    await server.disconnected()
  })

  it('gives an attempt half of the time that there is, and ten seconds at most', async () => {
    for (const [retryBudgetMs, timeoutMs] of [
      [8_000, 4_000],
      [60_000, 10_000],
    ] as const) {
      const { server, publisher } = await publishing(undefined, { retryBudgetMs })
      await publisher.publish(TOPIC, {})
      const found = server.requests[0]!.timeoutMs
      assert.ok(found > timeoutMs / 2 && found <= timeoutMs, `${found} ms`)
    }
  })

  it('takes a message of exactly the largest size', async () => {
    const { server, publisher } = await publishing()
    const frame = JSON.stringify({ text: '' }).length
    await publisher.publish(TOPIC, { text: 'x'.repeat(MAX_MESSAGE_BYTES - frame) })
    assert.equal(server.taken[0]!.data.length, MAX_MESSAGE_BYTES)
  })

  it('names its errors, and keeps their causes', async () => {
    const { publisher } = await publishing(() => ({ status: 5, message: 'Topic not found' }))
    await assert.rejects(publisher.publish(TOPIC, {}), { name: 'PublishError' })
    await assert.rejects(publisher.publishMany(TOPIC, [{}]), (error: Error) => {
      assert.equal((error.cause as Error).name, 'PublishError')
      return true
    })
  })
})
