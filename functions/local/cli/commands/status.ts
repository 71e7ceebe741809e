import { openLedger } from '../../../ledger/ledger.ts'
import * as values from '../../../runtime/config/values.ts'
import { shown } from '../../../runtime/shown.ts'
import { openForReading } from '../../pipeline/place.ts'
import { statusDocument } from '../../report/json.ts'
import { renderStatus } from '../../report/status-text.ts'
import { survey } from '../../report/survey.ts'
import { allComplete } from '../../report/venue-days.ts'
import { isTerminal, looksOf } from '../../terminal/style.ts'
import { toggle } from '../flags.ts'
import { PLACE_FLAGS, type PlaceValues, RANGE_FLAGS, rangeFaults, readSettings, trySettings } from '../settings.ts'
import { defineCommand, EXIT_COMPLETE, EXIT_INCOMPLETE } from './command.ts'

export default defineCommand({
  usage: '[--data-dir DIR | --bucket NAME | gs://NAME[/PREFIX]] [flags]',
  about:
    'Shows what is complete, per venue and day, from the manifests alone. Changes nothing, and may run beside a download.',
  flags: { ...PLACE_FLAGS, ...RANGE_FLAGS, json: toggle('one JSON document on stdout with every venue-day') },
  examples: [
    ['tick-handler status', 'everything in ./data'],
    [
      'tick-handler status gs://my-ticks --venues binance,deribit --start-date 2024-01-01 --end-date 2024-03-31',
      'a quarter of two venues in a bucket',
    ],
    [
      'tick-handler status --json | jq \'.venueDays[] | select(.status != "complete")\'',
      'what is not complete, for a script',
    ],
  ],
  exitCodes: [
    [0, 'every venue-day is complete'],
    [1, 'something is incomplete, pending or not there, or nothing was found'],
    [2, 'the command line or the configuration cannot be understood'],
  ],
  takesRest: true,
  async check({ flags, rest }, surroundings) {
    const place = placeFlags(flags, rest)
    return [...place.faults, ...rangeFaults(flags), ...(await trySettings(place.flags, surroundings)).faults]
  },
  async run({ flags, rest }, surroundings) {
    const place = placeFlags(flags, rest)
    const settings = await readSettings(place.flags, surroundings)
    const prefix = place.prefix ?? settings.config.gcsPrefix
    const range = {
      ...(flags.venues && { venues: flags.venues }),
      ...(flags['start-date'] && { startDate: flags['start-date'] }),
      ...(flags['end-date'] && { endDate: flags['end-date'] }),
    }
    await using opened = await openForReading(settings)
    const reports = await survey(opened.bucket, openLedger(opened.bucket, prefix), prefix, range)
    const where = { shown: settings.place.shown, prefix }
    const { stdout, env } = surroundings
    if (flags.json) stdout.write(`${JSON.stringify(statusDocument(where, range, reports))}\n`)
    else stdout.write(renderStatus(reports, where, settings.config, looksOf(isTerminal(stdout), env)))
    return allComplete(reports) ? EXIT_COMPLETE : EXIT_INCOMPLETE
  },
})

/** The place as flags, also where it was given as a `gs://` address. */
function placeFlags(flags: PlaceValues, rest: readonly string[]) {
  const [url, ...more] = rest
  const faults = more.map(arg => `unexpected argument ${shown(arg)}`)
  if (url === undefined) return { flags, faults, prefix: undefined }
  const [, bucket, prefix] = /^gs:\/\/([^/]+)\/?(.*?)\/?$/.exec(url) ?? []
  if (bucket === undefined)
    return { flags, faults: [`unexpected argument ${shown(url)}, expected gs://NAME`, ...faults] }
  if (flags.bucket || flags['data-dir'])
    faults.push(`${shown(url)}: found --data-dir or --bucket too, expected one of them`)
  for (const [reader, text] of [
    [values.bucket, bucket],
    [values.prefix, prefix],
  ] as const) {
    const reading = text ? reader(text) : undefined
    if (reading && 'faults' in reading) faults.push(...reading.faults.map(fault => `${shown(url)}: ${fault}`))
  }
  return { flags: faults.length > 0 ? {} : { ...flags, bucket }, faults, prefix: prefix || undefined }
}
