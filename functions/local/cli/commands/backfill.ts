import { parseScheduleRequest, withVersion } from '../../../pubsub/messages.ts'
import type { Config, Environment } from '../../../runtime/config/config.ts'
import * as values from '../../../runtime/config/values.ts'
import type { Looked } from '../backfill/look.ts'
import { cut, type Part } from '../backfill/requests.ts'
import { backfillDocument, described, lookedText, publishedText, sumDays } from '../backfill/text.ts'
import type { CommonFlags } from '../common-flags.ts'
import { EXIT_COMPLETE } from '../exit-codes.ts'
import { type FlagValues, inFlags, single, toggle } from '../flags.ts'
import { type Interrupt, listenForInterrupt } from '../interrupt.ts'
import { type LogOptions, openLog } from '../logging.ts'
import { projectFlag } from '../project.ts'
import {
  DATASET_FLAGS,
  DESTINATION_FLAGS,
  isUnread,
  RANGE_FLAGS,
  readEnvironment,
  readSettings,
  requestFaults,
  selectionOfFlags,
  trySettings,
} from '../settings.ts'
import { type CliContext, defineCommand } from './command.ts'

const FLAGS = {
  ...RANGE_FLAGS,
  'data-types': {
    ...DATASET_FLAGS['data-types'],
    about: 'only these data types (default: DATA_TYPES of the functions)',
  },
  symbols: DATASET_FLAGS.symbols,
  'instrument-types': DATASET_FLAGS['instrument-types'],
  exclude: DATASET_FLAGS.exclude,
  force: toggle('download and convert again what is stored already'),
  upgrade: toggle('convert again what an older converter version wrote, and nothing else'),
  'dry-run': toggle('publish nothing: print the messages, one per line, and what they will take'),
  project: projectFlag("the topic's project (default GOOGLE_CLOUD_PROJECT, or the project of the credentials)"),
  topic: single('NAME', 'topic of schedule requests (default SCHEDULE_TOPIC, tick-schedule)', values.topic),
  bucket: { ...DESTINATION_FLAGS.bucket, about: 'leave out requests of which everything is complete in this bucket' },
  'data-dir': { ...DESTINATION_FLAGS['data-dir'], about: 'the same for the folder of download or dev' },
  settings: DESTINATION_FLAGS.settings,
}
type Values = FlagValues<typeof FLAGS & CommonFlags>

export default defineCommand({
  usage: '--venues V,… --start-date D --end-date D [flags]',
  about:
    'Publishes schedule requests to Pub/Sub for the deployed functions (or those of dev, with PUBSUB_EMULATOR_HOST).\nA long range is cut into requests of up to 500 venue-days, the latest days first. The functions skip what is complete,\nso it is always safe to stop this and to run it again.',
  flags: FLAGS,
  examples: [
    [
      'tick-handler backfill --project my-project --venues deribit,bitmex --start-date 2020-01-01 --end-date 2024-12-31',
      'five years of two venues',
    ],
    [
      'tick-handler backfill --venues deribit --start-date 2020-01-01 --end-date 2024-12-31 --bucket my-ticks --dry-run',
      'print what would be published, and how much is complete',
    ],
    [
      'tick-handler backfill --venues binance --start-date 2024-08-08 --end-date 2024-08-08 --data-types trades --force',
      'download a day again',
    ],
  ],
  async check({ flags, given }, context) {
    const { settings, faults: placeFaults } = await trySettings(flags, context)
    const faults = [
      ...requestFaults(flags, given, settings?.config.venues),
      ...(flags.force && looksFirst(flags) ? ['--force downloads everything: leave out --bucket and --data-dir'] : []),
      ...placeFaults,
    ]
    if (!settings) return faults
    const env = await readEnvironment(flags.settings, context)
    if (env.PUBSUB_EMULATOR_HOST && !given.has('project') && !projectOf(flags, env)) {
      faults.push('missing required --project with PUBSUB_EMULATOR_HOST (or set GOOGLE_CLOUD_PROJECT)')
    }
    const [first] = faults.length > 0 || isUnread(flags, given) ? [] : cut(wholeOf(flags, settings.config))
    const parsed = first && parseScheduleRequest(JSON.stringify(first.request))
    return parsed?.ok === false ? [inFlags(parsed.reason)] : faults
  },
  async run({ flags }, context) {
    const { config } = await readSettings(flags, context)
    using interrupt = listenForInterrupt(() => {})
    const whole = await checkNames(wholeOf(flags, config), flags, config, context, interrupt.signal)
    const parts = cut(whole)
    const looked = looksFirst(flags) ? await lookFirst(parts, flags, context, interrupt) : undefined
    const left = looked ? looked.filter(({ complete, venueDays }) => complete < venueDays) : parts
    const { stdout, stderr } = context
    const topic = flags.topic ?? config.scheduleTopic
    const print = (text: string) => void (flags.quiet || flags.json || stderr.write(text))
    if (flags['dry-run'] && !flags.json) for (const { request } of left) stdout.write(`${JSON.stringify(request)}\n`)
    if (looked) print(lookedText(looked, left))
    print(`${flags['dry-run'] ? 'would publish' : 'publishing'} ${described(left)} to ${topic}\n`)
    const forecast =
      flags['dry-run'] && !flags.upgrade ? await forecastOf(whole, flags, context, interrupt.signal) : undefined
    if (forecast) print(forecast.text)
    const published =
      flags['dry-run'] || left.length === 0 ? 0 : await publish(left, topic, flags, context, interrupt, print)
    if (flags.json) {
      const document = backfillDocument(topic, parts, looked, left, published)
      stdout.write(`${JSON.stringify({ ...document, ...(forecast?.document && { forecast: forecast.document }) })}\n`)
    }
    return EXIT_COMPLETE
  },
})

/** What the backfill will take. */
async function forecastOf(whole: Part['request'], flags: Values, context: CliContext, signal: AbortSignal) {
  const { backfillForecast } = await import('../backfill/forecast.ts')
  const settings = await readSettings(flags, context)
  await using log = await openLog({ ...logOptions(flags, settings.config), usual: 'error' }, context)
  const { version: _, ...wanted } = whole
  return await backfillForecast(wanted, settings, { looksFirst: looksFirst(flags), log, signal, context, flags })
}

function looksFirst(flags: Values): boolean {
  return flags.bucket !== undefined || flags['data-dir'] !== undefined
}

function projectOf(flags: Values, env: Environment): string | undefined {
  return flags.project ?? (env.GOOGLE_CLOUD_PROJECT || env.GCLOUD_PROJECT || undefined)
}

/** What is complete is so for certain data types: where that was looked at, the message names them too. */
function wholeOf(flags: Values, config: Config): Part['request'] {
  const dataTypes = flags['data-types'] ?? (looksFirst(flags) ? config.dataTypes : undefined)
  return withVersion({
    venues: [...(flags.venues ?? config.venues)],
    startDate: flags['start-date'] ?? '',
    endDate: flags['end-date'] ?? '',
    ...(dataTypes && { dataTypes: [...dataTypes] }),
    ...selectionOfFlags(flags),
    ...(flags.force && { force: true }),
    ...(flags.upgrade && { upgrade: true }),
  })
}

/**
 * The request with names for patterns of venues. Its names are checked here, because the functions would reject an unknown
 * one only hours later, and only in their log.
 */
async function checkNames(
  whole: Part['request'],
  flags: Values,
  config: Config,
  context: CliContext,
  signal: AbortSignal,
): Promise<Part['request']> {
  const [{ checkNames }, { venuesOfVendor }, { createVendor }, { createDeadline }] = await Promise.all([
    import('../backfill/check-names.ts'),
    import('../download/venue-ids.ts'),
    import('../../../tardis/vendor.ts'),
    import('../../../runtime/deadline.ts'),
  ])
  await using log = await openLog(logOptions(flags, config), context)
  const { tardisApiUrl: apiUrl, tardisDatasetsUrl: datasetsUrl, proxies } = config
  const vendor = createVendor({ apiUrl, datasetsUrl, log, retry: { maxAttempts: 1 }, proxies })
  using deadline = createDeadline(PATIENCE_MS, undefined, signal)
  const details = async (venue: string) => {
    const outcome = await vendor.exchange(venue, { deadline })
    return outcome.kind === 'known' ? outcome.details : undefined
  }
  try {
    const venues = [...(await venuesOfVendor(whole.venues, vendor, signal))]
    const names = { ...whole, venues, dataTypes: flags['data-types'] ?? [] }
    for (const line of await checkNames(names, { listed: () => vendor.venues({ deadline }), details })) log.warn(line)
    // A version that only patterns of venues needed goes with them.
    const { version: _, ...named } = whole
    return withVersion({ ...named, venues })
  } finally {
    await vendor.close()
  }
}

const PATIENCE_MS = 10_000

function logOptions(flags: Values, { logLevel }: Config): LogOptions {
  return { flags, level: logLevel, usual: 'info', secrets: [] }
}

async function lookFirst(
  parts: readonly Part[],
  flags: Values,
  context: CliContext,
  { signal }: Interrupt,
): Promise<Looked[]> {
  const [{ look }, { progressBar }, { openForReading }] = await Promise.all([
    import('../backfill/look.ts'),
    import('../../terminal/progress-bar.ts'),
    import('../../pipeline/destination.ts'),
  ])
  const settings = await readSettings(flags, context)
  const { stderr, env } = context
  const { dataTypes, gcsPrefix: prefix } = settings.config
  using bar = progressBar(stderr, env, 'checked venue-days', sumDays(parts), flags.quiet)
  await using log = await openLog(logOptions(flags, settings.config), context)
  await using destination = await openForReading(settings)
  return await look(parts, { bucket: destination.bucket, prefix, dataTypes, log, signal, onLooked: bar.update })
}

async function publish(
  parts: readonly Part[],
  topic: string,
  flags: Values,
  context: CliContext,
  { signal }: Interrupt,
  print: (text: string) => void,
): Promise<number> {
  const [{ createPubSubPublisher }, { progressBar }] = await Promise.all([
    import('../../../pubsub/publisher.ts'),
    import('../../terminal/progress-bar.ts'),
  ])
  const env = await readEnvironment(flags.settings, context)
  const emulatorHost = env.PUBSUB_EMULATOR_HOST || undefined
  // The client library looks for Google Cloud's own even then, for seconds, and warns that it is not there.
  if (emulatorHost) process.env.METADATA_SERVER_DETECTION ??= 'none'
  const { GOOGLE_CLOUD_UNIVERSE_DOMAIN: universeDomain } = env
  const publisher = await createPubSubPublisher({ projectId: projectOf(flags, env), emulatorHost, universeDomain })
  const startedMs = performance.now()
  let published = 0
  try {
    using bar = progressBar(context.stderr, context.env, 'published requests', parts.length, flags.quiet)
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
    print(publishedText(published, parts.length, performance.now() - startedMs))
  }
  return published
}
