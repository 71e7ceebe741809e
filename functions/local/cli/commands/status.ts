import { existsSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Ledger, openLedger } from '../../../ledger/ledger.ts'
import type { VenueDay } from '../../../market/items.ts'
import * as values from '../../../runtime/config/values.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import { estimateErrors, renderErrors } from '../../forecast/backtest.ts'
import { readHistory } from '../../forecast/history.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { checkBucket } from '../../report/bucket-check.ts'
import { ledgerOver } from '../../report/document-cache.ts'
import { type FoundGaps, readGaps } from '../../report/gaps.ts'
import { gapsCsv } from '../../report/gaps-text.ts'
import { ItemChoice } from '../../report/item-choice.ts'
import { statusDocument } from '../../report/json.ts'
import { PART_KINDS, readParts } from '../../report/parts.ts'
import { readUnderWay } from '../../report/requests-text.ts'
import { statusCsv } from '../../report/status-csv.ts'
import { renderStatus } from '../../report/status-text.ts'
import { survey } from '../../report/survey.ts'
import { isDegraded, isDone } from '../../report/venue-days.ts'
import { type ProgressBar, progressBar } from '../../terminal/progress-bar.ts'
import { isTerminal, looksOf, printable, widthOf } from '../../terminal/style.ts'
import { trimmingHeap } from '../days-read.ts'
import { destinationFlags } from '../destination-argument.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { list, single, toggle } from '../flags.ts'
import { openReviewer, QUALITY_FILE, qualityFileFaults } from '../quality-file.ts'
import { itemsOf, rangeOf, SELECTION_FLAGS, selectionFaults, untypedLines } from '../selection.ts'
import { rangeFaults, readSettings, trySettings } from '../settings.ts'
import { openDocumentCache, openSummaryCache, SUMMARY_CACHE } from '../summary-cache.ts'
import { defineCommand } from './command.ts'

const anyText: values.Reader<string> = text => ({ value: text })

export default defineCommand({
  usage: '[DIR | gs://NAME[/PREFIX]] [flags]',
  about:
    'Prints what the manifests record as complete, per venue and day. Changes nothing, and can run beside a download.\nWith symbols or types a day is complete if it was asked for all of them, as for download, and has them.',
  flags: {
    ...SELECTION_FLAGS,
    'data-types': list('T,…', 'only these data types, also patterns such as book*', anyText),
    by: single(
      'PART',
      `a calendar for each ${PART_KINDS.join(' or ')}; reads whole manifests`,
      values.oneOf(PART_KINDS),
    ),
    quality: toggle('list what is degraded, with the reasons; looks at the neighbouring days of empty files'),
    ...QUALITY_FILE,
    ...SUMMARY_CACHE,
    gaps: toggle('list the gaps in the data, and the incidents that explain them; reads whole manifests'),
    'fail-on': single('WHAT', 'degraded: exit with 1 also where data is degraded', values.oneOf(['degraded'])),
    incidents: toggle('list the incidents that Tardis reported'),
    estimates: toggle('compare what --dry-run estimates with what is stored, of the last 14 days of each venue'),
    csv: toggle('print one line of CSV per venue and day (or part); with --gaps: per gap'),
    check: toggle('list the bucket too, and compare names, sizes and generations with what is recorded'),
  },
  examples: [
    ['tick-handler status', 'everything in ./data'],
    ['tick-handler status ./data --check', 'the same, compared with the files that are there'],
    [
      'tick-handler status gs://my-ticks --venues binance,deribit --start-date 2024-01-01 --end-date 2024-03-31',
      'a quarter of two venues in a bucket',
    ],
    ['tick-handler status --gaps --venues deribit', 'the holes in the data of a venue'],
    ["tick-handler status --by symbol --data-types trades --symbols 'BTC*'", 'a calendar per symbol'],
    ["tick-handler status --venues deribit --instrument-types option --exclude '*-P'", 'whether all calls are there'],
    [
      'tick-handler status --json | jq \'.venueDays[] | select(.status != "complete")\'',
      'what is not complete, for a script',
    ],
  ],
  takesRest: true,
  async check({ flags, rest, given }, context) {
    const destination = destinationFlags(flags, rest)
    return [
      ...destination.faults,
      ...rangeFaults(flags),
      ...contradictions(given),
      ...selectionFaults(flags),
      ...(await qualityFileFaults(flags, context.cwd)),
      ...(await trySettings(destination.flags, context)).faults,
    ]
  },
  async run({ flags, rest }, context) {
    const destination = destinationFlags(flags, rest)
    const settings = await readSettings(destination.flags, context)
    const prefix = destination.prefix ?? settings.config.gcsPrefix
    await using opened = await openForReading(settings)
    const range = await rangeOf(flags, opened.bucket, prefix)
    const { stdout, stderr, env, cwd } = context
    const ledger = openLedger(opened.bucket, prefix)
    const bar = (what: string) => progressBar(stderr, env, what, undefined, flags.quiet)
    const kept = openSummaryCache(flags, context, settings, prefix)
    const recorded = await withBar(
      bar('read manifests'),
      update => survey(opened.bucket, ledger, prefix, range, update, kept),
      'beginnings',
    )
    const days = flags.check
      ? await withBar(bar('compared venue-days'), onChecked =>
          checkBucket(recorded, { bucket: opened.bucket, ledger, prefix, onChecked }),
        )
      : recorded
    const { by } = flags
    const documents = openDocumentCache(flags, context, settings, { bucket: opened.bucket, prefix, days })
    const whole = ledgerOver(ledger, documents, prefix)
    const reviewer = await openReviewer(flags, cwd, { bucket: opened.bucket, ledger: whole, prefix })
    const judges = flags.quality || flags['fail-on'] || !reviewer.rules.areDefault
    const choice = new ItemChoice(itemsOf(flags), ledger)
    const parts = { by, choice }
    const reports =
      by || !choice.isEverything
        ? await withBar(bar('read whole manifests'), update => readParts(reviewer, ledger, days, parts, update))
        : judges
          ? await withBar(bar('judged venue-days'), update => reviewer.review(days, update))
          : days
    const found = flags.gaps
      ? await withBar(bar('looked for gaps'), update => readGaps(reviewer, recorded, choice, update))
      : undefined
    await documents.trim()
    const where = { shown: settings.destination.shown, prefix }
    const underWay = await readUnderWay(ledger, Date.now())
    const errors = flags.estimates && estimateErrors(await recentSizes(opened.bucket, ledger, prefix, recorded))
    if (flags.csv) {
      for (const error of found?.unreadable ?? []) stderr.write(`not read: ${printable(error)}\n`)
      await pipeline(found ? gapsCsv(found.gaps) : statusCsv(reports, by), stdout, { end: false })
    } else if (flags.json) {
      const document = statusDocument(where, range, reports, flags.check ?? false, underWay, by)
      const selected = choice.isEverything ? {} : { selection: choice.selection }
      stdout.write(
        `${JSON.stringify({ ...document, ...selected, ...(found && gapsDocument(found)), ...(errors && { estimates: errors }) })}\n`,
      )
    } else if (!flags.quiet) {
      const options = {
        ...{
          where,
          underWay,
          by,
          tellsQuality: flags.quality,
          isChecked: flags.check ?? false,
          gaps: found,
          width: widthOf(stdout),
          incidentsOf: flags.incidents && days,
        },
        hasKey: settings.config.tardisApiKey !== undefined,
        isRange: Object.values(range).some(value => value !== undefined),
        isAbsent: settings.destination.kind === 'folder' && !existsSync(settings.destination.folder),
      }
      stdout.write(renderStatus(reports, options, looksOf(isTerminal(stdout), env)))
      if (errors) stdout.write(renderErrors(errors))
    }
    const leftOut = untypedLines(choice)
    for (const line of leftOut) stderr.write(`tick-handler: ${line}\n`)
    const fails = flags['fail-on'] === 'degraded' && reports.some(isDegraded)
    const isRead = !found || found.unreadable.length === 0
    return isDone(reports) && isRead && !fails && leftOut.length === 0 ? EXIT_COMPLETE : EXIT_INCOMPLETE
  },
})

function gapsDocument({ gaps, unknownItems, unreadable }: FoundGaps): object {
  return { gaps, gapsUnknown: { items: unknownItems, unreadable } }
}

/** The sizes of the last days of the venues shown. */
async function recentSizes(bucket: Bucket, ledger: Ledger, prefix: string, shown: readonly VenueDay[]) {
  const venues = [...new Set(shown.map(({ venue }) => venue))]
  const last = shown
    .map(({ date }) => date)
    .sort()
    .at(-1)
  if (last === undefined) return []
  const { sizes } = await readHistory(bucket, ledger, prefix, venues, last)
  return sizes.filter(({ venue, date }) => venues.includes(venue) && date <= last)
}

function contradictions(given: ReadonlySet<string>): string[] {
  const faults: string[] = []
  if (given.has('csv') && given.has('json')) faults.push('--csv and --json exclude each other')
  if (given.has('csv') && given.has('estimates')) faults.push('--csv lists venue-days, and excludes --estimates')
  if (given.has('csv') && given.has('incidents')) faults.push('--csv lists venue-days, and excludes --incidents')
  if (given.has('by') && given.has('incidents')) faults.push('--incidents is of whole venue-days, and excludes --by')
  if (given.has('by') && given.has('check')) faults.push('--check compares whole venue-days, and excludes --by')
  return faults
}

async function withBar<T>(
  bar: ProgressBar,
  work: (update: ProgressBar['update']) => Promise<T>,
  what?: Parameters<typeof trimmingHeap>[1],
): Promise<T> {
  using shown = bar
  return await work(trimmingHeap(shown, what))
}
