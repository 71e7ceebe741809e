import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readPush } from '../../functions/pubsub/push.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const message = {
  messageId: '11',
  data: base64('{"a":1}'),
  attributes: { k: 'v' },
  publishTime: '2024-08-08T06:30:00Z',
}
const subscription = 'projects/team-42/subscriptions/fetch'

describe('pubsub/push', () => {
  it('takes the message out of a CloudEvent', () => {
    const source = '//pubsub.googleapis.com/projects/team-42/topics/tick-venue-days'
    assert.deepEqual(readPush({ specversion: '1.0', id: '11', source, data: { message, deliveryAttempt: 3 } }), {
      ok: true,
      message: {
        id: '11',
        data: Buffer.from('{"a":1}'),
        deliveryAttempt: 3,
        projectId: 'team-42',
      },
    })
  })

  it('takes the message out of a push without data, which the framework does not convert', () => {
    for (const data of [undefined, null, '']) {
      const pushed = readPush({
        message: { message_id: '12', data, publish_time: 't' },
        subscription,
        deliveryAttempt: 2,
      })
      assert.deepEqual(pushed, {
        ok: true,
        message: {
          id: '12',
          data: pushed.ok ? pushed.message.data : undefined,
          deliveryAttempt: 2,
          projectId: 'team-42',
        },
      })
      assert.equal(pushed.ok && pushed.message.data.length, 0)
    }
  })

  it('returns the reason for what is no message, and the same id for the same request', () => {
    const first = readPush({ hello: 1 })
    assert.deepEqual(first, {
      ok: false,
      reason: 'no Pub/Sub message in the request',
      id: 'no-message-0ea09e73d0357bb6',
      data: Buffer.from('{"hello":1}'),
    })
    assert.deepEqual(readPush({ hello: 1 }), first)
    for (const event of [
      undefined,
      null,
      '',
      'x',
      1,
      [],
      {},
      { data: [] },
      { data: { message: 'x' } },
      { message: [] },
    ]) {
      assert.equal(readPush(event).ok, false, JSON.stringify(event))
    }
  })

  it('refuses an id with other characters, and data that is no base64', () => {
    for (const messageId of [undefined, 11, '', 'a b', 'a\n', 'ü', 'x'.repeat(129)]) {
      const pushed = readPush({ message: { ...message, messageId } })
      assert.match(
        pushed.ok ? '' : pushed.reason,
        /^found the message id .*, expected 1 to 128 printable ASCII characters$/,
      )
    }
    for (const data of ['%%%', 'a b', 7, {}, 'ü']) {
      const pushed = readPush({ message: { ...message, data } })
      assert.match(pushed.ok ? '' : pushed.reason, /^found the message data .*, expected base64$/)
    }
  })

  it('keeps a request without a message whole, up to more than Pub/Sub would send', () => {
    const kept = (text: string) => {
      const pushed = readPush({ text })
      return pushed.ok ? undefined : pushed.data.length
    }
    assert.equal(kept('x'.repeat(10_000_000)), 10_000_011)
    assert.equal(kept('x'.repeat(20_000_000)), 16 * 1024 * 1024)
  })

  it('ignores a subscription that is no text', () => {
    const pushed = readPush({ message, subscription: { toString: 1, valueOf: 1 } })
    assert.equal(pushed.ok && pushed.message.projectId, undefined)
  })

  it('never throws', () => {
    const anything = fc.anything({ withNullPrototype: true })
    const like = fc.record(
      {
        message: anything,
        data: fc.record({ message: fc.record({ messageId: anything, data: anything, attributes: anything }) }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          like.map(value => JSON.parse(JSON.stringify(value))),
        ),
        event => {
          const pushed = readPush(event)
          assert.match(pushed.ok ? pushed.message.id : pushed.id, /^[\x21-\x7e]{1,128}$/)
        },
      ),
    )
  })
})
