import { resolve } from 'node:path'
import { datasetSymbol } from '../../../market/symbols.ts'
import { PRICES, readPrices } from '../../forecast/prices.ts'
import { costsOf, type Rates, renderForecast } from '../../forecast/text.ts'
import { openForReading } from '../../pipeline/destination.ts'
import { BATCHES_AT_ONCE } from '../../pipeline/pipeline.ts'
import { failureLines } from '../../report/summary.ts'
import { widthOf } from '../../terminal/style.ts'
import type { CliContext } from '../commands/command.ts'
import type { CommonValues } from '../common-flags.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { openLog } from '../logging.ts'
import type { Settings } from '../settings.ts'
import { type Found, forecastRequest } from './forecast.ts'
import type { Wanted } from './requests.ts'
import { openVendor } from './vendor.ts'

interface DryRun extends Found {
  readonly rates: Rates
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
  await using destination = await openForReading(settings)
  const looking = { vendor, log, signal: interrupt.signal, context, flags, bucket: destination.bucket }
  const found = await forecastRequest(wanted, settings, looking)
  const rates: Rates = {
    where: 'on this machine',
    converted: config.downloadMaxWorkers * BATCHES_AT_ONCE,
    connections: config.downloadMaxConnections,
    batches: BATCHES_AT_ONCE,
    bytesPerSecond: found.bytesPerSecond,
    dailyBytes: config.tardisDailyBytes,
    prices,
  }
  print({ ...found, rates }, context, flags)
  return found.failedVenues.length + found.unknownSymbols.length > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE
}

function print({ forecast, rates, failedVenues, unknownSymbols }: DryRun, context: CliContext, flags: CommonValues) {
  const { stdout, stderr } = context
  if (flags.json) {
    const symbols = unknownSymbols.map(({ symbol }) => datasetSymbol(symbol))
    const document = { ...forecast, costs: costsOf(forecast, rates), failedVenues, unknownSymbols: symbols }
    stdout.write(`${JSON.stringify(document)}\n`)
  } else if (!flags.quiet) stdout.write(renderForecast(forecast, rates, widthOf(stdout)))
  for (const line of failureLines({ failedVenues, unknownSymbols })) stderr.write(`tick-handler: ${line}\n`)
}
