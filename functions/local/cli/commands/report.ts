import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openLedger } from '../../../ledger/ledger.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { ledgerOver } from '../../report/document-cache.ts'
import { ItemChoice } from '../../report/item-choice.ts'
import { ReportCollector } from '../../report/page/collect.ts'
import { renderPage } from '../../report/page/page.ts'
import { readDays } from '../../report/page/read.ts'
import { surveyedDays } from '../../report/survey.ts'
import { bytes, count, counted } from '../../terminal/human.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import { trimmingHeap } from '../days-read.ts'
import { destinationFlags } from '../destination-argument.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { text } from '../flags.ts'
import { openReviewer, QUALITY_FILE, qualityFileFaults } from '../quality-file.ts'
import { itemsOf, rangeOf, SELECTION_FLAGS, selectionFaults, untypedLines } from '../selection.ts'
import { rangeFaults, readSettings, trySettings } from '../settings.ts'
import { openDocumentCache, SUMMARY_CACHE } from '../summary-cache.ts'
import { systemErrorText } from '../system-error.ts'
import { defineCommand } from './command.ts'

export default defineCommand({
  usage: '[DIR | gs://NAME[/PREFIX]] --out FILE.html [flags]',
  about:
    'Writes one HTML page that shows what is stored: calendar, volumes, latency, gaps, incidents and findings. The page needs no network. Reads manifests and receipts, and changes nothing.',
  flags: {
    out: text('FILE', 'the page to write; a file of that name is replaced'),
    ...SELECTION_FLAGS,
    ...QUALITY_FILE,
    ...SUMMARY_CACHE,
  },
  examples: [
    ['tick-handler report --out report.html', 'everything in ./data'],
    [
      'tick-handler report gs://my-ticks --out 2024.html --start-date 2024-01-01 --end-date 2024-12-31',
      'a year of all venues in a bucket',
    ],
    [
      "tick-handler report --out options.html --venues deribit --instrument-types option --symbols 'BTC-*'",
      'the options on bitcoin; work and incidents are those of the whole days',
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
      ...selectionFaults(flags),
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
    const { bucket } = opened
    const { prefix } = where
    const days = await surveyedDays(bucket, prefix, await rangeOf(flags, bucket, prefix))
    if (days.length === 0) {
      stderr.write(`tick-handler: nothing is recorded in ${where.shown} for this range, so no page is written\n`)
      return EXIT_INCOMPLETE
    }
    const documents = openDocumentCache(flags, context, settings, { bucket, prefix, days })
    const ledger = ledgerOver(openLedger(bucket, prefix), documents, prefix)
    const reviewer = await openReviewer(flags, cwd, { bucket, prefix, ledger })
    const choice = new ItemChoice(itemsOf(flags), ledger)
    const collector = new ReportCollector(days, reviewer.rules)
    using bar = progressBar(stderr, env, 'read venue-days', days.length, flags.quiet)
    const update = trimmingHeap(bar)
    let done = 0
    for await (const day of readDays({ documents, prefix, reviewer, choice }, days)) {
      if (!day.isLeftOut) collector.add(day)
      update(++done)
    }
    await documents.trim()
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
    const leftOut = untypedLines(choice)
    for (const line of leftOut) stderr.write(`tick-handler: ${line}\n`)
    return data.notes.length + leftOut.length > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE
  },
})
