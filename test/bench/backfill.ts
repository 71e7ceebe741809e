/**
 * A backfill of five years of ten venues on the Pub/Sub emulator: `tick-handler backfill` publishes, the built schedule
 * function, in its memory, makes venue-days of it, which stay unprocessed. Then again with half of them complete, and
 * what --dry-run says of that.
 *
 *   npm run bench:backfill
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { foldManifest } from '../../functions/aggregate/manifest.ts'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { build, ENTRY_POINT, isStale, ROOT } from '../../functions/local/dev/build.ts'
import { findEmulator, startEmulator } from '../../functions/local/dev/emulator.ts'
import { freePort } from '../../functions/local/dev/free-port.ts'
import { runFunction } from '../../functions/local/dev/function.ts'
import { connectSubscription } from '../../functions/local/dev/pubsub-admin.ts'
import { startPushProxy } from '../../functions/local/dev/push-proxy.ts'
import { subscriptionsOf } from '../../functions/local/dev/topology.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { venueDays } from '../../functions/schedule/venue-days.ts'
import { manifestName, planName } from '../../functions/storage/names.ts'

const PROJECT = 'tick-bench'
const VENUES = Array.from({ length: 10 }, (_, at) => `venue-${at}`)
const RANGE = { startDate: '2019-01-01', endDate: '2023-12-31' }
const TYPES = 'trades'
const days = [...venueDays({ venues: VENUES, ...RANGE, scope: {}, force: false })]

if (isStale()) await build()
const folder = mkdtempSync(join(tmpdir(), 'tick-handler-bench-'))
await using parts = new AsyncDisposableStack()
parts.defer(() => rmSync(folder, { recursive: true, force: true }))
const bucket = parts.adopt(await startGcsServer({ folder, bucket: 'bench' }), server => server.close())
const emulator = parts.adopt(
  await startEmulator(await findEmulator(process.env), await freePort(), process.env),
  async started => void (await started.stop()),
)
const [schedule, fetch] = subscriptionsOf(readConfig({}))
const done: { published: number; alreadyComplete: number }[] = []
let more = Promise.withResolvers<void>()
const running = parts.adopt(
  await runFunction({
    subscription: schedule!,
    source: ENTRY_POINT,
    env: {
      PATH: process.env.PATH,
      GCS_BUCKET: 'bench',
      GCS_API_ENDPOINT: bucket.endpoint,
      PUBSUB_EMULATOR_HOST: emulator.host,
      GOOGLE_CLOUD_PROJECT: PROJECT,
      METADATA_SERVER_DETECTION: 'none',
    },
    onLine: line => {
      const entry = line.startsWith('{') ? JSON.parse(line) : {}
      if (entry.message === 'scheduled') done.push(entry)
      else if (entry.severity === 'ERROR') process.stderr.write(`${line}\n`)
      more.resolve()
      more = Promise.withResolvers()
    },
    onEvent: text => process.stderr.write(`schedule ${text}\n`),
  }),
  started => started.stop(),
)
const proxy = parts.adopt(await startPushProxy({ instance: () => running.port(), session: 'bench' }), opened =>
  opened.close(),
)
const address = { host: emulator.host, project: PROJECT }
// The venue-days wait in their subscription: what it is pushed to refuses connections.
await connectSubscription(address, fetch!, 'http://127.0.0.1:9')
await connectSubscription(address, schedule!, proxy.url)

process.stdout.write(`${days.length} venue-days; schedule has ${schedule!.memoryMb} MiB\n\n`)
process.stdout.write(
  '| run | requests | publishing s | CLI peak RSS MiB | all scheduled s | published | left out | schedule peak RSS MiB |\n',
)
process.stdout.write('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n')
await run('first')
for (const { venue, date } of days.slice(0, days.length / 2)) complete(venue, date)
await run('second, half of it complete')
const looked = await backfill(['--data-dir', folder, '--data-types', TYPES, '--dry-run'])
process.stdout.write(
  `\n--dry-run on the folder: ${looked.seconds.toFixed(1)} s, ${looked.peakMiB} MiB; ${looked.stderr.split('\n')[0]}\n`,
)

async function run(title: string): Promise<void> {
  done.length = 0
  const startedMs = performance.now()
  const { seconds, peakMiB, stderr } = await backfill(['--data-types', TYPES])
  const requests = Number(/published (\d+) requests/.exec(stderr)?.[1])
  while (done.length < requests) await more.promise
  const allSeconds = (performance.now() - startedMs) / 1000
  const sum = (field: 'published' | 'alreadyComplete') => done.reduce((total, one) => total + one[field], 0)
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid}/status`, 'utf8'))?.[1]
  const cells = [
    title,
    requests,
    seconds.toFixed(1),
    peakMiB,
    allSeconds.toFixed(1),
    sum('published'),
    sum('alreadyComplete'),
  ]
  process.stdout.write(`| ${cells.join(' | ')} | ${Math.round(Number(peak) / 1024)} |\n`)
}

async function backfill(args: readonly string[]) {
  const printsPeak = 'data:text/javascript,process.on("exit",()=>console.error("peak",process.resourceUsage().maxRSS))'
  const command = ['--import', printsPeak, join(ROOT, 'functions/local/tick-handler.ts'), 'backfill']
  const range = ['--venues', VENUES.join(), '--start-date', RANGE.startDate, '--end-date', RANGE.endDate]
  const startedMs = performance.now()
  const child = spawn(process.execPath, [...command, ...range, '--project', PROJECT, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, PUBSUB_EMULATOR_HOST: emulator.host },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(stderr)
  const peakMiB = Math.round(Number(/^peak (\d+)$/m.exec(stderr)?.[1]) / 1024)
  return { seconds: (performance.now() - startedMs) / 1000, peakMiB, stderr }
}

/** Plan and complete manifest of a venue-day on which nothing was to be had. */
function complete(venue: string, date: string): void {
  const day = { venue, date }
  mkdirSync(dirname(join(folder, planName('ticks', day))), { recursive: true })
  const asked = { schemaVersion: 1, ...day, plan: 'cafe', status: 'planned', scope: { trades: 'all' } } as const
  const plan = { ...asked, batches: [], unlisted: [], incidents: [] }
  writeFileSync(join(folder, planName('ticks', day)), `${JSON.stringify(plan)}\n`)
  writeFileSync(join(folder, manifestName('ticks', day)), `${JSON.stringify(foldManifest(plan, []))}\n`)
}
