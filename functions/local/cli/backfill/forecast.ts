import type { Log } from '../../../runtime/log/log.ts'
import type { Forecast } from '../../forecast/forecast.ts'
import { PRICES } from '../../forecast/prices.ts'
import { type Costs, costsOf, type Rates, renderForecast } from '../../forecast/text.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { widthOf } from '../../terminal/style.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { forecastRequest } from '../download/forecast.ts'
import type { Wanted } from '../download/requests.ts'
import { openVendor } from '../download/vendor.ts'
import type { Settings } from '../settings.ts'

/** What Terraform deploys unless told otherwise (`fetch_max_instances`). */
const FETCH_INSTANCES = 10

export interface BackfillForecast {
  readonly text: string
  readonly document: (Forecast & { readonly costs: Costs }) | undefined
}

interface Options {
  /** True where manifests of the destination are read. */
  readonly looksFirst: boolean
  readonly log: Log
  readonly signal: AbortSignal
  readonly context: CliContext
  readonly flags: CommonValues
}

/**
 * What a backfill will take, by the deployed functions. An estimate is no reason to fail: where the vendor cannot be
 * asked, the text says why there is none.
 */
export async function backfillForecast(
  wanted: Wanted,
  settings: Settings,
  options: Options,
): Promise<BackfillForecast> {
  const { config } = settings
  await using vendor = openVendor(settings, options.log, { maxAttempts: 1 })
  await using destination = options.looksFirst ? await openForReading(settings) : undefined
  try {
    const found = await forecastRequest(wanted, settings, { ...options, vendor, bucket: destination?.bucket })
    const failed = found.failedVenues.map(({ venue, error }) => `no estimate of ${venue}: ${error}\n`)
    if (failed.length === wanted.venues.length) return { text: failed.join(''), document: undefined }
    const rates: Rates = {
      where: `with ${FETCH_INSTANCES} fetch instances`,
      converted: FETCH_INSTANCES * config.downloadMaxWorkers,
      connections: FETCH_INSTANCES * config.downloadMaxConnections,
      batches: FETCH_INSTANCES,
      bytesPerSecond: found.bytesPerSecond,
      dailyBytes: config.tardisDailyBytes,
      prices: PRICES,
    }
    const document = { ...found.forecast, costs: costsOf(found.forecast, rates) }
    return { text: renderForecast(found.forecast, rates, widthOf(options.context.stderr)) + failed.join(''), document }
  } catch (error) {
    options.signal.throwIfAborted()
    return { text: `no estimate: ${error instanceof Error ? error.message : String(error)}\n`, document: undefined }
  }
}
