import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { cloudEvent } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { stub } from 'sinon'
import { createEntryPoint, type Instance, type Outcome, type Received } from '../functions/entry.ts'
import { recordRejected } from '../functions/ledger/rejected.ts'
import { createLogger } from '../functions/runtime/log/logger.ts'
import { createTermination } from '../functions/runtime/termination.ts'
import { MemoryBucket } from './support/memory-bucket.ts'

const SECRET = 'TD.secret-key'
const REQUEST = '{"venue":"deribit","date":"2024-08-08"}'
const TOPIC_PATH = '/projects/team-42/topics/tick-venue-days'
const TRACE = '0af7651916cd43dd8448eb211c80319c'

const message = {
  messageId: '1144',
  message_id: '1144',
  publishTime: '2024-08-08T06:30:00Z',
  data: Buffer.from(REQUEST).toString('base64'),
  attributes: { from: 'schedule' },
}
const { data: _, ...withoutData } = message
const subscription = 'projects/team-42/subscriptions/fetch'
const source = '//pubsub.googleapis.com/projects/team-42/topics/tick-venue-days'
const type = 'google.cloud.pubsub.topic.v1.messagePublished'
const json = 'application/json'

/** Every form that a message comes in over the wire: what is posted, and the data that must arrive. */
const WIRE_SHAPES: Record<string, { body: object; headers?: Record<string, string>; path?: string; data: string }> = {
  'a push': { body: { message, subscription }, data: REQUEST },
  'a push to another path': { body: { message, subscription }, path: '/', data: REQUEST },
  'a push without data': { body: { message: withoutData, subscription, deliveryAttempt: 2 }, data: '' },
  'a push with empty data': { body: { message: { ...message, data: '' }, subscription }, data: '' },
  'a legacy event': {
    body: {
      context: {
        eventId: '1144',
        timestamp: '2024-08-08T06:30:00Z',
        eventType: 'google.pubsub.topic.publish',
        resource: {
          service: 'pubsub.googleapis.com',
          name: 'projects/team-42/topics/x',
          type: 'type.googleapis.com/google.pubsub.v1.PubsubMessage',
        },
      },
      data: { '@type': 'type.googleapis.com/google.pubsub.v1.PubsubMessage', data: message.data },
    },
    data: REQUEST,
  },
  'a structured CloudEvent': {
    body: { specversion: '1.0', id: '1144', source, type, datacontenttype: json, data: { message, subscription } },
    headers: { 'content-type': 'application/cloudevents+json' },
    data: REQUEST,
  },
  'a structured CloudEvent without data': {
    body: { specversion: '1.0', id: '1144', source, type, data: { message: withoutData, subscription } },
    headers: { 'content-type': 'application/cloudevents+json' },
    data: '',
  },
  'a binary CloudEvent': {
    body: { message, subscription },
    headers: { 'ce-specversion': '1.0', 'ce-id': '1144', 'ce-source': source, 'ce-type': type },
    data: REQUEST,
  },
  'a binary CloudEvent without data': {
    body: { message: withoutData, subscription },
    headers: { 'ce-specversion': '1.0', 'ce-id': '1144', 'ce-source': source, 'ce-type': type },
    data: '',
  },
}

describe('entry: behind functions-framework', () => {
  let server: Server
  let received: Received[]
  let created: number
  let bucket: MemoryBucket
  let work: (got: Received) => Promise<Outcome>
  let create: () => Promise<Instance>
  let logged: PassThrough
  const termination = createTermination({
    process: { on: () => process, off: () => process, listeners: () => [], exit: () => assert.fail() },
  })

  async function createInstance(): Promise<Instance> {
    const log = await createLogger({ level: 'debug', json: true, stream: logged, secrets: [SECRET] })
    return {
      log,
      secrets: [SECRET],
      async handle(got) {
        received.push(got)
        got.log.info('at work')
        return work(got)
      },
      recordRejected: (delivery, outcome, log) =>
        recordRejected('fetch', delivery, outcome, { bucket, config: { gcsPrefix: 'ticks' }, log }),
      close: () => log.close(),
    }
  }

  beforeEach(async () => {
    received = []
    bucket = new MemoryBucket()
    created = 0
    work = async () => ({ outcome: 'planned' })
    create = createInstance
    logged = new PassThrough()
    const counted = () => {
      created += 1
      return create()
    }
    const entry = createEntryPoint('fetch', counted, termination)
    cloudEvent('entry-under-test', entry.cloudEvent)
    server = getTestServer('entry-under-test').listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  async function post(body: object | string, headers: Record<string, string> = {}, path = TOPIC_PATH) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(url, { method: 'POST', body: text, headers: { 'content-type': json, ...headers } })
    return { status: response.status, text: await response.text() }
  }

  /** What the framework says on the console, kept off the report. */
  async function silently<T>(act: () => Promise<T>): Promise<{ result: T; said: string }> {
    const [error, warn] = [stub(console, 'error'), stub(console, 'warn')]
    try {
      const result = await act()
      return { result, said: [...error.args, ...warn.args].flat().join('\n') }
    } finally {
      error.restore()
      warn.restore()
    }
  }

  /** The messages that were kept, by object. */
  const rejected = () =>
    Object.fromEntries([...bucket.contents()].map(([name, data]) => [name, JSON.parse(Buffer.from(data).toString())]))

  function entries(): Record<string, unknown>[] {
    const lines = String(logged.read() ?? '').trimEnd()
    return lines === '' ? [] : lines.split('\n').map(line => JSON.parse(line))
  }

  for (const [shape, { body, headers, path, data }] of Object.entries(WIRE_SHAPES)) {
    it(`takes ${shape}`, async () => {
      const { result } = await silently(() => post(body, headers, path))
      // Whatever the handler comes to stays inside: the answer to Pub/Sub has no body.
      assert.deepEqual(result, { status: 204, text: '' })
      assert.deepEqual(rejected(), {})
      assert.equal(received.length, 1)
      const { delivery, signal } = received[0]!
      assert.equal(delivery.id, '1144')
      assert.equal(new TextDecoder().decode(delivery.data), data)
      assert.equal(signal.aborted, false)
    })
  }

  it('logs under the trace of the request, with the message and the function', async () => {
    await post({ message, subscription }, { traceparent: `00-${TRACE}-b7ad6b7169203331-01` })
    const [entry] = entries()
    assert.equal(entry!.message, 'at work')
    assert.equal(entry!.messageId, '1144')
    assert.equal(entry!['logging.googleapis.com/trace'], `projects/team-42/traces/${TRACE}`)
    assert.deepEqual(entry!['logging.googleapis.com/labels'], { function: 'fetch' })
  })

  it('responds to a failure with 500, logs all of it, and passes the framework one line without secrets', async () => {
    work = async () => {
      throw new Error(`no ${SECRET}\nsecond line`, { cause: new Error(`because of ${SECRET}`) })
    }
    const { result, said } = await silently(() => post({ message, subscription }))
    assert.deepEqual(result, { status: 500, text: 'no [redacted]' })
    assert.equal(said, 'failed; the message comes again: no [redacted]')
    const [, entry] = entries()
    assert.equal(entry!.severity, 'ERROR')
    assert.equal(entry!.message, 'failed; the message comes again')
    assert.equal(entry!.event, 'delivery_failed')
    assert.match(JSON.stringify(entry!.error), /"because of \[redacted\]"/)
  })

  it('keeps what is no message, logs it as an error, and acknowledges it', async () => {
    const id = 'no-message-e07a153d18f74da0'
    const reason = 'no Pub/Sub message in the request'
    const object = `_ledger/rejected/fetch-${id.replaceAll('-', '%2D')}.json`
    assert.deepEqual(await post({ venue: 'deribit' }), { status: 204, text: '' })
    assert.deepEqual(received, [])
    assert.deepEqual(rejected(), {
      [object]: { function: 'fetch', messageId: id, reason, data: '{"venue":"deribit"}' },
    })
    const [entry] = entries()
    assert.equal(entry!.severity, 'ERROR')
    assert.deepEqual(
      [entry!.event, entry!.messageId, entry!.reason, entry!.object],
      ['message_rejected', id, reason, object],
    )
    assert.deepEqual(entry!['logging.googleapis.com/labels'], { function: 'fetch' })
  })

  it('keeps a message whose data is no base64', async () => {
    assert.equal((await post({ message: { ...message, data: '%%%' }, subscription })).status, 204)
    const [kept] = Object.values(rejected())
    assert.match(kept.reason, /^found the message data "%%%", expected base64$/)
  })

  it('keeps a message that its handler rejects, logs it as an error once, and acknowledges it', async () => {
    work = async () => ({ outcome: 'rejected', reason: 'venue is missing' })
    assert.equal((await post({ message, subscription })).status, 204)
    assert.deepEqual(rejected(), {
      '_ledger/rejected/fetch-1144.json': {
        function: 'fetch',
        messageId: '1144',
        reason: 'venue is missing',
        data: REQUEST,
      },
    })
    const errors = entries().filter(({ severity }) => severity === 'ERROR')
    assert.deepEqual(
      errors.map(({ event, reason }) => [event, reason]),
      [['message_rejected', 'venue is missing']],
    )
  })

  it('fails where a rejected message cannot be kept, so that it comes again', async () => {
    work = async () => ({ outcome: 'rejected', reason: 'venue is missing' })
    bucket.hook = () => {
      throw new Error('the bucket is down')
    }
    const { result } = await silently(() => post({ message, subscription }))
    assert.deepEqual(result, { status: 500, text: 'the bucket is down' })
  })

  it('does not call the handler for what is no JSON object', async () => {
    for (const body of ['{', '7', '"text"', '[']) {
      const { result } = await silently(() => post(body))
      assert.ok(result.status >= 400 && result.status < 600, `${body}: ${result.status}`)
    }
    assert.deepEqual([received, rejected()], [[], {}])
  })

  it('creates its instance once, also for requests that come at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => post({ message, subscription })))
    assert.deepEqual([created, received.length], [1, 3])
  })

  it('fails the request where the instance cannot be created, and creates it for the next one', async () => {
    create = async () => {
      throw new Error('no bucket')
    }
    const { result } = await silently(() => post({ message, subscription }))
    assert.equal(result.status, 500)
    create = createInstance
    assert.equal((await post({ message, subscription })).status, 204)
    assert.deepEqual([created, received.length], [2, 1])
  })
})
