import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { promisify } from 'node:util'
import { clientOptions } from '../../functions/pubsub/publisher.ts'
import { withoutMetadataServer } from '../support/no-metadata-server.ts'
import { withPublishers } from '../support/publishing.ts'
import type { Reaction } from '../support/pubsub-server.ts'
import { leapingClock } from '../tardis/loopback.ts'

const TOPIC = 'tick-venue-days'

describe('pubsub/publisher', () => {
  withoutMetadataServer()
  const publishing = withPublishers()

  it('publishes JSON and returns the id', async () => {
    const { server, publisher } = await publishing()
    const id = await publisher.publish(TOPIC, { venue: 'deribit', n: '∞' })
    assert.equal(id, 'm0')
    assert.deepEqual(server.taken, [
      {
        topic: 'projects/team-42/topics/tick-venue-days',
        data: Buffer.from('{"venue":"deribit","n":"∞"}'),
        attributes: {},
      },
    ])
    assert.equal(server.requests[0]!.path, '/google.pubsub.v1.Publisher/Publish')
    assert.equal(await publisher.publish('projects/other/topics/done', {}), 'm1')
    assert.equal(server.taken[1]!.topic, 'projects/other/topics/done')
  })

  it('retries after a transient failure, and publishes twice where the response was lost', async () => {
    const unavailable = { status: 14, message: 'try again' }
    const faults: Reaction[] = [unavailable, 'reset', 'take-and-lose-the-answer']
    const { server, publisher } = await publishing(request => faults[request] ?? 'take')
    assert.equal(await publisher.publish(TOPIC, { venue: 'deribit' }), 'm1')
    assert.equal(server.requests.length, 4)
    assert.deepEqual(
      server.taken.map(({ data }) => String(data)),
      ['{"venue":"deribit"}', '{"venue":"deribit"}'],
    )
  })

  it('does not retry after a lasting failure, and names the topic', async () => {
    const { server, publisher } = await publishing(() => ({ status: 5, message: 'Topic not found' }))
    await assert.rejects(publisher.publish(TOPIC, {}), (error: Error & { code?: number }) => {
      assert.match(error.message, /^could not publish to topic tick-venue-days: 5 NOT_FOUND: Topic not found/)
      assert.equal(error.code, 5)
      assert.ok(error.cause instanceof Error)
      return true
    })
    assert.equal(server.requests.length, 1)
  })

  it('retries after growing delays, and starts no attempt that could end after its budget', async () => {
    const clock = leapingClock(0)
    const unavailable = () => ({ status: 14, message: 'try again' })
    const { server, publisher } = await publishing(unavailable, { clock, random: () => 0.5 })
    await assert.rejects(publisher.publish(TOPIC, {}), {
      code: 14,
      message: /try again; the next attempt would start in 2\.5 s, but only 1\.9 s remain$/,
    })
    assert.deepEqual(clock.waitsMs, [100, 200, 400, 800, 1_600, 2_500, 2_500])
    assert.equal(server.requests.length, 8)
  })

  it('gives up within its budget where the topic is silent', async () => {
    const { server, publisher } = await publishing(() => 'silence', { retryBudgetMs: 200 })
    await assert.rejects(
      publisher.publish(TOPIC, {}),
      /could not publish to topic tick-venue-days: .*; the next attempt would start/,
    )
    assert.ok(server.requests.length >= 1)
  })

  it('rejects as soon as its signal is aborted, and keeps no listener', async () => {
    const controller = new AbortController()
    const { server, publisher } = await publishing(
      request => {
        if (request === 1) controller.abort(new Error('going down'))
        return request === 0 ? 'take' : 'silence'
      },
      { retryBudgetMs: 500 },
    )
    const { signal } = controller
    await publisher.publish(TOPIC, {}, { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    await assert.rejects(publisher.publish(TOPIC, {}, { signal }), /^Error: going down$/)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    await assert.rejects(publisher.publish(TOPIC, {}, { signal }), /going down/)
    assert.equal(server.requests.length, 2)
  })

  it('refuses a message that no receiver would take', async () => {
    const { server, publisher } = await publishing()
    await assert.rejects(
      publisher.publish(TOPIC, { symbols: ['x'.repeat(2 ** 20)] }),
      /1048592 bytes, expected at most 1048576/,
    )
    assert.equal(server.requests.length, 0)
  })

  it('closes after what waits and what is under way, and takes nothing more', async () => {
    const { server, publisher } = await publishing()
    const ids = Promise.all(Array.from({ length: 600 }, (_, index) => publisher.publish(TOPIC, { index })))
    await publisher.close()
    assert.equal(new Set(await ids).size, 600)
    assert.equal(server.taken.length, 600)
    await publisher.close()
    await assert.rejects(publisher.publish(TOPIC, {}), /cannot publish to tick-venue-days: the publisher is closed/)
  })

  it('keeps no process alive once it is closed', async () => {
    const { server } = await publishing()
    const module = new URL('../../functions/pubsub/publisher.ts', import.meta.url)
    const program = `
      import { createPubSubPublisher } from ${JSON.stringify(module.href)}
      const publisher = await createPubSubPublisher({ projectId: 'p', emulatorHost: ${JSON.stringify(server.host)} })
      process.stdout.write(await publisher.publish('topic', {}))
      await publisher.close()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    assert.equal(stdout, 'm0')
  })
})

describe('pubsub/publisher: its client', () => {
  it('goes to the APIs of the universe, or to the emulator, which is in none', () => {
    const universeDomain = 'apis.example.cloud'
    assert.deepEqual(clientOptions({ projectId: 'p', universeDomain }), { projectId: 'p', universeDomain })
    const emulator = { apiEndpoint: '127.0.0.1:8085', emulatorMode: true }
    assert.deepEqual(clientOptions({ emulatorHost: '127.0.0.1:8085', universeDomain }), emulator)
    assert.deepEqual(clientOptions({}), {})
  })
})

describe('pubsub/publisher: publishMany', () => {
  withoutMetadataServer()
  const publishing = withPublishers()

  function* days(count: number, onPulled = (_: number) => {}) {
    for (let index = 0; index < count; index += 1) {
      onPulled(index)
      yield { venue: 'binance-futures', date: '2024-08-08', index }
    }
  }

  it('publishes all in few requests, and reports progress', async () => {
    const { server, publisher } = await publishing()
    const counts: number[] = []
    assert.equal(await publisher.publishMany(TOPIC, days(3_000), { onPublished: count => counts.push(count) }), 3_000)
    assert.equal(new Set(server.taken.map(({ data }) => String(data))).size, 3_000)
    assert.deepEqual([counts.length, counts[0], counts.at(-1)], [3_000, 1, 3_000])
    assert.ok(server.requests.length <= 60, `${server.requests.length} requests`)
    assert.equal(await publisher.publishMany(TOPIC, []), 0)
  })

  it('pulls no more than the topic takes: by count', async () => {
    let pulled = 0
    let ahead = 0
    let taken = 0
    const { server, publisher } = await publishing(
      () => {
        ahead = Math.max(ahead, pulled - taken)
        taken = server.taken.length
        return 'take'
      },
      { maxOutstandingMessages: 20 },
    )
    await publisher.publishMany(
      TOPIC,
      days(500, index => (pulled = index + 1)),
    )
    assert.ok(ahead > 0 && ahead <= 41, `${ahead} ahead`)
    assert.ok(server.requests.every(({ messages }) => messages <= 20))
  })

  it('pulls no more than the topic takes: by bytes, and sends alone what is larger than the window', async () => {
    const { server, publisher } = await publishing(undefined, { maxOutstandingBytes: 1_000 })
    const messages = [300, 300, 300, 300, 5_000, 300].map(length => ({ text: 'x'.repeat(length) }))
    assert.equal(await publisher.publishMany(TOPIC, messages), 6)
    assert.ok(
      server.requests.every(({ messages }) => messages <= 3),
      JSON.stringify(server.requests),
    )
  })

  it('stops at the first failure, waits for what is under way, and says how many there were', async () => {
    let pulled = 0
    const { server, publisher } = await publishing(
      request => (request < 2 ? 'take' : { status: 7, message: 'denied' }),
      { maxOutstandingMessages: 10 },
    )
    await assert.rejects(
      publisher.publishMany(
        TOPIC,
        days(1_000, index => (pulled = index + 1)),
      ),
      (error: Error) => {
        assert.match(
          error.message,
          /topic tick-venue-days: 7 PERMISSION_DENIED: denied \((\d+) messages were published before\)$/,
        )
        assert.equal(Number(/\((\d+)/.exec(error.message)![1]), server.taken.length)
        return true
      },
    )
    assert.ok(pulled <= server.taken.length + 21, `${pulled} pulled`)
  })

  it('fails with the error of its source, once nothing is under way', async () => {
    const { server, publisher } = await publishing()
    async function* breaking() {
      yield* days(7)
      throw new Error('the source broke')
    }
    await assert.rejects(publisher.publishMany(TOPIC, breaking()), /^Error: the source broke$/)
    assert.equal(server.taken.length, 7)
  })

  it('stops with the reason of its signal, and ends its source', async () => {
    const controller = new AbortController()
    const { publisher } = await publishing(
      () => {
        controller.abort(new Error('enough'))
        return 'silence'
      },
      { retryBudgetMs: 500, maxOutstandingMessages: 5 },
    )
    let ended = false
    function* endless() {
      try {
        for (;;) yield { venue: 'x' }
      } finally {
        ended = true
      }
    }
    await assert.rejects(publisher.publishMany(TOPIC, endless(), { signal: controller.signal }), /^Error: enough$/)
    assert.ok(ended)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })
})
