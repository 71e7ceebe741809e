import { resolve } from 'node:path'
import { estimateSourceBytes } from '../../../fetch/estimate.ts'
import { openLedger } from '../../../ledger/ledger.ts'
import { venueDayKey } from '../../../market/items.ts'
import { datasetSymbol } from '../../../market/symbols.ts'
import { createDeadline } from '../../../runtime/deadline.ts'
import type { Log } from '../../../runtime/log/log.ts'
import type { KeyAccess } from '../../../tardis/key-access.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import { type Forecast, forecastOf } from '../../forecast/forecast.ts'
import { type History, readHistory } from '../../forecast/history.ts'
import { PRICES, readPrices } from '../../forecast/prices.ts'
import { createEstimator } from '../../forecast/sizes.ts'
import { costsOf, type Rates, renderForecast } from '../../forecast/text.ts'
import { toDo } from '../../forecast/to-do.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { BATCHES_AT_ONCE } from '../../pipeline/pipeline.ts'
import type { FailedVenue } from '../../report/json.ts'
import { failureLines } from '../../report/summary.ts'
import { readVenueDays } from '../../report/venue-days.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { openLog } from '../logging.ts'
import { type Settings, utcToday } from '../settings.ts'
import { possibleRequests } from './possible.ts'
import { askedDays, type Wanted } from './requests.ts'
import { openVendor } from './vendor.ts'
import { checkWithVendor, type UnknownSymbol } from './vendor-check.ts'

const KEY_PATIENCE_MS = 30_000

interface DryRun {
  readonly forecast: Forecast
  readonly rates: Rates
  readonly failedVenues: readonly FailedVenue[]
  readonly unknownSymbols: readonly UnknownSymbol[]
}

/**
 * Prints what a download will take. Asks the vendor what it has and what the key may read, reads manifests, downloads no
 * dataset and writes nothing. Resolves with the exit code.
 * @throws UsageError for what the vendor does not have, Error for a file of prices that cannot be read
 */
export async function dryRun(
  wanted: Wanted,
  settings: Settings,
  context: CliContext,
  flags: CommonValues & { readonly prices?: string },
): Promise<number> {
  const prices = flags.prices === undefined ? PRICES : await readPrices(resolve(context.cwd, flags.prices))
  const { config } = settings
  const secrets = config.tardisApiKey ? [config.tardisApiKey.reveal()] : []
  const level = settings.logLevelIsSet ? config.logLevel : undefined
  await using log = await openLog({ flags, level, usual: 'warn', secrets }, context)
  using interrupt = listenForInterrupt(() => {})
  await using vendor = openVendor(settings, log)
  const { history, ...found } = await look(wanted, settings, { vendor, log, signal: interrupt.signal, context, flags })
  const rates: Rates = {
    atOnce: config.downloadMaxWorkers * BATCHES_AT_ONCE,
    where: 'on this machine',
    bytesPerSecond: history.seconds > 0 ? history.sourceBytes / history.seconds : undefined,
    dailyBytes: config.tardisDailyBytes,
    prices,
  }
  print({ ...found, rates }, context, flags)
  return found.failedVenues.length + found.unknownSymbols.length > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE
}

interface Looking {
  readonly vendor: Vendor
  readonly log: Log
  readonly signal: AbortSignal
  readonly context: CliContext
  readonly flags: CommonValues
}

async function look(wanted: Wanted, settings: Settings, { vendor, log, signal, context, flags }: Looking) {
  const { config } = settings
  const check = await checkWithVendor(vendor, wanted, signal)
  const { requests, failedVenues } = possibleRequests(wanted, check, config.dataTypes)
  const hasKey = config.tardisApiKey !== undefined
  const access = hasKey ? await keyAccess(vendor, log, signal) : undefined
  await using destination = await openForReading(settings)
  const { bucket } = destination
  const ledger = openLedger(bucket, config.gcsPrefix)
  const asked = askedDays(requests, utcToday(), config)
  using bar = progressBar(context.stderr, context.env, 'checked venue-days', asked.length, flags.quiet)
  const reports = await readVenueDays(ledger, asked, { onRead: done => bar.update(done) })
  const byDay = new Map(reports.map(report => [venueDayKey(report), report]))
  const history: History = await readHistory(bucket, ledger, config.gcsPrefix, wanted.venues, wanted.startDate)
  const details = new Map(check.details.map(one => [one.venue, one]))
  const known = { ledger, details, hasKey, access, force: wanted.force ?? false }
  const days = []
  for (const day of asked) {
    signal.throwIfAborted()
    days.push(await toDo(day, { ...known, report: one => byDay.get(venueDayKey(one)) }))
  }
  const forecast = forecastOf(days, createEstimator(history.sizes, estimateSourceBytes))
  return { forecast, history, failedVenues, unknownSymbols: check.unknownSymbols }
}

/** Undefined where the vendor does not tell, or cannot be asked now: then nothing is known to be refused. */
async function keyAccess(vendor: Vendor, log: Log, signal: AbortSignal): Promise<KeyAccess | undefined> {
  using deadline = createDeadline(KEY_PATIENCE_MS, undefined, signal)
  try {
    return await vendor.keyAccess({ deadline })
  } catch (error) {
    signal.throwIfAborted()
    log.warn('Tardis does not say what the key may read: everything counts as readable', { error })
    return undefined
  }
}

function print({ forecast, rates, failedVenues, unknownSymbols }: DryRun, context: CliContext, flags: CommonValues) {
  const { stdout, stderr } = context
  if (flags.json) {
    const symbols = unknownSymbols.map(({ symbol }) => datasetSymbol(symbol))
    const document = { ...forecast, costs: costsOf(forecast, rates), failedVenues, unknownSymbols: symbols }
    stdout.write(`${JSON.stringify(document)}\n`)
  } else if (!flags.quiet) stdout.write(renderForecast(forecast, rates))
  for (const line of failureLines({ failedVenues, unknownSymbols })) stderr.write(`tick-handler: ${line}\n`)
}
