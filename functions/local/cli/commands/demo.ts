import { resolve } from 'node:path'
import { openLedger } from '../../../ledger/ledger.ts'
import { KNOWN_DATA_TYPES } from '../../../market/names.ts'
import { readConfig } from '../../../runtime/config/config.ts'
import { readFolder } from '../../../storage/folder/folder-bucket.ts'
import { renderDemo, tallyByType } from '../../report/demo-text.ts'
import { isDownloadDone } from '../../report/json.ts'
import { glimpse } from '../../report/parquet-rows.ts'
import { isTerminal, looksOf, widthOf } from '../../terminal/style.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { text, toggle } from '../flags.ts'
import type { Settings } from '../settings.ts'
import { type CliContext, defineCommand } from './command.ts'
import { printEnd } from './download.ts'

const DEFAULT_FOLDER = './demo'
/** A first of a month, as the vendor gives away. */
const DAY = '2024-08-01'
const ROWS_PER_FILE = 20_000
const ROWS_SHOWN = 5

/** What a person may set for the demo too; where data come from and go to is its own. */
const TAKEN = [
  'LOG_LEVEL',
  'DOWNLOAD_MAX_WORKERS',
  'DOWNLOAD_MAX_CONNECTIONS',
  'MEMORY_EFFICIENT',
  'MEMORY_LIMIT_MB',
  'MEMORY_THRESHOLD',
]

export default defineCommand({
  usage: '[--data-dir DIR]',
  about:
    'Downloads generated sample data of every data type from a server in this process, as download does from Tardis,\nthen prints what it stored and how to query it. No network, no account.',
  flags: {
    'data-dir': text('DIR', `folder to store data in (default ${DEFAULT_FOLDER})`),
    force: toggle('download and convert again what is stored already'),
  },
  examples: [
    ['tick-handler demo', `into ${DEFAULT_FOLDER}; a second run downloads nothing`],
    ['tick-handler demo --force', 'download all of it again'],
  ],
  async run({ flags }, context) {
    const { startTardisServer } = await import('../../../emulators/tardis/server.ts')
    const { sampleSource } = await import('../../../emulators/tardis/sample-source.ts')
    const { runDownload } = await import('../download/run.ts')
    const source = sampleSource({ dates: [DAY], rowsPerFile: ROWS_PER_FILE })
    const server = await startTardisServer({ source })
    try {
      const settings = settingsFor(server, flags['data-dir'] ?? DEFAULT_FOLDER, context)
      const venues = [...(await source.venues())]
      const wanted = { venues, startDate: DAY, endDate: DAY, force: flags.force ?? false }
      const end = await runDownload(wanted, settings, context, flags)
      printEnd(end, settings, context, flags)
      if (!flags.json && !flags.quiet && end.sample?.object) await show(venues, end.sample.object, settings, context)
      return end.interruptedBy ?? (isDownloadDone(end) ? EXIT_COMPLETE : EXIT_INCOMPLETE)
    } finally {
      await server.close()
    }
  },
})

interface Addresses {
  readonly apiUrl: string
  readonly datasetsUrl: string
}

function settingsFor(server: Addresses, shown: string, { env, cwd }: CliContext): Settings {
  const taken = Object.fromEntries(TAKEN.map(name => [name, env[name]]))
  const config = readConfig({
    ...taken,
    DATA_TYPES: KNOWN_DATA_TYPES.join(),
    TARDIS_API_URL: server.apiUrl,
    TARDIS_DATASETS_URL: server.datasetsUrl,
  })
  // The demo's output must stay readable: the pipeline's log is shown only with LOG_LEVEL.
  const logLevel = env.LOG_LEVEL ? config.logLevel : 'warn'
  const destination = { kind: 'folder', folder: resolve(cwd, shown), shown } as const
  return { config: { ...config, logLevel }, destination, logLevelIsSet: true }
}

/** Reads back what was made, from the folder as it stands. */
async function show(venues: readonly string[], object: string, settings: Settings, context: CliContext) {
  const { config, destination } = settings
  if (destination.kind !== 'folder') return
  const ledger = openLedger(readFolder({ folder: destination.folder }), config.gcsPrefix)
  const manifests = await Promise.all(venues.map(venue => ledger.readManifest({ venue, date: DAY })))
  const tally = tallyByType(manifests.flatMap(manifest => manifest?.items ?? []))
  const file = await glimpse(resolve(destination.folder, object), ROWS_SHOWN)
  const { stdout, env } = context
  const name = `${destination.shown}/${object}`
  const looks = { ...looksOf(isTerminal(stdout), env), width: widthOf(stdout) }
  stdout.write(renderDemo({ name, file, tally, folder: destination.shown }, looks))
}
