import { budgetOf, watchBudget } from '../../../fetch/process-memory.ts'
import { type Ledger, openLedger } from '../../../ledger/ledger.ts'
import type { ManifestItem } from '../../../ledger/manifest.ts'
import { createVendorGuard } from '../../../ledger/vendor-guard.ts'
import { type VenueDay, venueDayKey } from '../../../market/items.ts'
import { systemClock } from '../../../runtime/deadline.ts'
import type { Log } from '../../../runtime/log/log.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import type { DiskFullError } from '../../../storage/folder/disk-full-error.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import { createVendor, type Vendor } from '../../../tardis/vendor.ts'
import { forgetIdleKernels } from '../../../ticks/kernel.ts'
import type { DeadLetter } from '../../pipeline/bus.ts'
import { openForWork } from '../../pipeline/destination.ts'
import { watchDisk } from '../../pipeline/disk-guard.ts'
import { about, BATCHES_AT_ONCE, runPipeline } from '../../pipeline/pipeline.ts'
import { createDisplay } from '../../progress/display.ts'
import { checkBucket } from '../../report/bucket-check.ts'
import type { DownloadEnd, FailedVenue } from '../../report/json.ts'
import { failureLines } from '../../report/summary.ts'
import { readVenueDays, type VenueDayReport } from '../../report/venue-days.ts'
import { counted } from '../../terminal/human.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { openLog } from '../logging.ts'
import { type Settings, utcToday } from '../settings.ts'
import { lackingTypes, skippedEntries } from './notes.ts'
import { possibleRequests } from './possible.ts'
import { type Repair, repairsFor } from './repairs.ts'
import { type AskedDay, askedDays, type Wanted } from './requests.ts'
import { checkWithVendor } from './vendor-check.ts'

/**
 * The whole pipeline on this machine: asks the vendor first (nothing is written for a venue that it does not know), then
 * works on the destination until all is done or a signal comes, showing how far it is on stderr.
 * @throws UsageError for what the vendor does not have, DiskFullError at once where no more can be stored, Error where
 *   destination or vendor fail as a whole
 */
export async function runDownload(
  wanted: Wanted,
  settings: Settings,
  context: CliContext,
  flags: CommonValues,
): Promise<DownloadEnd> {
  const { config } = settings
  const memory = budgetOf(config, config.downloadMaxWorkers * BATCHES_AT_ONCE, forgetIdleKernels)
  const { stderr, env } = context
  const quiet = flags.quiet ?? false
  using display = createDisplay({ stderr, env, quiet, limitBytes: memory.limitBytes })
  using interrupt = listenForInterrupt(() => display.note('stopping; press Ctrl-C again to stop at once'))
  await using log = await openLog(
    {
      flags,
      level: settings.logLevelIsSet ? config.logLevel : undefined,
      usual: display.isLive ? 'warn' : 'info',
      secrets: config.tardisApiKey ? [config.tardisApiKey.reveal()] : [],
      isBrief: display.isLive,
      stream: display.stream,
    },
    context,
  )
  for (const warning of config.warnings) log.warn(warning)
  const { watch, observe } = watchBudget(memory, config, log)
  using _ = { [Symbol.dispose]: () => watch.close() }
  await using vendor = openVendor(settings, log)
  display.start(titleOf(wanted, settings), log, {
    ...(wanted.venues.length === 1 && { venue: wanted.venues[0]! }),
    ...(wanted.startDate === wanted.endDate && { date: wanted.startDate }),
  })
  const checking = checkWithVendor(vendor, wanted, interrupt.signal)
  const check = await display.during('asking Tardis what it has', checking)
  const { details, unknownSymbols } = check
  const { requests, failedVenues, failed } = possibleRequests(wanted, check, config.dataTypes)
  for (const line of failureLines({ failedVenues, unknownSymbols })) log.warn(line)
  await using destination = await openForWork(settings)
  const ledger = openLedger(destination.bucket, config.gcsPrefix)
  const asked = askedDays(requests, utcToday(), config)
  const all = askedDays([...requests, ...failed], utcToday(), config)
  const comparing = wanted.force
    ? []
    : lostObjects(ledger, asked, destination.bucket, config.gcsPrefix, interrupt.signal)
  const repairs = await display.during('comparing the bucket with the manifests', Promise.resolve(comparing))
  if (repairs.length > 0) log.warn(lostText(repairs, settings))
  let full: DiskFullError | undefined
  const stopped = new AbortController()
  const bucket = watchDisk(destination.bucket, error => {
    full ??= error
    stopped.abort(error)
  })
  const guard = createVendorGuard({ clock: systemClock, config, readsBucket: false })
  const end = await runPipeline({
    requests,
    repairs,
    bucket,
    isLocal: settings.destination.kind === 'folder',
    vendor: withDetails(vendor, details),
    guard,
    config,
    gate: memory.gate,
    buffers: memory.buffers,
    watch,
    log,
    observe: event => {
      observe(event)
      display.observe(event)
    },
    signal: AbortSignal.any([interrupt.signal, stopped.signal]),
  })
  if (full) throw full
  const recorded = await readVenueDays(ledger, all, { tellMissing: true })
  const reports = withErrors(recorded, failedVenues, end.deadLetters)
  const sample = await sampleOf(ledger, reports)
  const { deadLetters } = end
  const [progress, notes] = [display.view(), [...lackingTypes(wanted, details), ...skippedEntries(details)]]
  const interruptedBy = interrupt.exitCode
  const block = guard.inForce()
  return { block, reports, progress, deadLetters, interruptedBy, sample, failedVenues, unknownSymbols, notes }
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

/** What is recorded as stored of the venue-days and not in the bucket as recorded, as requests to download it again. */
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
  const files = repairs.reduce((sum, { request }) => sum + (request.symbols?.length ?? 0), 0)
  return `${counted(files, 'recorded file')} gone or changed in ${destination.shown}: downloading again`
}

function openVendor({ config }: Settings, log: Log) {
  const vendor = createVendor({
    apiUrl: config.tardisApiUrl,
    datasetsUrl: config.tardisDatasetsUrl,
    apiKey: config.tardisApiKey,
    proxies: config.proxies,
    log,
  })
  return Object.assign(vendor, { [Symbol.asyncDispose]: () => vendor.close() })
}

/** Details are megabytes for some venues: asked for once a run, not once for each venue-day. */
function withDetails(vendor: Vendor, details: readonly ExchangeDetails[]): Vendor {
  const known = new Map(details.map(one => [one.venue, one]))
  return {
    venues: options => vendor.venues(options),
    openDataset: (name, options) => vendor.openDataset(name, options),
    close: () => vendor.close(),
    async exchange(venue, options) {
      const found = known.get(venue)
      return found ? { kind: 'known', details: found } : await vendor.exchange(venue, options)
    },
  }
}

/** The stored item with rows of the type that is queried most, from the first venue-day that has any. */
async function sampleOf(ledger: Ledger, reports: readonly VenueDayReport[]): Promise<ManifestItem | undefined> {
  for (const report of reports) {
    if (!report.totals?.rows) continue
    const items = (await ledger.readManifest(report))?.items ?? []
    const stored = items.filter(item => item.status === 'stored' && item.rows)
    const best = stored.find(({ dataType }) => dataType === 'trades') ?? stored[0]
    if (best) return best
  }
  return undefined
}

/** Adds the reasons that a manifest cannot have: the error of a message that was given up, or of the venue. */
function withErrors(
  reports: readonly VenueDayReport[],
  failedVenues: readonly FailedVenue[],
  letters: readonly DeadLetter[],
): VenueDayReport[] {
  const venues = new Map(failedVenues.map(({ venue, error }) => [venue, error]))
  const errors = new Map(
    letters.map(letter => {
      const day = about({ ...letter, attempt: letter.attempts }) as VenueDay
      return [venueDayKey(day), letter.error instanceof Error ? letter.error.message : String(letter.error)]
    }),
  )
  return reports.map(report => {
    const error =
      report.status === 'complete' ? undefined : (errors.get(venueDayKey(report)) ?? venues.get(report.venue))
    return error === undefined || report.problems.length > 0 ? report : { ...report, error: report.error ?? error }
  })
}
