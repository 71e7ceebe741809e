import { existsSync } from 'node:fs'
import { openLedger } from '../../../ledger/ledger.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { checkBucket } from '../../report/bucket-check.ts'
import { statusDocument } from '../../report/json.ts'
import { readUnderWay } from '../../report/requests-text.ts'
import { renderStatus } from '../../report/status-text.ts'
import { survey } from '../../report/survey.ts'
import { isDone } from '../../report/venue-days.ts'
import { type ProgressBar, progressBar } from '../../terminal/progress-bar.ts'
import { isTerminal, looksOf } from '../../terminal/style.ts'
import { destinationFlags } from '../destination-argument.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { toggle } from '../flags.ts'
import { DESTINATION_FLAGS, RANGE_FLAGS, rangeFaults, readSettings, trySettings } from '../settings.ts'
import { defineCommand } from './command.ts'

export default defineCommand({
  usage: '[DIR | gs://NAME[/PREFIX]] [flags]',
  about:
    'Prints what the manifests record as complete, per venue and day. Changes nothing, and can run beside a download.',
  flags: {
    ...DESTINATION_FLAGS,
    'data-dir': {
      ...DESTINATION_FLAGS['data-dir'],
      about: 'folder to read (default ./data, unless GCS_BUCKET is set)',
    },
    ...RANGE_FLAGS,
    venues: { ...RANGE_FLAGS.venues, about: 'only these exchange ids (default all that are recorded)' },
    check: toggle('list the bucket too, and compare names, sizes and generations with what is recorded'),
  },
  examples: [
    ['tick-handler status', 'everything in ./data'],
    ['tick-handler status ./data --check', 'the same, compared with the files that are there'],
    [
      'tick-handler status gs://my-ticks --venues binance,deribit --start-date 2024-01-01 --end-date 2024-03-31',
      'a quarter of two venues in a bucket',
    ],
    [
      'tick-handler status --json | jq \'.venueDays[] | select(.status != "complete")\'',
      'what is not complete, for a script',
    ],
  ],
  takesRest: true,
  async check({ flags, rest }, context) {
    const destination = destinationFlags(flags, rest)
    return [...destination.faults, ...rangeFaults(flags), ...(await trySettings(destination.flags, context)).faults]
  },
  async run({ flags, rest }, context) {
    const destination = destinationFlags(flags, rest)
    const settings = await readSettings(destination.flags, context)
    const prefix = destination.prefix ?? settings.config.gcsPrefix
    const range = {
      ...(flags.venues && { venues: flags.venues }),
      ...(flags['start-date'] && { startDate: flags['start-date'] }),
      ...(flags['end-date'] && { endDate: flags['end-date'] }),
    }
    await using opened = await openForReading(settings)
    const { stdout, stderr, env } = context
    const ledger = openLedger(opened.bucket, prefix)
    const bar = (what: string) => progressBar(stderr, env, what, undefined, flags.quiet)
    const recorded = await withBar(bar('read manifests'), update =>
      survey(opened.bucket, ledger, prefix, range, update),
    )
    const reports = flags.check
      ? await withBar(bar('compared venue-days'), onChecked =>
          checkBucket(recorded, { bucket: opened.bucket, ledger, prefix, onChecked }),
        )
      : recorded
    const where = { shown: settings.destination.shown, prefix }
    const isChecked = flags.check ?? false
    const underWay = await readUnderWay(ledger, Date.now())
    const isAbsent = settings.destination.kind === 'folder' && !existsSync(settings.destination.folder)
    const options = { where, hasKey: settings.config.tardisApiKey !== undefined, isChecked, underWay, isAbsent }
    if (flags.json) stdout.write(`${JSON.stringify(statusDocument(where, range, reports, isChecked, underWay))}\n`)
    else if (!flags.quiet) stdout.write(renderStatus(reports, options, looksOf(isTerminal(stdout), env)))
    return isDone(reports) ? EXIT_COMPLETE : EXIT_INCOMPLETE
  },
})

async function withBar<T>(bar: ProgressBar, work: (update: ProgressBar['update']) => Promise<T>): Promise<T> {
  using shown = bar
  return await work((done, total) => shown.update(done, total))
}
