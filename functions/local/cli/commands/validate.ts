import { resolve } from 'node:path'
import { openLedger } from '../../../ledger/ledger.ts'
import { type VenueDay, venueDayKey } from '../../../market/items.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { ItemChoice } from '../../report/item-choice.ts'
import { survey } from '../../report/survey.ts'
import type { VenueDayReport } from '../../report/venue-days.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import { isTerminal, looksOf } from '../../terminal/style.ts'
import { type Finding, isRepairable } from '../../validate/finding.ts'
import { ProgressFile } from '../../validate/progress-file.ts'
import { storedDataTypes } from '../../validate/strangers.ts'
import { renderValidation } from '../../validate/text.ts'
import { type Validation, validate, validateAgain } from '../../validate/validate.ts'
import type { ValidateFrom } from '../../validate/validate-day.ts'
import type { CommonFlags } from '../common-flags.ts'
import { destinationFlags } from '../destination-argument.ts'
import { countFiles, repairsFor } from '../download/repairs.ts'
import { runRepairs } from '../download/run.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { type FlagValues, text, toggle } from '../flags.ts'
import { type Interrupt, listenForInterrupt } from '../interrupt.ts'
import { itemsOf, rangeOf, SELECTION_FLAGS, selectionFaults, untypedLines } from '../selection.ts'
import { rangeFaults, readSettings, type Settings, trySettings } from '../settings.ts'
import { type CliContext, defineCommand } from './command.ts'

const FLAGS = {
  ...SELECTION_FLAGS,
  read: toggle("compute each file's CRC32C from its bytes"),
  deep: toggle('decode every value, and compare counts, ranges and sums'),
  repair: toggle('download again exactly the files that differ'),
  'progress-file': text('FILE', 'note what is right in FILE; the same command with it goes on where it was'),
}
type Values = FlagValues<typeof FLAGS & CommonFlags>

export default defineCommand({
  usage: '[DIR | gs://NAME[/PREFIX]] [flags]',
  about:
    'Proves the stored files against the manifests: existence, size, generation, checksum as stored, footer, schema, rows, time range\nand order. Finds objects that no manifest has. Changes nothing without --repair.',
  flags: FLAGS,
  examples: [
    ['tick-handler validate', 'everything in ./data: lists and footers'],
    [
      'tick-handler validate --read --deep --venues deribit --start-date 2024-08-01 --end-date 2024-08-31',
      'every byte and value',
    ],
    [
      'tick-handler validate gs://my-ticks --read --progress-file validated.jsonl',
      'a whole bucket; stop and repeat as you like',
    ],
    ['tick-handler validate --repair', 'and mend what differs'],
  ],
  takesRest: true,
  async check({ flags, rest }, context) {
    const destination = destinationFlags(flags, rest)
    return [
      ...destination.faults,
      ...rangeFaults(flags),
      ...selectionFaults(flags),
      ...(await trySettings(destination.flags, context)).faults,
    ]
  },
  async run({ flags, rest }, context) {
    const destination = destinationFlags(flags, rest)
    const settings = await readSettings(destination.flags, context)
    const place = {
      ...settings,
      config: { ...settings.config, gcsPrefix: destination.prefix ?? settings.config.gcsPrefix },
    }
    const { stdout, stderr, env } = context
    const { code, repairs, validation, leftOut } = await compareAll(flags, place, context)
    const repairedFiles = flags.repair ? repairs : undefined
    const text = {
      ...{ where: settings.destination.shown, reads: flags.read ?? false, isDeep: flags.deep ?? false, repairedFiles },
    }
    if (flags.json) stdout.write(`${JSON.stringify({ ...text, prefix: place.config.gcsPrefix, ...validation })}\n`)
    else if (!flags.quiet) stdout.write(renderValidation(validation, text, looksOf(isTerminal(stdout), env)))
    for (const line of leftOut) stderr.write(`tick-handler: ${line}\n`)
    return code ?? (validation.findings.length + leftOut.length === 0 ? EXIT_COMPLETE : EXIT_INCOMPLETE)
  },
})

async function compareAll(flags: Values, settings: Settings, context: CliContext) {
  const { gcsPrefix: prefix } = settings.config
  const compared = await withInterrupt(async ({ signal }) => {
    await using opened = await openForReading(settings)
    const range = await rangeOf(flags, opened.bucket, prefix)
    const from = await sourceOf(opened.bucket, prefix, flags, signal)
    const bar = (what: string) => progressBar(context.stderr, context.env, what, undefined, flags.quiet)
    using reading = bar('read manifests')
    const days = await survey(opened.bucket, from.ledger, prefix, range, (done, total) => reading.update(done, total))
    reading[Symbol.dispose]()
    using comparing = bar('compared files')
    const path = flags['progress-file'] && resolve(context.cwd, flags['progress-file'])
    const file = path ? await ProgressFile.open(path, idOf(flags, settings)) : undefined
    const onProgress = (done: number, total: number) => comparing.update(done, total)
    const validation = await validate(days, range, from, { file, onProgress })
    return { days, validation, leftOut: untypedLines(from.choice) }
  })
  const { days, validation, leftOut } = compared
  const broken = flags.repair ? validation.findings.filter(isRepairable) : []
  if (broken.length === 0) return { validation, leftOut, repairs: 0, code: undefined }
  return { ...(await repairAll(broken, days, validation, flags, settings, context)), leftOut }
}

async function repairAll(
  broken: readonly Finding[],
  days: readonly VenueDayReport[],
  validation: Validation,
  flags: Values,
  settings: Settings,
  context: CliContext,
) {
  const reports = reportsOf(broken, days)
  const repairs = repairsFor(reports, reports)
  const code = await runRepairs(repairs, settings, context, flags)
  const findings = await withInterrupt(async ({ signal }) => {
    await using opened = await openForReading(settings)
    const from = await sourceOf(opened.bucket, settings.config.gcsPrefix, flags, signal)
    return await validateAgain(validation.findings, reports, from)
  })
  return { validation: { ...validation, findings }, repairs: countFiles(repairs), code }
}

/** The venue-days of findings, with each item that has one. */
function reportsOf(findings: readonly Finding[], days: readonly VenueDayReport[]): VenueDayReport[] {
  const isOf = (day: VenueDay) => (finding: Finding) => finding.venue === day.venue && finding.date === day.date
  const named = new Set(findings.map(({ venue = '', date = '' }) => venueDayKey({ venue, date })))
  return days
    .filter(day => named.has(venueDayKey(day)))
    .map(({ venue, date, status }) => {
      const items = Map.groupBy(
        findings.filter(isOf({ venue, date })),
        ({ dataType, symbol }) => `${dataType} ${symbol}`,
      )
      const problems = [...items.values()].map(([first]) => ({
        ...{ dataType: first!.dataType!, symbol: first!.symbol!, status: 'changed' as const },
      }))
      return { venue, date, status, problems }
    })
}

async function sourceOf(bucket: Bucket, prefix: string, flags: Values, signal: AbortSignal): Promise<ValidateFrom> {
  const ledger = openLedger(bucket, prefix)
  return {
    ...{ bucket, prefix, signal, ledger },
    dataTypes: await storedDataTypes(bucket, prefix, signal),
    choice: new ItemChoice(itemsOf(flags), ledger),
    reads: flags.read ?? false,
    isDeep: flags.deep ?? false,
    onFile: () => {},
  }
}

function idOf(flags: Values, { destination, config }: Settings) {
  return {
    ...{ where: destination.shown, prefix: config.gcsPrefix, reads: flags.read ?? false, isDeep: flags.deep ?? false },
    ...itemsOf(flags),
  }
}

async function withInterrupt<T>(work: (interrupt: Interrupt) => Promise<T>): Promise<T> {
  using interrupt = listenForInterrupt(() => {})
  return await work(interrupt)
}
