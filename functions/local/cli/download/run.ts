import type { MemoryBudget } from '../../../fetch/memory-budget.ts'
import { budgetOf, watchBudget } from '../../../fetch/process-memory.ts'
import { type Ledger, openLedger } from '../../../ledger/ledger.ts'
import { VendorGuard } from '../../../ledger/vendor-guard.ts'
import { systemClock } from '../../../runtime/deadline.ts'
import type { Observer } from '../../../runtime/events.ts'
import type { Log } from '../../../runtime/log/log.ts'
import type { MemoryWatch } from '../../../runtime/memory/watch.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import type { DiskFullError } from '../../../storage/folder/disk-full-error.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import { forgetIdleKernels } from '../../../ticks/kernel.ts'
import { openForWork, tablesRoot } from '../../pipeline/destination.ts'
import { watchDisk } from '../../pipeline/disk-guard.ts'
import { BATCHES_AT_ONCE, type PipelineOptions, runPipeline } from '../../pipeline/pipeline.ts'
import { createDisplay, type Display } from '../../progress/display.ts'
import { checkBucket } from '../../report/bucket-check.ts'
import type { DownloadEnd } from '../../report/json.ts'
import { failureLines } from '../../report/summary.ts'
import { readVenueDays } from '../../report/venue-days.ts'
import { counted } from '../../terminal/human.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { type Interrupt, listenForInterrupt } from '../interrupt.ts'
import { openLog } from '../logging.ts'
import { type Settings, utcToday } from '../settings.ts'
import { sampleOf, withErrors } from './end.ts'
import { lackingTypes, skippedEntries } from './notes.ts'
import { possibleRequests } from './possible.ts'
import { countFiles, type Repair, repairsFor } from './repairs.ts'
import { type AskedDay, askedDays, type Wanted } from './requests.ts'
import { openVendor, withDetails } from './vendor.ts'
import { checkWithVendor } from './vendor-check.ts'
import { venuesOfVendor } from './venue-ids.ts'

/**
 * The whole pipeline on this machine: asks the vendor first (nothing is written for a venue that it does not know), then
 * works on the destination until all is done, the disk is full or a signal comes, showing how far it is on stderr.
 * @throws UsageError for what the vendor does not have, Error where destination or vendor fail as a whole
 */
export async function runDownload(
  request: Wanted,
  settings: Settings,
  context: CliContext,
  flags: CommonValues,
): Promise<DownloadEnd> {
  const start = { title: titleOf(request, settings), common: commonOf(request) }
  return await withOpened(settings, context, flags, start, async opened => {
    const venues = await venuesOfVendor(request.venues, opened.vendor, opened.interrupt.signal)
    return await download({ ...request, venues }, settings, opened)
  })
}

/**
 * The same pipeline for repairs alone, which download again exactly the items that they name.
 * @returns the exit code where a signal ended it
 * @throws as `runDownload` does, and DiskFullError at once where no more can be stored
 */
export async function runRepairs(
  repairs: readonly Repair[],
  settings: Settings,
  context: CliContext,
  flags: CommonValues,
): Promise<number | undefined> {
  const start = {
    title: `repairing ${counted(countFiles(repairs), 'file')} in ${settings.destination.shown}`,
    common: {},
  }
  return await withOpened(settings, context, flags, start, async opened => {
    await using destination = await openForWork(settings)
    const options = pipelineOptions({ requests: [], repairs }, destination.bucket, settings, opened, opened.vendor)
    const { diskFull } = await runUntilFull(options)
    if (diskFull) throw diskFull
    return opened.interrupt.exitCode
  })
}

async function withOpened<T>(
  settings: Settings,
  context: CliContext,
  flags: CommonValues,
  { title, common }: { readonly title: string; readonly common: Parameters<Display['start']>[2] },
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const { config } = settings
  const memory = budgetOf(config, BATCHES_AT_ONCE, forgetIdleKernels)
  const { stderr, env } = context
  const { limitBytes } = memory
  using display = createDisplay({ stderr, env, quiet: flags.quiet ?? false, limitBytes })
  using interrupt = listenForInterrupt(...interruptTexts(display, context, flags))
  await using log = await openRunLog(display, settings, context, flags)
  for (const warning of config.warnings) log.warn(warning)
  const { watch, observe } = watchBudget(memory, config, log)
  using _ = { [Symbol.dispose]: () => watch.close() }
  await using vendor = openVendor(settings, log)
  display.start(title, log, common)
  return await work({ display, interrupt, log, memory, watch, observe, vendor })
}

/** What a person is told at the first and at the second Ctrl-C. */
function interruptTexts(display: Display, { stderr }: CliContext, { quiet }: CommonValues) {
  const first = () => {
    const text = 'stopping; press Ctrl-C again to stop at once'
    if (display.isLive) display.note(text)
    else if (!quiet) stderr.write(`tick-handler: ${text}\n`)
  }
  const second = () => {
    display.close()
    stderr.write('tick-handler: stopped at once; run the same command to resume\n')
  }
  return [first, second] as const
}

/** What a run has open while it lasts. */
interface Opened {
  readonly display: Display
  readonly interrupt: Interrupt
  readonly log: Log
  readonly memory: MemoryBudget
  readonly watch: MemoryWatch
  readonly observe: Observer
  readonly vendor: Vendor
}

async function download(wanted: Wanted, settings: Settings, opened: Opened): Promise<DownloadEnd> {
  const { config } = settings
  const { display, interrupt, log, vendor } = opened
  const { signal } = interrupt
  const check = await display.during('asking Tardis what it has', checkWithVendor(vendor, wanted, signal))
  const { details, unknownSymbols } = check
  const { requests, failedVenues, failed } = possibleRequests(wanted, check, config.dataTypes)
  for (const line of failureLines({ failedVenues, unknownSymbols })) log.warn(line)
  await using destination = await openForWork(settings)
  const { bucket } = destination
  const ledger = openLedger(bucket, config.gcsPrefix)
  const asked = askedDays(requests, utcToday(), config)
  const all = askedDays([...requests, ...failed], utcToday(), config)
  const comparing = lostObjects(ledger, wanted.force ? [] : asked, bucket, config.gcsPrefix, signal)
  const repairs = await display.during('comparing the bucket with the manifests', comparing)
  if (repairs.length > 0) log.warn(lostText(repairs, settings))
  const options = pipelineOptions({ requests, repairs }, bucket, settings, opened, withDetails(vendor, details))
  const { deadLetters, diskFull } = await runUntilFull(options)
  const reports = withErrors(await readVenueDays(ledger, all, { tellMissing: true }), failedVenues, deadLetters)
  const sample = await sampleOf(ledger, reports)
  return {
    block: options.guard.inForce(),
    reports,
    progress: display.view(),
    deadLetters,
    interruptedBy: interrupt.exitCode,
    diskFull,
    sample,
    failedVenues,
    unknownSymbols,
    notes: [...lackingTypes(wanted, details), ...skippedEntries(details)],
  }
}

function pipelineOptions(
  work: Pick<PipelineOptions, 'requests' | 'repairs'>,
  bucket: Bucket,
  { config, destination }: Settings,
  { display, interrupt, log, memory, observe, watch }: Opened,
  vendor: Vendor,
) {
  const { gate, buffers } = memory
  return {
    ...work,
    ...{ bucket, vendor, config, gate, buffers, watch, log, signal: interrupt.signal },
    isLocal: destination.kind === 'folder',
    tablesRoot: tablesRoot(destination),
    guard: new VendorGuard({ clock: systemClock, config, readsBucket: false }),
    observe: (event: Parameters<Observer>[0]) => {
      observe(event)
      display.observe(event)
    },
  }
}

/** Runs the pipeline, and stops it once the disk is full: `diskFull` says where. */
async function runUntilFull(options: PipelineOptions & { readonly signal: AbortSignal }) {
  let diskFull: DiskFullError | undefined
  const stopped = new AbortController()
  const bucket = watchDisk(options.bucket, error => {
    diskFull ??= error
    stopped.abort(error)
  })
  const end = await runPipeline({ ...options, bucket, signal: AbortSignal.any([options.signal, stopped.signal]) })
  return { ...end, diskFull }
}

/** The log of the run. Beside a live display it shows warnings only, above the display. */
function openRunLog(display: Display, { config, logLevelIsSet }: Settings, context: CliContext, flags: CommonValues) {
  const { isLive, stream } = display
  const secrets = config.tardisApiKey ? [config.tardisApiKey.reveal()] : []
  const level = logLevelIsSet ? config.logLevel : undefined
  return openLog({ flags, level, usual: isLive ? 'warn' : 'info', secrets, isBrief: isLive, stream }, context)
}

/** The venue and the day, where the run has only one of them. */
function commonOf({ venues, startDate, endDate }: Wanted) {
  return {
    ...(venues.length === 1 && { venue: venues[0]! }),
    ...(startDate === endDate && { date: startDate }),
  }
}

function titleOf(wanted: Wanted, { config, destination }: Settings): string {
  const { venues, startDate, endDate, dataTypes, force, upgrade } = wanted
  const days = startDate === endDate ? startDate : `${startDate} … ${endDate}`
  const types = namesOrCount(dataTypes ?? config.dataTypes, 'data types')
  const what = force ? 'downloading again' : upgrade ? 'upgrading' : 'downloading'
  return `${what} ${types} of ${namesOrCount(venues, 'venues')}, ${days}, into ${destination.shown}`
}

function namesOrCount(names: readonly string[], what: string): string {
  return names.length <= 4 ? names.join(', ') : `${names.length} ${what}`
}

/** Requests to download again what the manifests record and the bucket does not have. */
async function lostObjects(
  ledger: Ledger,
  asked: readonly AskedDay[],
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
) {
  const recorded = await readVenueDays(ledger, asked)
  return repairsFor(recorded, await checkBucket(recorded, { bucket, ledger, prefix, signal }))
}

function lostText(repairs: readonly Repair[], { destination }: Settings): string {
  return `${counted(countFiles(repairs), 'recorded file')} gone or changed in ${destination.shown}: downloading again`
}
