import { existsSync } from 'node:fs'
import { createFileCatalog } from '../../../iceberg/file-catalog.ts'
import { placeAt } from '../../../iceberg/place.ts'
import { rebuildTables } from '../../../iceberg/rebuild.ts'
import { type Refreshed, refreshTables } from '../../../iceberg/refresh.ts'
import type { TableServices } from '../../../iceberg/refresh-days.ts'
import { readTablesStatus } from '../../../iceberg/status.ts'
import { verifyTables } from '../../../iceberg/verify.ts'
import { systemClock } from '../../../runtime/deadline.ts'
import { shown } from '../../../runtime/shown.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import { openForReading, openForWork, tablesRoot } from '../../pipeline/destination.ts'
import { renderTables } from '../../report/tables-text.ts'
import { count, counted } from '../../terminal/human.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import { destinationFlags } from '../destination-argument.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { openLog } from '../logging.ts'
import { DESTINATION_FLAGS, readSettings, type Settings, trySettings } from '../settings.ts'
import { type Arguments, type CliContext, defineCommand } from './command.ts'

const ACTIONS = ['refresh', 'status', 'verify', 'rebuild'] as const
type Action = (typeof ACTIONS)[number]
const FLAGS = DESTINATION_FLAGS

export default defineCommand({
  usage: 'refresh | status | verify | rebuild [DIR | gs://NAME[/PREFIX]] [flags]',
  about:
    'Makes Iceberg tables over the stored files, one for each data type, so that query engines find the files of a query without listing folders. refresh adds every complete venue-day that the tables lack. status prints what they have. verify compares them with every manifest and with the bucket. rebuild makes them anew, after a folder was moved or a table was damaged. Data files stay where they are; only files below _iceberg/ are written.',
  flags: FLAGS,
  examples: [
    ['tick-handler table refresh', 'tables over ./data, in ./data/_iceberg'],
    ['tick-handler table status ./data', 'rows, files, days and what the tables lack'],
    ['tick-handler table rebuild ./moved', 'the same tables, with the paths of the new place'],
    ['tick-handler table refresh --bucket my-ticks', 'tables in a bucket; the deployed functions refresh them too'],
  ],
  takesRest: true,
  async check({ flags, rest: [action, ...rest] }, context) {
    const destination = destinationFlags(flags, rest)
    return [...actionFaults(action), ...destination.faults, ...(await trySettings(destination.flags, context)).faults]
  },
  async run({ flags, rest: [action, ...rest], given }, context) {
    const destination = destinationFlags(flags, rest)
    const settings = await readSettings(destination.flags, context)
    if (isAbsent(settings)) {
      context.stderr.write(`tick-handler: no tables in ${settings.destination.shown}: there is no such folder\n`)
      return EXIT_INCOMPLETE
    }
    const prefix = destination.prefix ?? settings.config.gcsPrefix
    const run = { refresh, status, verify, rebuild }[action as Action]
    return await run(settings, prefix, { flags, rest, given }, context)
  },
})

function actionFaults(action: string | undefined): string[] {
  const known: readonly (string | undefined)[] = ACTIONS
  if (known.includes(action)) return []
  return [
    `${action === undefined ? 'no action' : `unexpected argument ${shown(action)}`}, expected ${ACTIONS.join(', ')}`,
  ]
}

function isAbsent({ destination }: Settings): boolean {
  return destination.kind === 'folder' && !existsSync(destination.folder)
}

type Run = (settings: Settings, prefix: string, args: Arguments<typeof FLAGS>, context: CliContext) => Promise<number>

const refresh: Run = (settings, prefix, args, context) =>
  write(settings, prefix, args, context, (services, onProgress) =>
    refreshTables(services, { onProgress: ({ days, total }) => onProgress(days, total) }),
  )

const rebuild: Run = (settings, prefix, args, context) => write(settings, prefix, args, context, rebuildTables)

type Work = (
  services: TableServices,
  onProgress: (done: number, total: number | undefined) => void,
) => Promise<Refreshed>

async function write(
  settings: Settings,
  prefix: string,
  { flags }: Arguments<typeof FLAGS>,
  context: CliContext,
  work: Work,
): Promise<number> {
  const { stdout, stderr, env } = context
  await using log = await openLog({ flags, level: undefined, usual: 'warn', secrets: [] }, context)
  await using opened = await openForWork(settings)
  using bar = progressBar(stderr, env, 'venue-days in the tables', undefined, flags.quiet)
  const startedMs = performance.now()
  const services = { clock: systemClock, random: Math.random, newUuid: () => crypto.randomUUID(), log }
  const done = await work({ ...tablesOf(opened.bucket, settings, prefix), ...services }, (days, total) =>
    bar.update(days, total),
  )
  const seconds = (performance.now() - startedMs) / 1000
  if (flags.json) stdout.write(`${JSON.stringify({ ...done, seconds })}\n`)
  else if (!flags.quiet) stdout.write(`${refreshedText(done, seconds)}\n`)
  return done.isDone ? EXIT_COMPLETE : EXIT_INCOMPLETE
}

function refreshedText({ days, entries, commits }: Refreshed, seconds: number): string {
  if (days === 0) return 'The tables are up to date.'
  const speed = entries > 0 ? `, ${count(Math.round(entries / seconds))} entries/s` : ''
  const looked = `${counted(days, 'venue-day')} with ${counted(entries, 'file')}`
  return `${looked} in ${seconds.toFixed(1)} s${speed}; ${counted(commits, 'commit')}.`
}

const status: Run = async (settings, prefix, { flags }, { stdout }) => {
  await using opened = await openForReading(settings)
  const found = await readTablesStatus(tablesOf(opened.bucket, settings, prefix))
  if (flags.json) stdout.write(`${JSON.stringify({ where: settings.destination.shown, ...found })}\n`)
  else if (!flags.quiet) stdout.write(renderTables(settings.destination.shown, found))
  return found.isBuilt && found.queued === 0 && found.damaged.length === 0 ? EXIT_COMPLETE : EXIT_INCOMPLETE
}

const verify: Run = async (settings, prefix, { flags }, { stdout, stderr, env }) => {
  await using opened = await openForReading(settings)
  using bar = progressBar(stderr, env, 'venue-days verified', undefined, flags.quiet)
  const { faults, files, leftOver } = await verifyTables(tablesOf(opened.bucket, settings, prefix), (done, total) =>
    bar.update(done, total),
  )
  if (flags.json) stdout.write(`${JSON.stringify({ where: settings.destination.shown, files, leftOver, faults })}\n`)
  else if (!flags.quiet) {
    for (const { dataType, fault } of faults) stdout.write(`${dataType}: ${fault}\n`)
    const end =
      faults.length === 0 ? 'the tables agree with the manifests and the bucket' : counted(faults.length, 'fault')
    const unnamed = leftOver > 0 ? `; ${counted(leftOver, 'file')} of the tables nothing names` : ''
    stdout.write(`${counted(files, 'data file')}: ${end}${unnamed}.\n`)
  }
  return faults.length === 0 ? EXIT_COMPLETE : EXIT_INCOMPLETE
}

/** What the tables of a destination are read with. */
function tablesOf(bucket: Bucket, { destination }: Settings, prefix: string) {
  const place = placeAt(tablesRoot(destination))
  return { bucket, prefix, place, catalog: createFileCatalog(bucket, prefix, place) }
}
