import { join, resolve } from 'node:path'
import type { TardisSource } from '../../../emulators/tardis/source.ts'
import { DAY_MS, dayOf } from '../../../market/days.ts'
import { type Config, ConfigError, type Environment, readConfig } from '../../../runtime/config/config.ts'
import * as values from '../../../runtime/config/values.ts'
import { isTerminal, looksOf } from '../../terminal/style.ts'
import { type FlagValues, list, natural, text, toggle } from '../flags.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { projectFlag } from '../project.ts'
import { readEnvironment } from '../settings.ts'
import { defineCommand, EXIT_COMPLETE, EXIT_INCOMPLETE, type Surroundings } from './command.ts'

const DEFAULT_FOLDER = './data/dev'
const DEFAULT_PROJECT = 'tick-dev'
const DEFAULT_PORT = 8085
const FIRST_SAMPLE_DAY = '2020-01-01'
const SAMPLE_ROWS_PER_FILE = 20_000

const FLAGS = {
  'data-dir': text('DIR', `folder that is the bucket (default ${DEFAULT_FOLDER})`),
  'source-dir': text('DIR', "serve recordings in the vendor's layout from here (default: generated sample data)"),
  'real-vendor': toggle('fetch from Tardis.dev (TARDIS_API_KEY, TARDIS_API_URL, TARDIS_DATASETS_URL)'),
  venues: list('V,…', 'what a request without venues means (default: all that is served, or VENUES)', values.venue),
  project: projectFlag(`project id on the emulator (default ${DEFAULT_PROJECT})`),
  port: natural('N', `port of the Pub/Sub emulator, another if it is taken (default ${DEFAULT_PORT})`, 65_535),
  settings: text('FILE', 'read this instead of .env for what the environment does not set'),
}
type Values = FlagValues<typeof FLAGS>

export default defineCommand({
  usage: '[flags]',
  about:
    'Runs everything that is deployed on this machine: the Pub/Sub emulator with topics, push subscriptions and dead\nletters as infra/ sets them up, a bucket in a folder, a vendor, and the three built functions as processes with\ntheir memory limits. Needs the gcloud component pubsub-emulator and Java, or PUBSUB_EMULATOR_HOST.',
  flags: FLAGS,
  examples: [
    ['tick-handler dev', 'sample data into ./data/dev; it prints how to publish'],
    ['tick-handler dev --real-vendor --venues deribit', "the vendor's own data (first days of months without a key)"],
    ['PUBSUB_EMULATOR_HOST=127.0.0.1:8085 tick-handler dev', 'with an emulator that runs already'],
  ],
  exitCodes: [
    [0, 'stopped by Ctrl-C; nothing is left running'],
    [1, 'a part did not start, or the emulator ended'],
    [2, 'the command line or the configuration cannot be understood'],
  ],
  async check({ flags }, surroundings) {
    const faults: string[] = []
    if (flags['real-vendor'] && flags['source-dir']) {
      faults.push('--source-dir: found --real-vendor too, expected one of them')
    }
    try {
      const { venues } = readConfig(await readEnvironment(flags.settings, surroundings))
      if (flags['real-vendor'] && !flags.venues && venues.length === 0) {
        faults.push('--venues: found nothing (nor VENUES in the environment), expected Tardis exchange ids')
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      faults.push(...error.faults)
    }
    return faults
  },
  async run({ flags }, surroundings) {
    const startedMs = performance.now()
    const { stdout, stderr, env: own, cwd } = surroundings
    const [{ findEmulator }, { createLogStream }, { renderReady }, { startStack }, dist] = await Promise.all([
      import('../../dev/emulator.ts'),
      import('../../dev/stream.ts'),
      import('../../dev/text.ts'),
      import('../../dev/stack.ts'),
      import('../../dev/build.ts'),
    ])
    const stream = createLogStream(stderr, looksOf(isTerminal(stderr), own))
    const shown = flags['data-dir'] ?? DEFAULT_FOLDER
    const folder = resolve(cwd, shown)
    const served = await servedBy(flags, cwd, folder)
    const { env, config } = await environmentFor(flags, served.source, surroundings)
    using interrupt = listenForInterrupt(() => stream.say('dev', 'stopping, Ctrl-C again to stop at once'))
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
      project: flags.project ?? DEFAULT_PROJECT,
      port: flags.port ?? DEFAULT_PORT,
      entryPoint: dist.ENTRY_POINT,
      onLine: stream.line,
      onEvent: stream.say,
    })
    const seconds = (performance.now() - startedMs) / 1000
    const ready = { stack, folder: shown, vendor: served.shown, venues: config.venues, seconds }
    if (!interrupt.signal.aborted) stdout.write(renderReady(ready, looksOf(isTerminal(stdout), own)))
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

/** The functions' variables. What they get from this machine they are not told a key for. */
async function environmentFor(
  flags: Values,
  source: TardisSource | undefined,
  surroundings: Surroundings,
): Promise<{ env: Environment; config: Config }> {
  const { TARDIS_API_KEY, ...others } = await readEnvironment(flags.settings, surroundings)
  const base = source ? others : { ...others, TARDIS_API_KEY }
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
