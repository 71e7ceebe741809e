import { parseScheduleRequest } from '../../../pubsub/messages.ts'
import { blockText } from '../../report/block-text.ts'
import { type DownloadEnd, downloadDocument, isDownloadDone } from '../../report/json.ts'
import { failureLines, renderSummary } from '../../report/summary.ts'
import { isDone } from '../../report/venue-days.ts'
import { count, counted } from '../../terminal/human.ts'
import { isTerminal, looksOf, widthOf } from '../../terminal/style.ts'
import type { CommonValues } from '../common-flags.ts'
import type { Wanted } from '../download/requests.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { type FlagValues, inFlags, natural, text, toggle } from '../flags.ts'
import {
  DATASET_FLAGS,
  DESTINATION_FLAGS,
  isUnread,
  RANGE_FLAGS,
  readSettings,
  requestFaults,
  type Settings,
  selectionOfFlags,
  trySettings,
} from '../settings.ts'
import { type CliContext, defineCommand } from './command.ts'

const FLAGS = {
  ...RANGE_FLAGS,
  ...DATASET_FLAGS,
  'max-instruments': natural('N', 'at most N symbols per venue, the first that Tardis lists', 5_000),
  force: toggle('download and convert again what is stored already'),
  upgrade: toggle('convert again what an older converter version wrote, and nothing else'),
  'dry-run': toggle('download nothing: print what it takes (files, bytes, rows, time, costs)'),
  prices: text('FILE', 'with --dry-run: the prices of storage as JSON, instead of those of Google Cloud'),
  ...DESTINATION_FLAGS,
}

export default defineCommand({
  usage: '--venues V,… --start-date D --end-date D [flags]',
  about:
    'Downloads the datasets of the venues and days, converts them to Parquet, and keeps a manifest per venue and day.\nWhat is stored is not downloaded again, unless it was removed or changed since. After any interruption run the same command to resume.',
  flags: FLAGS,
  examples: [
    [
      'tick-handler download --venues binance-futures --start-date 2024-08-01 --end-date 2024-08-01 --symbols BTCUSDT',
      'one symbol; the first day of each month is free, without a key',
    ],
    [
      'tick-handler download --venues deribit,bitmex --start-date 2024-08-01 --end-date 2024-08-31 --data-types trades,quotes',
      'a month of two venues (TARDIS_API_KEY in .env)',
    ],
    [
      "tick-handler download --venues deribit --dates 2024-08 --symbols 'BTC-*' --instrument-types option --exclude '*-P'",
      'the calls on bitcoin: whatever was listed on each day',
    ],
    [
      'tick-handler download --venues binance --start-date 2024-08-01 --end-date 2024-08-01 --bucket my-ticks',
      'into a Google Cloud Storage bucket',
    ],
    [
      'tick-handler download --venues deribit --start-date 2024-08-01 --end-date 2024-08-31 --dry-run',
      'what a month takes, before anything is downloaded',
    ],
  ],
  async check({ flags, given }, context) {
    const { settings, faults: placeFaults } = await trySettings(flags, context)
    const faults = [...requestFaults(flags, given, settings?.config.venues), ...dryRunFaults(flags), ...placeFaults]
    if (faults.length > 0 || !settings || isUnread(flags, given)) return faults
    // What a message may hold is the limit for a request by flags too.
    const parsed = parseScheduleRequest(JSON.stringify({ ...wantedBy(flags, settings), maxInstruments: undefined }))
    return parsed.ok ? [] : [inFlags(parsed.reason)]
  },
  async run({ flags }, context) {
    const settings = await readSettings(flags, context)
    if (flags['dry-run']) {
      const { dryRun } = await import('../download/dry-run.ts')
      return await dryRun(wantedBy(flags, settings), settings, context, flags)
    }
    // Loaded only when all is well: help and faults need none of the pipeline.
    const { runDownload } = await import('../download/run.ts')
    const end = await runDownload(wantedBy(flags, settings), settings, context, flags)
    printEnd(end, settings, context, flags)
    return end.interruptedBy ?? (isDownloadDone(end) ? EXIT_COMPLETE : EXIT_INCOMPLETE)
  },
})

function dryRunFaults(flags: FlagValues<typeof FLAGS>): string[] {
  const faults = []
  if (flags.upgrade && flags['dry-run']) faults.push('--dry-run and --upgrade exclude each other')
  if (flags.prices && !flags['dry-run']) faults.push('--prices needs --dry-run')
  return faults
}

function wantedBy(flags: FlagValues<typeof FLAGS>, { config }: Settings): Wanted {
  return {
    venues: flags.venues ?? config.venues,
    startDate: flags['start-date'] ?? '',
    endDate: flags['end-date'] ?? '',
    ...(flags['data-types'] && { dataTypes: flags['data-types'] }),
    ...selectionOfFlags(flags),
    ...(flags['max-instruments'] && { maxInstruments: flags['max-instruments'] }),
    ...(flags.force && { force: flags.force }),
    ...(flags.upgrade && { upgrade: flags.upgrade }),
  }
}

/**
 * Prints the end of a download: for people, for a script, or with --quiet what is not complete.
 * @throws the error of a full disk, after the document for a script
 */
export function printEnd(end: DownloadEnd, settings: Settings, context: CliContext, flags: CommonValues): void {
  const { stdout, stderr, env } = context
  const { config, destination } = settings
  const where = { shown: destination.shown, prefix: config.gcsPrefix, isBucket: destination.kind === 'bucket' }
  if (flags.json) {
    stdout.write(`${JSON.stringify(downloadDocument(where, end))}\n`)
  }
  if (end.diskFull) throw end.diskFull
  if (flags.json) return
  if (flags.quiet) {
    const open = end.reports.filter(({ status }) => status !== 'complete').length
    const all = counted(end.reports.length, 'venue-day')
    if (open > 0) stderr.write(`tick-handler: ${count(open)} of ${all} not complete: run status for the reasons\n`)
    if (end.block) stderr.write(`tick-handler: ${blockText(end.block)}\n`)
    for (const line of failureLines(end)) stderr.write(`tick-handler: ${line}\n`)
    if (open === 0 && !isDone(end.reports)) stderr.write('tick-handler: Tardis has no data for this request\n')
    return
  }
  const summary = { ...end, where, interrupted: end.interruptedBy !== undefined, dataType: end.sample?.dataType }
  const looks = { ...looksOf(isTerminal(stdout), env), width: widthOf(stdout) }
  stdout.write(renderSummary(summary, config.tardisApiKey !== undefined, looks))
}
