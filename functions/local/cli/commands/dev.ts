import { join, resolve } from 'node:path'
import type { TardisSource } from '../../../emulators/tardis/source.ts'
import { DAY_MS, dayOf } from '../../../market/days.ts'
import { type Config, ConfigError, type Environment, readConfig } from '../../../runtime/config/config.ts'
import * as values from '../../../runtime/config/values.ts'
import { isTerminal, looksOf } from '../../terminal/style.ts'
import type { CommonFlags } from '../common-flags.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { type FlagValues, list, natural, text, toggle } from '../flags.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { openLogFile } from '../logging.ts'
import { projectFlag } from '../project.ts'
import { MISSING_VENUES, readEnvironment } from '../settings.ts'
import { type CliContext, defineCommand } from './command.ts'

const DEFAULT_FOLDER = './data/dev'
const DEFAULT_PROJECT = 'tick-dev'
const DEFAULT_PORT = 8085
const MAX_LATENCY_MS = 10_000
const FIRST_SAMPLE_DAY = '2020-01-01'
const SAMPLE_ROWS_PER_FILE = 20_000

const FLAGS = {
  'data-dir': text('DIR', `folder to store data in (default ${DEFAULT_FOLDER})`),
  'source-dir': text('DIR', "serve files in Tardis's layout from DIR (default: generated sample data)"),
  'real-vendor': toggle('fetch from Tardis.dev (TARDIS_API_KEY, TARDIS_API_URL, TARDIS_DATASETS_URL)'),
  venues: list(
    'V,…',
    'the venues of a request that names none (default: all that are served, or VENUES)',
    values.venue,
  ),
  project: projectFlag(`project id on the emulator (default ${DEFAULT_PROJECT})`),
  port: natural('N', `port of the Pub/Sub emulator, or another free one (default ${DEFAULT_PORT})`, 65_535),
  'latency-ms': natural(
    'MS',
    'let the bucket and the Tardis server respond MS later (default: at once)',
    MAX_LATENCY_MS,
  ),
  settings: text('FILE', 'read settings from FILE instead of .env'),
}
type Values = FlagValues<typeof FLAGS & CommonFlags>

export default defineCommand({
  usage: '[flags]',
  about:
    'Runs everything that is deployed, on this machine: the Pub/Sub emulator with the topics, push subscriptions and\ndead letters of infra/, a bucket in a folder, a Tardis server, and the three built functions as processes with their\nmemory limits. Needs the gcloud component pubsub-emulator and Java, or PUBSUB_EMULATOR_HOST.',
  flags: FLAGS,
  examples: [
    ['tick-handler dev', 'sample data into ./data/dev; prints how to publish a request'],
    ['tick-handler dev --real-vendor --venues deribit', 'data from Tardis (without a key the first day of each month)'],
    ['PUBSUB_EMULATOR_HOST=127.0.0.1:8085 tick-handler dev', 'with an emulator that is running'],
  ],
  async check({ flags }, context) {
    const faults: string[] = []
    if (flags['real-vendor'] && flags['source-dir']) {
      faults.push('--source-dir and --real-vendor exclude each other')
    }
    try {
      const { venues } = readConfig(await readEnvironment(flags.settings, context))
      if (flags['real-vendor'] && !flags.venues && venues.length === 0) {
        faults.push(MISSING_VENUES)
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      faults.push(...error.faults)
    }
    return faults
  },
  async run({ flags }, context) {
    const startedMs = performance.now()
    const { stdout, stderr, env: own, cwd } = context
    const [{ findEmulator }, { createLogStream, joinStreams }, { readyDocument, renderReady }, { startStack }, dist] =
      await Promise.all([
        import('../../dev/emulator.ts'),
        import('../../dev/stream.ts'),
        import('../../dev/text.ts'),
        import('../../dev/stack.ts'),
        import('../../dev/build.ts'),
      ])
    await using logFile = await openLogFile(flags['log-file'], cwd)
    const json = flags['log-format'] === 'json'
    const onTerminal = createLogStream(stderr, looksOf(isTerminal(stderr), own), { quiet: flags.quiet ?? false, json })
    const inFile = logFile && createLogStream(logFile, { color: false, unicode: true }, { json })
    const stream = inFile ? joinStreams([onTerminal, inFile]) : onTerminal
    const shown = flags['data-dir'] ?? DEFAULT_FOLDER
    const folder = resolve(cwd, shown)
    const served = await servedBy(flags, cwd, folder)
    const { env, config } = await environmentFor(flags, served.source, context)
    using interrupt = listenForInterrupt(
      () => stream.say('dev', 'stopping, Ctrl-C again to stop at once'),
      () => stream.say('dev', 'stopped at once'),
    )
    // Before anything that takes time.
    if (!env.PUBSUB_EMULATOR_HOST) await findEmulator(env)
    if (dist.isStale()) {
      stream.say('dev', 'building the functions (npm run build)')
      await dist.build()
    }
    const stack = await startStack({
      config,
      env,
      folder,
      ...served,
      latencyMs: flags['latency-ms'],
      project: flags.project ?? DEFAULT_PROJECT,
      port: flags.port ?? DEFAULT_PORT,
      entryPoint: dist.ENTRY_POINT,
      onLine: stream.line,
      onEvent: stream.say,
    })
    const seconds = (performance.now() - startedMs) / 1000
    const ready = { stack, folder: shown, vendor: served.shown, venues: config.venues, seconds }
    if (!interrupt.signal.aborted && flags.json) stdout.write(`${JSON.stringify(readyDocument(ready))}\n`)
    else if (!interrupt.signal.aborted && !flags.quiet)
      stdout.write(renderReady(ready, looksOf(isTerminal(stdout), own)))
    const ended = await Promise.race([aborted(interrupt.signal), stack.emulatorEnded.then(() => 'emulator' as const)])
    if (ended) stream.say('pubsub', 'the emulator has ended, stopping')
    await stack.stop()
    return ended ? EXIT_INCOMPLETE : EXIT_COMPLETE
  },
})

interface Served {
  /** Undefined: the real vendor. */
  readonly source?: TardisSource
  readonly shown: string
}

async function servedBy(flags: Values, cwd: string, folder: string): Promise<Served> {
  if (flags['real-vendor']) return { shown: 'as TARDIS_API_URL and TARDIS_DATASETS_URL say (default: Tardis.dev)' }
  const from = flags['source-dir']
  if (from !== undefined) {
    const { folderSource } = await import('../../../emulators/tardis/folder-source.ts')
    return { source: folderSource(resolve(cwd, from)), shown: `recordings in ${from}` }
  }
  const { sampleSource } = await import('../../../emulators/tardis/sample-source.ts')
  const yesterday = dayOf(Date.now() - DAY_MS)
  const source = sampleSource({
    dates: [FIRST_SAMPLE_DAY, yesterday],
    rowsPerFile: SAMPLE_ROWS_PER_FILE,
    // Beside the bucket's own hidden files, so that it goes with the folder.
    cacheDir: join(folder, '.tick-handler', 'sample-data'),
  })
  return { source, shown: `generated sample data from ${FIRST_SAMPLE_DAY} to ${yesterday}` }
}

/** The functions' variables. Functions that read sample data from this machine get no API key. */
async function environmentFor(
  flags: Values,
  source: TardisSource | undefined,
  context: CliContext,
): Promise<{ env: Environment; config: Config }> {
  const { TARDIS_API_KEY, ...others } = await readEnvironment(flags.settings, context)
  const base = { ...others, ...(!source && { TARDIS_API_KEY }), ...(flags.verbose && { LOG_LEVEL: 'debug' }) }
  const venues = flags.venues ?? (await source?.venues())
  const env = venues ? { ...base, VENUES: venues.join() } : base
  return { env, config: readConfig(env) }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
