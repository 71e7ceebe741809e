import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { BUCKET, type Served, serveFolder } from './emulators/gcs/with-server.ts'
import { detailsOf } from './fetch/fake-vendor.ts'
import { MESSAGES } from './fetch/release-0.1.ts'
import { type FunctionProcess, startFunction } from './support/function-process.ts'
import { startPubSubServer } from './support/pubsub-server.ts'

const INDEX = fileURLToPath(new URL('../functions/index.ts', import.meta.url))
const FIXTURE = fileURLToPath(new URL('./fixtures/release-0.1/bucket/', import.meta.url))
/** What a message of release 0.1 may have: it refuses all other fields. */
const OLD_FIELDS = ['venue', 'date', 'dataTypes', 'symbols', 'force', 'batch']

/** A vendor that lists the symbols of the fixture, and has no file any more. */
async function startVendor(): Promise<Server> {
  const { datasets } = detailsOf({
    A: ['trades', 'quotes'],
    B: ['trades'],
    C: ['trades'],
    D: ['trades'],
    E: ['trades'],
  })
  const server = createServer(({ url }, response) => {
    const isDetails = url?.startsWith('/v1/exchanges/binance')
    response.writeHead(isDetails ? 200 : 404, { 'content-type': 'application/json' })
    response.end(isDetails ? JSON.stringify({ datasets, incidentReports: [] }) : '{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

describe('index: the functions as they are deployed, on the bucket and the messages of release 0.1', () => {
  let bucket: Served
  let topics: Awaited<ReturnType<typeof startPubSubServer>>
  let vendor: Server
  let env: Record<string, string>
  const published = () =>
    topics.taken.splice(0).map(({ topic, data }) => ({ topic, message: JSON.parse(String(data)) }))
  const filesIn = async (folder: string) => (await bucket.files()).filter(name => name.startsWith(folder))

  before(async () => {
    bucket = await serveFolder()
    const names = readdirSync(FIXTURE, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    for (const { parentPath, name } of names) {
      const path = `${parentPath}/${name}`
      await bucket.put(path.slice(FIXTURE.length).replace(/^\//, ''), readFileSync(path))
    }
    topics = await startPubSubServer()
    vendor = await startVendor()
    const { port } = vendor.address() as AddressInfo
    env = {
      GCS_BUCKET: BUCKET,
      GCS_API_ENDPOINT: bucket.server.endpoint,
      PUBSUB_EMULATOR_HOST: topics.host,
      GOOGLE_CLOUD_PROJECT: 'team-42',
      TARDIS_API_URL: `http://127.0.0.1:${port}/v1`,
      TARDIS_DATASETS_URL: `http://127.0.0.1:${port}/v1`,
      VENUES: 'binance',
      DATA_TYPES: 'trades,quotes',
      LOOKBACK_DAYS: '3',
    }
  })
  after(async () => {
    vendor.close()
    await topics.close()
    await bucket.close()
  })

  async function pushAll(name: string, messages: readonly object[]): Promise<FunctionProcess> {
    const started = await startFunction(INDEX, name, env)
    for (const [n, message] of messages.entries()) {
      const text = JSON.stringify(message)
      const response = await started.push(text === '{}' ? undefined : text, `${name}-${n}`)
      assert.deepEqual(
        response,
        { status: 204, text: '' },
        `${text}: ${started.output.stdout} ${started.output.stderr}`,
      )
    }
    started.child.kill('SIGTERM')
    assert.deepEqual(await started.ended, { code: 0, signal: null }, started.output.stderr)
    return started
  }

  it('schedule takes each request, keeps the one for given days, and publishes what release 0.1 reads', async () => {
    await pushAll('schedule', MESSAGES.schedule)
    const messages = published()
    const plain = messages.filter(({ message }) => !message.request && !message.incidentsSince)
    assert.equal(plain.length, 3, 'the last days')
    for (const { message } of plain)
      assert.deepEqual(
        Object.keys(message).filter(key => !OLD_FIELDS.includes(key)),
        [],
      )
    const checks = messages.filter(({ message }) => message.incidentsSince)
    assert.deepEqual(
      checks.map(({ message }) => [message.venue, message.version]),
      [['binance', 4]],
      'of the venue that release 0.1 recorded',
    )
    const kept = await filesIn('_ledger/requests/')
    const again = messages.filter(({ message }) => message.request)
    assert.equal(kept.length, 1)
    // What is done again has a higher version: release 0.1 does not take it for something else, and it comes again.
    assert.deepEqual([again.length, again[0]!.message.version], [18, 3])
    assert.ok(kept[0]!.includes(again[0]!.message.request))
  })

  it('fetch takes each venue-day and each batch, and downloads nothing that is settled', async () => {
    const data = await filesIn('ticks/')
    const before = await Promise.all(data.map(name => bucket.generation(name)))
    await pushAll('fetch', MESSAGES.venueDays)
    assert.deepEqual(await filesIn('ticks/'), data)
    assert.deepEqual(await Promise.all(data.map(name => bucket.generation(name))), before)
    const toAggregate = published().filter(({ topic }) => topic.endsWith('/tick-completions'))
    assert.ok(toAggregate.length >= MESSAGES.venueDays.length)
  })

  it('aggregate takes each completion, and the manifest says what the receipts of both releases say', async () => {
    await pushAll('aggregate', MESSAGES.completions)
    const name = '_ledger/venue=binance/date=2024-08-08/manifest.json'
    const manifest = (await (await bucket.media(name)).json()) as {
      status: string
      items: { symbol: string; dataType: string; status: string }[]
    }
    const statuses = Object.fromEntries(manifest.items.map(item => [`${item.dataType}/${item.symbol}`, item.status]))
    assert.deepEqual(statuses, {
      'quotes/A': 'stored',
      'trades/A': 'stored',
      'trades/B': 'empty',
      'trades/C': 'missing',
      'trades/D': 'missing',
      'trades/E': 'missing',
    })
    assert.equal(manifest.status, 'complete')
  })

  it('no message is rejected', async () => {
    assert.deepEqual(await filesIn('_ledger/rejected/'), [])
  })
})
