import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, findEmulator, NoEmulator, startEmulator } from '../../../../functions/local/dev/emulator.ts'
import { freePort } from '../../../../functions/local/dev/free-port.ts'
import { subscriptionsOf } from '../../../../functions/local/dev/topology.ts'
import { readConfig } from '../../../../functions/runtime/config/config.ts'
import { startDeadLetterServer, type Waiting } from '../../../support/dead-letter-server.ts'
import { callMain } from '../cli.ts'

const PROJECT = 'team-42'
const CONFIG = readConfig({})
const DAY = { venue: 'binance', date: '2024-08-08' }

interface Listed {
  readonly id: string
  readonly function: string
  readonly attempts: number
  readonly message: string
}

/** The command on the Pub/Sub at `host`. */
function commandOn(host: string, cwd: string) {
  const deadLetters = (...args: string[]) =>
    callMain(['dead-letters', ...args], { cwd, env: { PUBSUB_EMULATOR_HOST: host, GOOGLE_CLOUD_PROJECT: PROJECT } })
  const listed = async (...args: string[]): Promise<Listed[]> =>
    JSON.parse((await deadLetters('list', '--json', ...args)).stdout).deadLetters
  return { deadLetters, listed }
}

/** A dead letter of the function that the topic feeds. */
function letter(id: string, topic: string, message: object | string): Waiting {
  return {
    id,
    subscription: subscriptionsOf(CONFIG).find(one => one.topic === topic)!.deadLetterSubscription,
    data: typeof message === 'string' ? message : JSON.stringify(message),
    publishedSeconds: 1_723_104_000,
    attributes: { CloudPubSubDeadLetterSourceDeliveryCount: '50' },
  }
}

describe('tick-handler dead-letters', () => {
  let cwd: string
  let server: Awaited<ReturnType<typeof startDeadLetterServer>> | undefined

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'dead-letters-'))
  })
  afterEach(() => server?.close())
  after(() => rm(cwd, { recursive: true, force: true }))

  async function waiting(...letters: Waiting[]) {
    server = await startDeadLetterServer(letters)
    const { asked, host } = server
    const replayed = () => asked.filter(({ method }) => method === 'Publish').map(({ name, data }) => [name, data])
    return { ...commandOn(host, cwd), replayed }
  }
  const topicPath = (topic: string) => `projects/${PROJECT}/topics/${topic}`

  it('says that there are none, with exit code 0', async () => {
    const { code, stdout, stderr } = await (await waiting()).deadLetters()
    assert.deepEqual([code, stdout], [0, 'No dead letters.\n'], stderr)
  })

  it('lists, shows, replays and drops them, each once', async () => {
    const completion = { ...DAY, plan: 'cafe', index: 0 }
    const deribit = { ...DAY, venue: 'deribit' }
    const { deadLetters, listed, replayed } = await waiting(
      letter('1', CONFIG.completionsTopic, completion),
      letter('2', CONFIG.venueDaysTopic, DAY),
      letter('3', CONFIG.venueDaysTopic, deribit),
      letter('4', CONFIG.venueDaysTopic, 'no JSON'),
    )
    const all = await listed()
    assert.deepEqual(
      all.map(({ id, function: name, attempts }) => [id, name, attempts]),
      [
        ['2', 'fetch', 50],
        ['3', 'fetch', 50],
        ['4', 'fetch', 50],
        ['1', 'aggregate', 50],
      ],
    )
    assert.deepEqual(await listed(), all, 'listing takes nothing away')
    const text = await deadLetters()
    assert.equal(text.code, 1)
    assert.match(text.stdout, /^id +function +since +attempts +message\n/)

    assert.equal((await deadLetters('show', '2')).stdout, `${JSON.stringify(DAY)}\n`)
    assert.equal((await deadLetters('replay', '2')).stdout, 'replayed 1 dead letter\n')
    assert.deepEqual(replayed(), [[topicPath(CONFIG.venueDaysTopic), JSON.stringify(DAY)]])
    assert.equal((await deadLetters('drop', '4')).stdout, 'dropped 1 dead letter\n')
    assert.deepEqual(
      (await listed('--function', 'fetch')).map(({ id }) => id),
      ['3'],
    )
    assert.equal((await deadLetters('replay', '--all')).stdout, 'replayed 2 dead letters\n')
    assert.deepEqual(await listed(), [])
    assert.deepEqual(replayed().slice(1), [
      [topicPath(CONFIG.venueDaysTopic), JSON.stringify(deribit)],
      [topicPath(CONFIG.completionsTopic), JSON.stringify(completion)],
    ])
  })

  it('names an id that is not there, and leaves the others', async () => {
    const { deadLetters, listed } = await waiting(letter('1', CONFIG.scheduleTopic, {}))
    const { code, stderr } = await deadLetters('drop', '1', '424242')
    assert.equal(code, 1)
    assert.match(stderr, /no dead letter 424242: tick-handler dead-letters lists them/)
    assert.equal((await listed()).length, 1)
  })

  it('says what is wrong with its arguments', async () => {
    const { deadLetters } = await waiting()
    const faults: [string[], RegExp][] = [
      [['purge'], /unexpected argument "purge", expected list, show, replay or drop/],
      [['replay'], /replay: expected ids of dead letters, or --all/],
      [['drop', '1', '--all'], /drop: expected ids of dead letters, or --all/],
      [['show'], /show: expected the id of one dead letter/],
      [['list', '--all'], /--all is for replay and drop/],
      [['list', '--function', 'gather'], /--function: found "gather", expected one of schedule, fetch, aggregate/],
    ]
    for (const [args, error] of faults) {
      const { code, stderr } = await deadLetters(...args)
      assert.equal(code, 2)
      assert.match(stderr, error)
    }
  })
})

describe('tick-handler dead-letters on the Pub/Sub emulator', function () {
  this.timeout(60_000)
  let cwd: string
  let emulator: Emulator | undefined

  before(async function () {
    cwd = await mkdtemp(join(tmpdir(), 'dead-letters-'))
    const program = await findEmulator(process.env).catch(error => {
      if (!(error instanceof NoEmulator)) throw error
      console.warn(`      SKIPPED: ${error.message}`)
    })
    if (!program) return this.skip()
    emulator = await startEmulator(program, await freePort(), process.env)
    for (const { topic, deadLetterTopic, deadLetterSubscription } of subscriptionsOf(CONFIG)) {
      for (const [name, subscription] of [
        [topic, `${topic}-heard`],
        [deadLetterTopic, deadLetterSubscription],
      ]) {
        await call('PUT', `topics/${name}`, {})
        await call('PUT', `subscriptions/${subscription}`, {
          topic: `projects/${PROJECT}/topics/${name}`,
          ackDeadlineSeconds: 600,
        })
      }
    }
  })
  after(async () => {
    await emulator?.stop()
    await rm(cwd, { recursive: true, force: true })
  })

  async function call(method: string, path: string, body: object) {
    const response = await fetch(`http://${emulator!.host}/v1/projects/${PROJECT}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.ok(response.ok, await response.clone().text())
    return (await response.json()) as { receivedMessages?: { message: { data: string } }[] }
  }
  async function kill(topic: string, ...messages: (object | string)[]) {
    const attributes = { CloudPubSubDeadLetterSourceDeliveryCount: '50' }
    const dataOf = (message: object | string) =>
      Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)).toString('base64')
    await call('POST', `topics/${topic}-dead-letter:publish`, {
      messages: messages.map(message => ({ data: dataOf(message), attributes })),
    })
  }
  async function heard(topic: string) {
    const { receivedMessages = [] } = await call('POST', `subscriptions/${topic}-heard:pull`, {
      maxMessages: 100,
      returnImmediately: true,
    })
    return receivedMessages.map(({ message }) => Buffer.from(message.data, 'base64').toString())
  }

  it('lists, replays and drops', async () => {
    const { deadLetters, listed } = commandOn(emulator!.host, cwd)
    await kill(CONFIG.venueDaysTopic, DAY, 'no JSON')
    // Whoever takes as many as there are does not wait for more.
    const atMost = (count: number) => ['--function', 'fetch', '--max-letters', String(count)]
    const all = await listed(...atMost(2))
    assert.deepEqual(
      all.map(({ function: name, attempts, message }) => [name, attempts, message]).sort(),
      [
        ['fetch', 50, JSON.stringify(DAY)],
        ['fetch', 50, 'no JSON'],
      ].sort(),
    )
    const { id } = all.find(({ message }) => message === 'no JSON')!
    assert.equal((await deadLetters('drop', id, ...atMost(2))).stdout, 'dropped 1 dead letter\n')
    assert.equal((await deadLetters('replay', '--all', ...atMost(1))).stdout, 'replayed 1 dead letter\n')
    assert.deepEqual(await heard(CONFIG.venueDaysTopic), [JSON.stringify(DAY)])
    assert.deepEqual(await listed(), [])
  })
})
