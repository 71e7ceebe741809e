import { parseScheduleRequest } from '../../../pubsub/messages.ts'
import * as values from '../../../runtime/config/values.ts'
import { type DownloadEnd, downloadDocument } from '../../report/json.ts'
import { renderSummary } from '../../report/summary.ts'
import { allComplete } from '../../report/venue-days.ts'
import { isTerminal, looksOf } from '../../terminal/style.ts'
import type { Wanted } from '../download/requests.ts'
import { type FlagValues, inFlags, list, natural, toggle } from '../flags.ts'
import {
  futureFaults,
  PLACE_FLAGS,
  RANGE_FLAGS,
  rangeFaults,
  readSettings,
  type Settings,
  trySettings,
  utcToday,
} from '../settings.ts'
import { defineCommand, EXIT_COMPLETE, EXIT_INCOMPLETE, type Surroundings } from './command.ts'

const FLAGS = {
  ...RANGE_FLAGS,
  'data-types': list('T,…', "the vendor's data types (default DATA_TYPES)", values.dataType),
  symbols: list('S,…', 'only these symbols (default all)', text => ({ value: text })),
  'max-instruments': natural('N', 'at most N symbols of each venue, the first that the vendor lists', 5_000),
  force: toggle('download and convert again what is there already'),
  ...PLACE_FLAGS,
  json: toggle('the summary as one JSON document on stdout'),
  quiet: toggle('no progress display'),
}

export default defineCommand({
  usage: '--venues V,… --start-date D --end-date D [flags]',
  about:
    'Downloads every dataset of the venues and days, converts it to Parquet, and keeps a manifest of each venue-day.\nWhat is complete already is not downloaded again; run it again after any interruption.',
  flags: FLAGS,
  examples: [
    [
      'tick-handler download --venues binance-futures --start-date 2024-08-01 --end-date 2024-08-01 --symbols BTCUSDT',
      'one symbol on a first of the month, which is free without a key',
    ],
    [
      'tick-handler download --venues deribit,bitmex --start-date 2024-08-01 --end-date 2024-08-31 --data-types trades,quotes',
      'a month of two venues (TARDIS_API_KEY in .env)',
    ],
    [
      'tick-handler download --venues binance --start-date 2024-08-01 --end-date 2024-08-01 --bucket my-ticks',
      'into a Google Cloud Storage bucket',
    ],
  ],
  exitCodes: [
    [0, 'every venue-day asked for is complete'],
    [1, 'something is missing: the summary says what, why, and what to do'],
    [2, 'the command line or the configuration cannot be understood; nothing was written'],
    [130, 'stopped by Ctrl-C; run it again to go on'],
  ],
  async check({ flags, given }, surroundings) {
    const needed = (['start-date', 'end-date'] as const).filter(flag => !given.has(flag))
    const faults = needed.map(flag => `--${flag}: found nothing, expected a day as YYYY-MM-DD`)
    faults.push(...rangeFaults(flags), ...futureFaults(flags, utcToday()))
    const { settings, faults: more } = await trySettings(flags, surroundings)
    faults.push(...more)
    if (!given.has('venues') && settings?.config.venues.length === 0) {
      faults.push('--venues: found nothing (nor VENUES in the environment), expected Tardis exchange ids')
    }
    // A date that could not be read has been told already.
    const unread = (['start-date', 'end-date'] as const).some(flag => flags[flag] === undefined)
    if (faults.length > 0 || !settings || unread) return faults
    // What a message may hold is the limit for a request by flags too.
    const parsed = parseScheduleRequest(JSON.stringify({ ...wantedBy(flags, settings), maxInstruments: undefined }))
    return parsed.ok ? [] : [inFlags(parsed.reason)]
  },
  async run({ flags }, surroundings) {
    const settings = await readSettings(flags, surroundings)
    const quiet = flags.quiet ?? false
    // Loaded only when all is well: help and faults need none of the pipeline.
    const { runDownload } = await import('../download/run.ts')
    const end = await runDownload(wantedBy(flags, settings), settings, surroundings, { quiet })
    tell(end, settings, surroundings, flags.json ?? false)
    return end.interruptedBy ?? (allComplete(end.reports) ? EXIT_COMPLETE : EXIT_INCOMPLETE)
  },
})

function wantedBy(flags: FlagValues<typeof FLAGS>, { config }: Settings): Wanted {
  return {
    venues: flags.venues ?? config.venues,
    startDate: flags['start-date'] ?? '',
    endDate: flags['end-date'] ?? '',
    ...(flags['data-types'] && { dataTypes: flags['data-types'] }),
    ...(flags.symbols && { symbols: flags.symbols }),
    ...(flags['max-instruments'] && { maxInstruments: flags['max-instruments'] }),
    ...(flags.force && { force: flags.force }),
  }
}

/** Prints what came of a download: for people, or for a script. */
export function tell(end: DownloadEnd, settings: Settings, { stdout, env }: Surroundings, json: boolean): void {
  const { config, place } = settings
  const where = { shown: place.shown, prefix: config.gcsPrefix, isBucket: place.kind === 'bucket' }
  if (json) {
    stdout.write(`${JSON.stringify(downloadDocument(where, end))}\n`)
    return
  }
  const summary = { ...end, where, interrupted: end.interruptedBy !== undefined, dataType: end.sample?.dataType }
  stdout.write(renderSummary(summary, config, looksOf(isTerminal(stdout), env)))
}
