import { parseScheduleRequest } from '../../../pubsub/messages.ts'
import type { Config, Environment } from '../../../runtime/config/config.ts'
import * as values from '../../../runtime/config/values.ts'
import { createLogger } from '../../../runtime/log/logger.ts'
import { count, counted, duration } from '../../terminal/human.ts'
import type { Looked } from '../backfill/look.ts'
import { cut, type Part } from '../backfill/requests.ts'
import { type FlagValues, inFlags, list, single, toggle } from '../flags.ts'
import { type Interrupt, listenForInterrupt } from '../interrupt.ts'
import { projectFlag } from '../project.ts'
import {
  futureFaults,
  PLACE_FLAGS,
  RANGE_FLAGS,
  rangeFaults,
  readEnvironment,
  readSettings,
  trySettings,
  utcToday,
} from '../settings.ts'
import { defineCommand, EXIT_COMPLETE, type Surroundings } from './command.ts'

const FLAGS = {
  ...RANGE_FLAGS,
  'data-types': list('T,…', "the vendor's data types (default: the functions' DATA_TYPES)", values.dataType),
  symbols: list('S,…', 'only these symbols (default all)', text => ({ value: text })),
  force: toggle('fetch and convert again what is there already'),
  'dry-run': toggle('publish nothing: print the messages, one a line'),
  project: projectFlag("the topic's project (default GOOGLE_CLOUD_PROJECT, or the credentials')"),
  topic: single('NAME', 'topic of schedule requests (default SCHEDULE_TOPIC, tick-schedule)', values.topic),
  bucket: { ...PLACE_FLAGS.bucket, about: 'look here first, and leave out requests of which all is complete' },
  'data-dir': { ...PLACE_FLAGS['data-dir'], about: 'the same for the folder of download or dev' },
  settings: PLACE_FLAGS.settings,
}
type Values = FlagValues<typeof FLAGS>

export default defineCommand({
  usage: '--venues V,… --start-date D --end-date D [flags]',
  about:
    'Publishes schedule requests to Pub/Sub for the deployed functions (or those of dev, with PUBSUB_EMULATOR_HOST).\nA long range is cut into requests of up to 500 venue-days, the latest days first. schedule leaves out what is\ncomplete, so stopping this and running it again is always safe.',
  flags: FLAGS,
  examples: [
    [
      'tick-handler backfill --project my-project --venues deribit,bitmex --start-date 2020-01-01 --end-date 2024-12-31',
      'five years of two venues',
    ],
    [
      'tick-handler backfill --venues deribit --start-date 2020-01-01 --end-date 2024-12-31 --bucket my-ticks --dry-run',
      'what would be published, and what is complete already',
    ],
    [
      'tick-handler backfill --venues binance --start-date 2024-08-08 --end-date 2024-08-08 --data-types trades --force',
      'a day again',
    ],
  ],
  exitCodes: [
    [0, 'all is published, or there was nothing to publish'],
    [1, 'something went wrong'],
    [2, 'the command line or the configuration cannot be understood; nothing was published'],
    [130, 'stopped by Ctrl-C; run it again'],
  ],
  async check({ flags, given }, surroundings) {
    const needed = (['start-date', 'end-date'] as const).filter(flag => !given.has(flag))
    const faults = needed.map(flag => `--${flag}: found nothing, expected a day as YYYY-MM-DD`)
    faults.push(...rangeFaults(flags), ...futureFaults(flags, utcToday()))
    if (flags.force && looksFirst(flags)) {
      faults.push('--force: found --bucket or --data-dir too, expected one of them: with force nothing is left out')
    }
    const { settings, faults: more } = await trySettings(flags, surroundings)
    faults.push(...more)
    if (!settings) return faults
    const venues = flags.venues ?? settings.config.venues
    if (!given.has('venues') && venues.length === 0) {
      faults.push('--venues: found nothing (nor VENUES in the environment), expected Tardis exchange ids')
    }
    const env = await readEnvironment(flags.settings, surroundings)
    if (env.PUBSUB_EMULATOR_HOST && !given.has('project') && !projectOf(flags, env)) {
      faults.push('--project: found nothing (nor GOOGLE_CLOUD_PROJECT), expected the project of PUBSUB_EMULATOR_HOST')
    }
    const [first] = faults.length > 0 ? [] : cut(wholeOf(flags, settings.config))
    const parsed = first && parseScheduleRequest(JSON.stringify(first.request))
    return parsed?.ok === false ? [inFlags(parsed.reason)] : faults
  },
  async run({ flags }, surroundings) {
    const { config } = await readSettings(flags, surroundings)
    const parts = cut(wholeOf(flags, config))
    using interrupt = listenForInterrupt(() => {})
    const looked = looksFirst(flags) ? await lookFirst(parts, flags, surroundings, interrupt) : undefined
    const left = looked ? looked.filter(({ complete, venueDays }) => complete < venueDays) : parts
    if (flags['dry-run']) {
      for (const { request } of left) surroundings.stdout.write(`${JSON.stringify(request)}\n`)
    }
    const topic = flags.topic ?? config.scheduleTopic
    if (looked) surroundings.stderr.write(lookedText(looked, left))
    surroundings.stderr.write(`${flags['dry-run'] ? 'would publish' : 'publishing'} ${told(left)} to ${topic}\n`)
    if (!flags['dry-run'] && left.length > 0) await publish(left, topic, flags, surroundings, interrupt)
    return EXIT_COMPLETE
  },
})

function looksFirst(flags: Values): boolean {
  return flags.bucket !== undefined || flags['data-dir'] !== undefined
}

function projectOf(flags: Values, env: Environment): string | undefined {
  return flags.project ?? (env.GOOGLE_CLOUD_PROJECT || env.GCLOUD_PROJECT || undefined)
}

/** What is complete is so for certain data types: where that was looked at, the message names them too. */
function wholeOf(flags: Values, config: Config): Part['request'] {
  const dataTypes = flags['data-types'] ?? (looksFirst(flags) ? config.dataTypes : undefined)
  return {
    venues: [...(flags.venues ?? config.venues)],
    startDate: flags['start-date'] ?? '',
    endDate: flags['end-date'] ?? '',
    ...(dataTypes && { dataTypes: [...dataTypes] }),
    ...(flags.symbols && { symbols: [...flags.symbols] }),
    ...(flags.force && { force: true }),
  }
}

async function lookFirst(
  parts: readonly Part[],
  flags: Values,
  surroundings: Surroundings,
  { signal }: Interrupt,
): Promise<Looked[]> {
  const [{ look }, { progressBar }, { openForReading }] = await Promise.all([
    import('../backfill/look.ts'),
    import('../backfill/bar.ts'),
    import('../../pipeline/place.ts'),
  ])
  const settings = await readSettings(flags, surroundings)
  const { stderr, env } = surroundings
  const { dataTypes, gcsPrefix: prefix, logLevel: level } = settings.config
  using bar = progressBar(stderr, env, 'looked at venue-days', sumDays(parts))
  const log = await createLogger({ level, secrets: [], stream: stderr })
  await using place = await openForReading(settings)
  try {
    return await look(parts, { bucket: place.bucket, prefix, dataTypes, log, signal, onLooked: bar.update })
  } finally {
    await log.close()
  }
}

async function publish(
  parts: readonly Part[],
  topic: string,
  flags: Values,
  surroundings: Surroundings,
  { signal }: Interrupt,
): Promise<void> {
  const [{ createPubSubPublisher }, { progressBar }] = await Promise.all([
    import('../../../pubsub/publisher.ts'),
    import('../backfill/bar.ts'),
  ])
  const env = await readEnvironment(flags.settings, surroundings)
  const emulatorHost = env.PUBSUB_EMULATOR_HOST || undefined
  // The client library looks for Google Cloud's own even then, for seconds, and warns that it is not there.
  if (emulatorHost) process.env.METADATA_SERVER_DETECTION ??= 'none'
  const publisher = await createPubSubPublisher({ projectId: projectOf(flags, env), emulatorHost })
  const startedMs = performance.now()
  let published = 0
  try {
    using bar = progressBar(surroundings.stderr, surroundings.env, 'published requests', parts.length)
    const onPublished = (sofar: number) => {
      published = sofar
      bar.update(sofar)
    }
    await publisher.publishMany(
      topic,
      parts.map(({ request }) => request),
      { signal, onPublished },
    )
  } finally {
    await publisher.close()
    const of = published < parts.length ? ` of ${count(parts.length)}; run it again for the rest` : ''
    surroundings.stderr.write(
      `published ${counted(published, 'request')}${of} in ${duration(performance.now() - startedMs)}\n`,
    )
  }
}

function told(parts: readonly Part[]): string {
  const dates = parts.flatMap(({ request }) => [request.startDate, request.endDate]).sort()
  const range = dates.length > 0 ? `, ${dates[0]} … ${dates.at(-1)}` : ''
  return `${counted(parts.length, 'request')} for ${counted(sumDays(parts), 'venue-day')}${range}`
}

function lookedText(looked: readonly Looked[], left: readonly Part[]): string {
  const complete = looked.reduce((sum, part) => sum + part.complete, 0)
  const leftOut = looked.length - left.length
  return `complete already: ${count(complete)} of ${counted(sumDays(looked), 'venue-day')}; ${counted(leftOut, 'request')} left out\n`
}

function sumDays(parts: readonly Part[]): number {
  return parts.reduce((sum, { venueDays }) => sum + venueDays, 0)
}
