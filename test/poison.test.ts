import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sampleSource } from '../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../functions/emulators/tardis/server.ts'
import { MALLOC_ENVIRONMENT, nodeOptions } from '../functions/local/dev/topology.ts'
import { BUCKET, type Served, serveFolder } from './emulators/gcs/with-server.ts'
import { type FunctionProcess, startFunction } from './support/function-process.ts'
import { startPubSubServer } from './support/pubsub-server.ts'

const INDEX = fileURLToPath(new URL('../functions/index.ts', import.meta.url))
const MEMORY_MB = 256
/** The most that Pub/Sub takes: https://cloud.google.com/pubsub/quotas#resource_limits. */
const MAX_PUBSUB_BYTES = 10_000_000
const DAY = { venue: 'binance-futures', date: '2024-08-01' }

describe('poison at the entry: messages that cannot be processed', function () {
  this.timeout(120_000)
  let bucket: Served
  let topics: Awaited<ReturnType<typeof startPubSubServer>>
  let vendor: TardisServer

  beforeEach(async () => {
    bucket = await serveFolder()
    topics = await startPubSubServer()
    vendor = await startTardisServer({ source: sampleSource({ dates: [DAY.date, '2024-08-02'], rowsPerFile: 1 }) })
  })
  afterEach(async () => {
    await vendor.close()
    await topics.close()
    await bucket.close()
  })

  /** With the memory and the options of Node that infra gives it. */
  function start(name: string): Promise<FunctionProcess> {
    return startFunction(INDEX, name, {
      GCS_BUCKET: BUCKET,
      GCS_API_ENDPOINT: bucket.server.endpoint,
      PUBSUB_EMULATOR_HOST: topics.host,
      GOOGLE_CLOUD_PROJECT: 'team-42',
      TARDIS_API_URL: vendor.apiUrl,
      TARDIS_DATASETS_URL: vendor.datasetsUrl,
      VENUES: DAY.venue,
      MEMORY_LIMIT_MB: String(MEMORY_MB),
      NODE_OPTIONS: nodeOptions({ memoryMb: MEMORY_MB }),
      ...MALLOC_ENVIRONMENT,
    })
  }

  async function stopped({ child, ended }: FunctionProcess): Promise<void> {
    child.kill('SIGTERM')
    await ended
  }

  /** What a message that was published says. */
  const published = () => topics.taken.map(({ data }) => JSON.parse(String(data)) as Record<string, unknown>)
  const rejectedFile = (name: string) => readFile(join(bucket.folder, '_ledger', 'rejected', name))

  for (const name of ['schedule', 'fetch'] as const) {
    it(`${name}: the largest messages there are, of control characters, are kept whole, in the memory that there is`, async () => {
      const running = await start(name)
      const ids = ['1', '2', '3', '4', '5']
      const data = '\x01'.repeat(MAX_PUBSUB_BYTES)
      for (const id of ids) {
        assert.deepEqual(await running.push(data, id), { status: 204, text: '' }, running.output.stderr)
      }
      const peakMb = peakMemoryMb(running)
      await stopped(running)
      assert.ok(peakMb === undefined || peakMb < MEMORY_MB, `${peakMb} MiB at the peak`)
      for (const id of ids) {
        const kept = await rejectedFile(`${name}-${id}.message`)
        const end = kept.indexOf('\n')
        assert.equal(kept.subarray(end + 1).compare(Buffer.from(data)), 0)
        const { reason, ...about } = JSON.parse(kept.toString('utf8', 0, end))
        assert.deepEqual(about, { function: name, messageId: id, bytes: MAX_PUBSUB_BYTES })
        assert.match(reason, /10000000 bytes, expected at most 1048576/)
      }
    })
  }

  it('data types called like methods of every object are planned, and folded into a manifest', async () => {
    const request = { startDate: DAY.date, endDate: DAY.date, dataTypes: ['constructor', 'toString'], symbols: ['X'] }
    const schedule = await start('schedule')
    assert.equal((await schedule.push(JSON.stringify(request))).status, 204)
    await stopped(schedule)
    const [venueDay] = published()
    assert.deepEqual(venueDay, { ...DAY, dataTypes: ['constructor', 'toString'], symbols: ['X'] })
    const fetch = await start('fetch')
    // The second delivery finds the plan of the first, and unites it with what it asks for.
    for (const id of ['1', '2']) assert.equal((await fetch.push(JSON.stringify(venueDay), id)).status, 204)
    await stopped(fetch)
    const aggregate = await start('aggregate')
    assert.equal((await aggregate.push(JSON.stringify(published().at(-1)))).status, 204)
    await stopped(aggregate)
    const name = `_ledger/venue=${DAY.venue}/date=${DAY.date}/manifest.json`
    const { status, unlisted } = JSON.parse(await readFile(join(bucket.folder, name), 'utf8'))
    assert.equal(status, 'complete')
    assert.deepEqual(unlisted, [
      { dataType: 'constructor', symbol: 'X' },
      { dataType: 'toString', symbol: 'X' },
    ])
  })

  it('more items by name than a plan can hold are refused, in one message or in many', async () => {
    const symbols = Array.from({ length: 5_000 }, (_, i) => `SYMBOL-${i}`)
    const types = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `type_${from + i}x`)
    const running = await start('fetch')
    const push = (dataTypes: string[], id: string) => running.push(JSON.stringify({ ...DAY, dataTypes, symbols }), id)
    assert.equal((await push(types(0, 50), 'all')).status, 204)
    assert.equal((await push(types(0, 10), 'first')).status, 204)
    assert.equal((await push(types(10, 11), 'more')).status, 204)
    const peakMb = peakMemoryMb(running)
    await stopped(running)
    assert.ok(peakMb === undefined || peakMb < MEMORY_MB, `${peakMb} MiB at the peak`)
    const reasonOf = async (id: string) => JSON.parse(String(await rejectedFile(`fetch-${id}.json`))).reason
    assert.match(await reasonOf('all'), /at most 50000 items by name \(50 data types × 5000 symbols are 250000\)/)
    assert.match(await reasonOf('more'), /more than 50000 items by name/)
    await assert.rejects(rejectedFile('fetch-first.json'), { code: 'ENOENT' })
    assert.equal(published().length, 1)
  })
})

/** The most resident memory it had so far; undefined, with a warning, where the system does not say. */
function peakMemoryMb({ child }: FunctionProcess): number | undefined {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    return Math.ceil(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024)
  } catch (error) {
    console.warn(`SKIPPED: no peak memory is known here (${error}), so it was not compared with the limit`)
    return undefined
  }
}
