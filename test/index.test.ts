import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FunctionEmulators, startFunctionEmulators } from './support/function-emulators.ts'
import { startFunction } from './support/function-process.ts'

const INDEX = fileURLToPath(new URL('../functions/index.ts', import.meta.url))
const STOPPED = fileURLToPath(new URL('./fixtures/stopped-function.ts', import.meta.url))
const KEY = 'TD.secret-key-of-somebody'

describe('index: the functions as they are deployed', () => {
  let emulators: FunctionEmulators

  before(async () => {
    emulators = await startFunctionEmulators()
  })
  after(() => emulators.close())

  it('stop a bad start with a line per fault and exit code 2', async () => {
    const started = await startFunction(INDEX, 'fetch', { GCS_PREFIX: '../x', TARDIS_API_KEY: `${KEY}\n${KEY}` })
    assert.deepEqual(await started.ended, { code: 2, signal: null })
    assert.equal(
      started.output.stderr,
      'TARDIS_API_KEY: found 51 characters (not shown), expected a key with no spaces or line breaks within\n' +
        'GCS_BUCKET: is not set, and there is no default\n' +
        'GCS_PREFIX: found "../x", expected folders like ticks or team/ticks (letters, digits, ., _, = and -), no slash at the ends, none of them .tick-handler, _ledger or _iceberg\n',
    )
    assert.equal(started.output.stdout, '')
  })

  it('schedule the last days on an empty message, log as Google Cloud reads it, and stop when idle', async () => {
    const started = await startFunction(INDEX, 'schedule', { ...emulators.env, TARDIS_API_KEY: KEY })
    assert.deepEqual(await started.push(undefined), { status: 204, text: '' })
    started.child.kill('SIGTERM')
    assert.deepEqual(await started.ended, { code: 0, signal: null }, started.output.stderr)
    const messages = emulators.topics.taken.map(({ topic, data }) => ({ topic, ...JSON.parse(String(data)) }))
    assert.ok(messages.length >= 3, JSON.stringify(messages))
    for (const { topic, venue, date } of messages) {
      assert.equal(`${topic} ${venue}`, 'projects/team-42/topics/tick-venue-days deribit')
      assert.match(date, /^\d{4}-\d\d-\d\d$/)
    }
    const lines = started.output.stdout.split('\n').filter(line => line.startsWith('{'))
    const entry = lines.map(line => JSON.parse(line)).find(({ message }) => message === 'scheduled')
    assert.equal(entry.severity, 'INFO')
    assert.equal(entry.messageId, '1144')
    assert.equal(entry.published, messages.length)
    assert.deepEqual(entry['logging.googleapis.com/labels'], { function: 'schedule' })
    assert.ok(!(started.output.stdout + started.output.stderr).includes(KEY))
  })

  for (const name of ['schedule', 'fetch', 'aggregate']) {
    it(`${name}: acknowledge a message that cannot be understood, and keep it in the ledger`, async () => {
      const started = await startFunction(INDEX, name, emulators.env)
      assert.deepEqual(await started.push('{"venue":"../x"}', '77'), { status: 204, text: '' }, started.output.stderr)
      started.child.kill('SIGTERM')
      assert.deepEqual(await started.ended, { code: 0, signal: null }, started.output.stderr)
      const kept = await readFile(join(emulators.bucket.folder, `_ledger/rejected/${name}-77.json`), 'utf8')
      assert.equal(JSON.parse(kept).data, '{"venue":"../x"}')
      const lines = started.output.stdout.split('\n').filter(line => line.startsWith('{'))
      const entry = lines.map(line => JSON.parse(line)).find(({ message }) => message === 'message rejected')
      assert.deepEqual([entry.severity, entry.event], ['ERROR', 'message_rejected'])
      assert.deepEqual([entry.messageId, entry.object], ['77', `_ledger/rejected/${name}-77.json`])
    })
  }
})

describe('index: SIGTERM', () => {
  it('waits for the batch in work, closes, and only then ends', async () => {
    const started = await startFunction(STOPPED, 'stopped', {})
    const answer = started.push('')
    await started.said('started')
    started.child.kill('SIGTERM')
    assert.deepEqual(await answer, { status: 204, text: '' })
    assert.deepEqual(await started.ended, { code: 0, signal: null })
    assert.match(started.output.stdout, /started\nstopping\nreceipt\nclosed\n$/)
  })

  it('takes no further work meanwhile, and ends at once at the second signal', async () => {
    const started = await startFunction(STOPPED, 'stopped', {})
    const cutOff = assert.rejects(started.push('stuck'))
    await started.said('started')
    started.child.kill('SIGTERM')
    await started.said('stopping')
    assert.equal((await started.push('')).status, 500)
    started.child.kill('SIGTERM')
    await cutOff
    assert.deepEqual(await started.ended, { code: 1, signal: null })
  })

  it('ends inside the grace period, though work is stuck: its message comes again', async () => {
    const started = await startFunction(STOPPED, 'stopped', { WORK_MS: '50' })
    const answer = started.push('stuck')
    await started.said('started')
    started.child.kill('SIGTERM')
    assert.equal((await answer).status, 500)
    assert.deepEqual(await started.ended, { code: 1, signal: null })
    assert.match(started.output.stdout, /started\nstopping\nclosed\n$/)
  })
})
