import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, findEmulator, NoEmulator, startEmulator } from '../../../../functions/local/dev/emulator.ts'
import { freePort } from '../../../../functions/local/dev/free-port.ts'
import { subscriptionsOf } from '../../../../functions/local/dev/topology.ts'
import { readConfig } from '../../../../functions/runtime/config/config.ts'
import { callMain } from '../cli.ts'

const PROJECT = 'team-42'
const CONFIG = readConfig({})
const DAY = { venue: 'binance', date: '2024-08-08' }

describe('tick-handler dead-letters', function () {
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
  const deadLetters = (...args: string[]) =>
    callMain(['dead-letters', ...args], {
      cwd,
      env: { PUBSUB_EMULATOR_HOST: emulator!.host, GOOGLE_CLOUD_PROJECT: PROJECT },
    })
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
  const listed = async (...args: string[]) =>
    JSON.parse((await deadLetters('list', '--json', ...args)).stdout).deadLetters as {
      id: string
      function: string
      attempts: number
      message: string
    }[]

  it('lists, shows, replays and drops them, each once', async () => {
    const none = await deadLetters()
    assert.deepEqual([none.code, none.stdout], [0, 'No dead letters.\n'], none.stderr)
    await kill(CONFIG.venueDaysTopic, DAY, { ...DAY, venue: 'deribit' }, 'no JSON')
    await kill(CONFIG.completionsTopic, { ...DAY, plan: 'cafe', index: 0 })
    const all = await listed()
    assert.deepEqual(
      all.map(letter => [letter.function, letter.attempts]),
      [
        ['fetch', 50],
        ['fetch', 50],
        ['fetch', 50],
        ['aggregate', 50],
      ],
    )
    assert.deepEqual(await listed(), all, 'listing takes nothing away')
    const text = await deadLetters()
    assert.equal(text.code, 1)
    assert.match(text.stdout, /^id +function +since +attempts +message\n/)

    const byMessage = new Map(all.map(({ message, id }) => [message, id]))
    const binance = byMessage.get(JSON.stringify(DAY))!
    assert.equal((await deadLetters('show', binance)).stdout, `${JSON.stringify(DAY)}\n`)
    assert.equal((await deadLetters('replay', binance)).stdout, 'replayed 1 dead letter\n')
    assert.deepEqual(await heard(CONFIG.venueDaysTopic), [JSON.stringify(DAY)])
    assert.equal((await deadLetters('drop', byMessage.get('no JSON')!)).stdout, 'dropped 1 dead letter\n')
    assert.equal((await listed('--function', 'fetch')).length, 1)
    assert.equal((await deadLetters('replay', '--all')).stdout, 'replayed 2 dead letters\n')
    assert.deepEqual(await listed(), [])
    assert.equal((await heard(CONFIG.completionsTopic)).length, 1)
  })

  it('names an id that is not there, and leaves the others', async () => {
    await kill(CONFIG.scheduleTopic, {})
    const { code, stderr } = await deadLetters('drop', '424242')
    assert.equal(code, 1)
    assert.match(stderr, /no dead letter 424242: tick-handler dead-letters lists them/)
    assert.equal((await listed()).length, 1)
  })

  it('says what is wrong with its arguments', async () => {
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
