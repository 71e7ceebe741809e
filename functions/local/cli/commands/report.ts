import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openLedger } from '../../../ledger/ledger.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { ReportCollector } from '../../report/page/collect.ts'
import { renderPage } from '../../report/page/page.ts'
import { readDays } from '../../report/page/read.ts'
import { recordedVenues, surveyedDays } from '../../report/survey.ts'
import { bytes, count, counted } from '../../terminal/human.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import { destinationFlags } from '../destination-argument.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { text } from '../flags.ts'
import { openReviewer, QUALITY_FILE, qualityFileFaults } from '../quality-file.ts'
import { DESTINATION_FLAGS, RANGE_FLAGS, rangeFaults, readSettings, trySettings } from '../settings.ts'
import { systemErrorText } from '../system-error.ts'
import { VENUE_PATTERNS } from '../venue-patterns.ts'
import { defineCommand } from './command.ts'

export default defineCommand({
  usage: '[DIR | gs://NAME[/PREFIX]] --out FILE.html [flags]',
  about:
    'Writes one HTML page that shows what is stored: calendar, volumes, latency, gaps, incidents and findings. The page needs no network. Reads manifests and receipts, and changes nothing.',
  flags: {
    out: text('FILE', 'the page to write; a file of that name is replaced'),
    ...DESTINATION_FLAGS,
    'data-dir': {
      ...DESTINATION_FLAGS['data-dir'],
      about: 'folder to read (default ./data, unless GCS_BUCKET is set)',
    },
    ...RANGE_FLAGS,
    venues: VENUE_PATTERNS,
    ...QUALITY_FILE,
  },
  examples: [
    ['tick-handler report --out report.html', 'everything in ./data'],
    [
      'tick-handler report gs://my-ticks --out 2024.html --start-date 2024-01-01 --end-date 2024-12-31',
      'a year of all venues in a bucket',
    ],
  ],
  takesRest: true,
  async check({ flags, rest, given }, context) {
    const destination = destinationFlags(flags, rest)
    const out = given.has('out') ? [] : ['missing required --out (the page to write, such as report.html)']
    return [
      ...out,
      ...destination.faults,
      ...rangeFaults(flags),
      ...(await qualityFileFaults(flags, context.cwd)),
      ...(await trySettings(destination.flags, context)).faults,
    ]
  },
  async run({ flags, rest }, context) {
    const { stdout, stderr, env, cwd } = context
    const destination = destinationFlags(flags, rest)
    const settings = await readSettings(destination.flags, context)
    const where = { shown: settings.destination.shown, prefix: destination.prefix ?? settings.config.gcsPrefix }
    await using opened = await openForReading(settings)
    const read = { bucket: opened.bucket, prefix: where.prefix }
    const reviewer = await openReviewer(flags, cwd, { ...read, ledger: openLedger(read.bucket, read.prefix) })
    const venues = flags.venues && (await recordedVenues(opened.bucket, where.prefix, flags.venues))
    const days = await surveyedDays(opened.bucket, where.prefix, {
      ...(venues && { venues }),
      ...(flags['start-date'] && { startDate: flags['start-date'] }),
      ...(flags['end-date'] && { endDate: flags['end-date'] }),
    })
    if (days.length === 0) {
      stderr.write(`tick-handler: nothing is recorded in ${where.shown} for this range, so no page is written\n`)
      return EXIT_INCOMPLETE
    }
    const collector = new ReportCollector(days, reviewer.rules)
    using bar = progressBar(stderr, env, 'read venue-days', days.length, flags.quiet)
    let done = 0
    for await (const day of readDays({ ...read, reviewer }, days)) {
      collector.add(day)
      bar.update(++done)
    }
    const data = collector.finish(where, new Date())
    const page = renderPage(data)
    const path = resolve(cwd, flags.out!)
    try {
      await writeFile(path, page)
    } catch (error) {
      stderr.write(`tick-handler: --out: ${systemErrorText(error)}\n`)
      return EXIT_INCOMPLETE
    }
    const size = Buffer.byteLength(page)
    const end = {
      out: flags.out,
      bytes: size,
      venueDays: days.length,
      venues: data.venues.length,
      unreadable: data.notes,
    }
    const faults = data.notes.length > 0 ? `; ${counted(data.notes.length, 'document')} could not be read` : ''
    if (flags.json) stdout.write(`${JSON.stringify(end)}\n`)
    else if (!flags.quiet) stdout.write(`${flags.out}: ${count(days.length)} venue-days, ${bytes(size)}${faults}\n`)
    return data.notes.length > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE
  },
})
