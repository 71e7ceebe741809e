/**
 * Starts each function as it is deployed, from the artefact with production dependencies only, and prints how long it
 * takes until it serves and what it holds when idle: medians of several starts.
 *
 *   npm run bench:cold-start -- [--runs 5] [--node-options=]      (instead of those that infra sets)
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ROOT } from '../../functions/local/dev/build.ts'
import { freePort } from '../../functions/local/dev/free-port.ts'
import { nodeOptions, type Subscription, subscriptionsOf } from '../../functions/local/dev/topology.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { layOut } from '../../infra/package.ts'
import { median } from './median.ts'

interface Start {
  readonly seconds: number
  /** All that is resident, the mapped program with it; and what a container is charged for. */
  readonly rssMiB: number
  readonly anonymousMiB: number
}

/** Long enough for what a start leaves behind to settle. */
const IDLE_MS = 2_000

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, 'node-options': { type: 'string' } },
})
const artefact = mkdtempSync(join(tmpdir(), 'tick-handler-artefact-'))
try {
  const files = layOut(ROOT, artefact)
  execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: artefact,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const size = execFileSync('du', ['-sm', join(artefact, 'node_modules')], { encoding: 'utf8' }).split('\t')[0]
  process.stdout.write(`${files.length} files and ${size} MB of production dependencies; Node ${process.version}`)
  process.stdout.write(`${flags['node-options'] === undefined ? '' : `, NODE_OPTIONS=${flags['node-options']}`}\n\n`)
  process.stdout.write('| function | memory MiB | seconds to serve | idle RSS MiB | of it not file-backed MiB |\n')
  process.stdout.write('| --- | ---: | ---: | ---: | ---: |\n')
  for (const subscription of subscriptionsOf(readConfig({}))) {
    const starts: Start[] = []
    // The first one fills the page cache.
    for (let run = 0; run <= Number(flags.runs); run++) starts.push(await start(subscription))
    const of = (field: keyof Start) => median(starts.slice(1).map(one => one[field]))
    const cells = [subscription.name, subscription.memoryMb, of('seconds').toFixed(2), of('rssMiB'), of('anonymousMiB')]
    process.stdout.write(`| ${cells.join(' | ')} |\n`)
  }
} finally {
  rmSync(artefact, { recursive: true, force: true })
}

async function start(subscription: Subscription): Promise<Start> {
  const port = await freePort()
  const framework = join(artefact, 'node_modules/@google-cloud/functions-framework/build/src/main.js')
  const startedMs = performance.now()
  const child = spawn(process.execPath, [framework, `--source=${artefact}`, `--port=${port}`], {
    env: {
      PATH: process.env.PATH,
      NODE_OPTIONS: nodeOptions(subscription, flags['node-options']),
      FUNCTION_TARGET: subscription.name,
      MEMORY_LIMIT_MB: String(subscription.memoryMb),
      GCS_BUCKET: 'ticks-of-nobody',
      VENUES: 'deribit',
      GOOGLE_CLOUD_PROJECT: 'team-42',
      METADATA_SERVER_DETECTION: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk
    if (said.includes('URL: ')) break
  }
  const seconds = (performance.now() - startedMs) / 1000
  await sleep(IDLE_MS)
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  const miB = (field: string) =>
    Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024)
  child.kill('SIGTERM')
  await once(child, 'exit')
  return { seconds, rssMiB: miB('VmRSS'), anonymousMiB: miB('RssAnon') }
}
