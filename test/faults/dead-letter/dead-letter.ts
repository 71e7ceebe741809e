import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { findEmulator, startEmulator } from '../../../functions/local/dev/emulator.ts'
import { freePort } from '../../../functions/local/dev/free-port.ts'
import { createGcsBucket } from '../../../functions/storage/gcs.ts'
import { callMain } from '../../local/cli/cli.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { startFaultyVendor } from '../../support/faulty-vendor.ts'
import { type FunctionProcess, startFunction } from '../../support/function-process.ts'
import { page } from '../cases/vendor-faults.ts'
import { DAY, KEY, marketFiles } from '../market.ts'
import { MAX_ATTEMPTS, PubSubAdmin } from './pubsub.ts'

const INDEX = fileURLToPath(new URL('../../../functions/index.ts', import.meta.url))
const PROJECT = 'team-42'
const TOPICS = { schedule: 'tick-schedule', fetch: 'tick-venue-days', aggregate: 'tick-completions' } as const

/**
 * A venue-day with a batch that always fails, through the real Pub/Sub emulator and the deployed functions, each in a
 * process of its own: ends dead-lettered, shows as incomplete, and is complete once the cause is gone and schedule has
 * run again. Gives what was seen, a line each.
 * @throws NoEmulator where there is none
 */
export async function deadLettered(): Promise<string[]> {
  const program = await findEmulator(process.env)
  await using parts = new AsyncDisposableStack()
  const folder = parts.adopt(await mkdtemp(join(tmpdir(), 'dead-letter-')), path => rm(path, { recursive: true }))
  const server = parts.adopt(await startGcsServer({ folder, bucket: 'ticks' }), one => one.close())
  const proxy = parts.adopt(await startFaultProxy(server.endpoint), one => one.close())
  const vendor = parts.adopt(await startFaultyVendor(marketFiles(), KEY), one => one.close())
  const port = await freePort()
  const emulator = parts.adopt(await startEmulator(program, port, process.env), async one => void (await one.stop()))
  const env = {
    GCS_BUCKET: 'ticks',
    GCS_API_ENDPOINT: proxy.endpoint,
    PUBSUB_EMULATOR_HOST: emulator.host,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    TARDIS_API_KEY: KEY,
    TARDIS_API_URL: vendor.apiUrl,
    TARDIS_DATASETS_URL: vendor.datasetsUrl,
    VENUES: DAY.venue,
    DATA_TYPES: 'trades',
    BATCH_SIZE: '2',
  }
  const pubsub = new PubSubAdmin(emulator.host, PROJECT)
  const functions = await Promise.all(
    Object.entries(TOPICS).map(async ([name, topic]) => {
      const running = parts.adopt(await startFunction(INDEX, name, env), end)
      await pubsub.wire(topic, running.url)
      return running
    }),
  )
  const bucket = parts.adopt(createGcsBucket({ bucket: 'ticks', apiEndpoint: server.endpoint }), one => one.close())
  const ledger = openLedger(bucket, 'ticks')
  const seen: string[] = []

  /** Resolves when a manifest is written that says so. */
  const untilStatus = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      proxy.choose = ({ url, method }) => {
        if (method !== 'POST' || !decodeURIComponent(url).includes('manifest.json')) return undefined
        const look = async () => {
          const summary = await ledger.readSummary(DAY)
          if (summary?.status === wanted) resolve()
        }
        return {
          change: body => {
            look().catch(reject)
            return body
          },
        }
      }
    })
  const ask = () => pubsub.publish(TOPICS.schedule, { startDate: DAY.date, endDate: DAY.date })

  const planted = vendor.plant('B', page, Number.POSITIVE_INFINITY)
  await ask()
  const letter = (await pubsub.deadLetter(TOPICS.fetch)) as { batch?: { plan: string; index: number } }
  assert.ok(letter.batch, JSON.stringify(letter))
  assert.equal(planted.fired, MAX_ATTEMPTS)
  seen.push(`batch ${letter.batch.plan}/${letter.batch.index} failed ${planted.fired} times, and is dead-lettered`)

  const status = () =>
    callMain(['status', 'gs://ticks/ticks'], { cwd: folder, env: { GCS_API_ENDPOINT: server.endpoint } })
  const incomplete = await status()
  assert.equal(incomplete.code, 1, incomplete.stdout + incomplete.stderr)
  assert.match(incomplete.stdout, /incomplete/)
  assert.deepEqual((await ledger.readSummary(DAY))?.counts.failed, 1)
  seen.push(`tick-handler status (exit code 1): ${lineOf(incomplete.stdout)}`)

  vendor.heal()
  const complete = untilStatus('complete')
  await ask()
  await complete
  const after = await status()
  assert.equal(after.code, 0, after.stdout + after.stderr)
  seen.push(`the cause gone and schedule run again (exit code 0): ${lineOf(after.stdout)}`)
  for (const { output } of functions) assert.ok(!(output.stdout + output.stderr).includes(KEY))
  return seen
}

/** What `status` says of the day, or of the venue where there is no more to say. */
function lineOf(stdout: string): string {
  const lines = stdout.split('\n')
  const line = lines.find(one => one.includes(DAY.date)) ?? lines.find(one => one.includes(DAY.venue))
  return line?.trim().replace(/ +/g, ' ') ?? stdout
}

/** Its messages have been acknowledged, so there is nothing to wait for. */
async function end({ child, ended }: FunctionProcess): Promise<void> {
  child.kill('SIGKILL')
  await ended
}
