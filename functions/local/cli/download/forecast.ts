import { estimateSourceBytes } from '../../../fetch/estimate.ts'
import { type Ledger, openLedger } from '../../../ledger/ledger.ts'
import { venueDayKey } from '../../../market/items.ts'
import { createDeadline } from '../../../runtime/deadline.ts'
import type { Log } from '../../../runtime/log/log.ts'
import type { Bucket } from '../../../storage/bucket.ts'
import type { KeyAccess } from '../../../tardis/key-access.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import { type Forecast, forecastOf } from '../../forecast/forecast.ts'
import { readHistory } from '../../forecast/history.ts'
import { createEstimator } from '../../forecast/sizes.ts'
import { toDo } from '../../forecast/to-do.ts'
import type { FailedVenue } from '../../report/json.ts'
import { readVenueDays, type VenueDayReport } from '../../report/venue-days.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { type Settings, utcToday } from '../settings.ts'
import { possibleRequests } from './possible.ts'
import { type AskedDay, askedDays, type Wanted } from './requests.ts'
import type { UnknownSymbol } from './selection-check.ts'
import { checkWithVendor } from './vendor-check.ts'
import { venuesOfVendor } from './venue-ids.ts'

const KEY_PATIENCE_MS = 30_000

/** What a forecast is made with. */
export interface Looking {
  /** Where manifests are read; undefined: nothing is known to be stored. */
  readonly bucket: Bucket | undefined
  readonly vendor: Vendor
  readonly log: Log
  readonly signal: AbortSignal
  readonly context: CliContext
  readonly flags: CommonValues
}

/** A forecast, with what it comes from. */
export interface Found {
  readonly forecast: Forecast
  /** Bytes that one batch downloads per second, as the ledger has seen; undefined where it is empty. */
  readonly bytesPerSecond: number | undefined
  readonly failedVenues: readonly FailedVenue[]
  readonly unknownSymbols: readonly UnknownSymbol[]
}

/**
 * What a request will take. Asks the vendor what it has and what the key may read, and reads manifests; downloads no
 * dataset and writes nothing. Memory: the datasets of all venue-days.
 * @throws UsageError for what the vendor does not have, VendorError, the signal's reason
 */
export async function forecastRequest(request: Wanted, { config }: Settings, looking: Looking): Promise<Found> {
  const { vendor, log, signal, bucket } = looking
  const wanted = { ...request, venues: await venuesOfVendor(request.venues, vendor, signal) }
  const check = await checkWithVendor(vendor, wanted, signal)
  const { requests, failedVenues } = possibleRequests(wanted, check, config.dataTypes)
  const hasKey = config.tardisApiKey !== undefined
  const access = hasKey ? await keyAccess(vendor, log, signal) : undefined
  const asked = askedDays(requests, utcToday(), config)
  const ledger = bucket && openLedger(bucket, config.gcsPrefix)
  const reports = ledger ? await readReports(ledger, asked, looking) : new Map<string, VenueDayReport>()
  const history =
    bucket && ledger && (await readHistory(bucket, ledger, config.gcsPrefix, wanted.venues, wanted.startDate))
  const details = new Map(check.details.map(one => [one.venue, one]))
  const known = { ledger, details, hasKey, access, force: wanted.force ?? false }
  const days = []
  for (const day of asked) {
    signal.throwIfAborted()
    days.push(await toDo(day, { ...known, report: one => reports.get(venueDayKey(one)) }))
  }
  return {
    forecast: forecastOf(days, createEstimator(history?.sizes ?? [], estimateSourceBytes)),
    bytesPerSecond: history && history.seconds > 0 ? history.downloadedBytes / history.seconds : undefined,
    failedVenues,
    unknownSymbols: check.unknownSymbols,
  }
}

async function readReports(ledger: Ledger, asked: readonly AskedDay[], { context, flags }: Looking) {
  using bar = progressBar(context.stderr, context.env, 'checked venue-days', asked.length, flags.quiet)
  const reports = await readVenueDays(ledger, asked, { onRead: done => bar.update(done) })
  return new Map(reports.map(report => [venueDayKey(report), report]))
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
