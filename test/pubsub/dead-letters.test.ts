import assert from 'node:assert/strict'
import { type DeadLetters, openDeadLetters } from '../../functions/pubsub/dead-letters.ts'
import { startDeadLetterServer, type Waiting } from '../support/dead-letter-server.ts'
import { withoutMetadataServer } from '../support/no-metadata-server.ts'

const BOX = { subscription: 'fetch-dead-letter', topic: 'tick-venue-days' }
const SUBSCRIPTION = 'projects/team-42/subscriptions/fetch-dead-letter'
const numbered = (count: number): Waiting[] =>
  Array.from({ length: count }, (_, at) => ({ id: `${at}`, data: `{"n":${at}}` }))

describe('pubsub/dead-letters', () => {
  withoutMetadataServer()
  const cleanup: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of cleanup.splice(0).reverse()) await close()
  })

  async function waiting(messages: readonly Waiting[]) {
    const server = await startDeadLetterServer(messages)
    cleanup.push(() => server.close())
    const deadLetters = await openDeadLetters({ projectId: 'team-42', emulatorHost: server.host })
    cleanup.push(() => deadLetters.close())
    const asked = (method: string) => server.asked.filter(request => request.method === method)
    return { server, deadLetters, asked }
  }
  const idsOf = async (deadLetters: DeadLetters, most: number) =>
    (await deadLetters.take(BOX, most)).letters.map(({ id }) => id)

  it('tells what Pub/Sub tells of a letter, and leaves undefined what it does not', async () => {
    const attributes = { CloudPubSubDeadLetterSourceDeliveryCount: '50' }
    const { deadLetters } = await waiting([
      { id: '7', data: '{"venue":"币安"}', publishedSeconds: 1_723_104_000, attributes },
      { id: '8', publishedSeconds: 0, attributes: { other: 'x' } },
      { id: '9' },
    ])
    const { letters } = await deadLetters.take(BOX, 10)
    assert.deepEqual(
      letters.map(letter => ({ ...letter, data: String(letter.data) })),
      [
        { id: '7', data: '{"venue":"币安"}', since: '2024-08-08T08:00:00.000Z', attempts: 50 },
        { id: '8', data: '', since: '1970-01-01T00:00:00.000Z', attempts: undefined },
        { id: '9', data: '', since: undefined, attempts: undefined },
      ],
    )
  })

  it('takes as many as asked for, a hundred per pull', async () => {
    const { deadLetters, asked } = await waiting(numbered(300))
    assert.equal(new Set(await idsOf(deadLetters, 250)).size, 250)
    assert.deepEqual(
      asked('Pull').map(({ name, most }) => [name, most]),
      [100, 100, 50].map(most => [SUBSCRIPTION, most]),
    )
  })

  it('takes all that there are, until a pull finds nothing', async () => {
    const { deadLetters, asked } = await waiting(numbered(3))
    assert.deepEqual(await idsOf(deadLetters, 10), ['0', '1', '2'])
    assert.equal(asked('Pull').length, 2)
    assert.deepEqual(await idsOf(deadLetters, 10), [])
  })

  it('takes a subscription of another project by its full name', async () => {
    const { deadLetters, server } = await waiting([])
    const subscription = 'projects/other/subscriptions/lost'
    await deadLetters.take({ ...BOX, subscription }, 1)
    assert.equal(server.asked[0]!.name, subscription)
  })

  it('says which subscription refuses, and why', async () => {
    const { server, deadLetters } = await waiting(numbered(1))
    server.refusals.set('Pull', { status: 7, message: 'no right to consume' })
    await assert.rejects(deadLetters.take(BOX, 1), (error: Error) => {
      assert.match(error.message, /^cannot pull from projects\/team-42\/subscriptions\/fetch-dead-letter: .*no right/)
      assert.equal((error.cause as { code: number }).code, 7)
      return true
    })
  })

  it('replays a letter to its topic, and removes it only then', async () => {
    const { server, deadLetters } = await waiting(numbered(3))
    const taken = await deadLetters.take(BOX, 3)
    server.asked.length = 0
    await taken.replay(taken.letters[1]!)
    assert.deepEqual(server.asked, [
      { method: 'Publish', name: 'projects/team-42/topics/tick-venue-days', data: '{"n":1}' },
      { method: 'Acknowledge', name: SUBSCRIPTION, ids: ['ack-1'] },
    ])
    server.refusals.set('Publish', { status: 7, message: 'denied' })
    await assert.rejects(taken.replay(taken.letters[0]!), /denied/)
    assert.equal(server.asked.filter(({ method }) => method === 'Acknowledge').length, 1)
  })

  it('drops a letter without publishing it, and gives back the others, once', async () => {
    const { server, deadLetters } = await waiting(numbered(3))
    const taken = await deadLetters.take(BOX, 3)
    server.asked.length = 0
    await taken.drop(taken.letters[0]!)
    await taken.release()
    await taken.release()
    assert.deepEqual(server.asked, [
      { method: 'Acknowledge', name: SUBSCRIPTION, ids: ['ack-0'] },
      { method: 'ModifyAckDeadline', name: SUBSCRIPTION, ids: ['ack-1', 'ack-2'], deadlineSeconds: 0 },
    ])
  })

  it('gives back any number, 500 per request', async () => {
    const { deadLetters, asked } = await waiting(numbered(1_001))
    const taken = await deadLetters.take(BOX, 1_001)
    await taken.release()
    const released = asked('ModifyAckDeadline').map(({ ids }) => ids!)
    assert.deepEqual(
      released.map(ids => ids.length),
      [500, 500, 1],
    )
    assert.equal(new Set(released.flat()).size, 1_001)
  })

  it('leaves no connection once it is closed', async () => {
    const { server, deadLetters } = await waiting(numbered(1))
    const taken = await deadLetters.take(BOX, 1)
    await taken.replay(taken.letters[0]!)
    await deadLetters.close()
    await server.disconnected()
  })
})
