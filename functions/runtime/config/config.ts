import { DEFAULT_DATA_TYPES, REQUESTABLE_DATA_TYPES } from '../../market/names.ts'
import type { Proxies } from '../dispatcher.ts'
import { shown } from '../shown.ts'
import { misspelt } from './misspelt.ts'
import { readProxies } from './proxies.ts'
import type { Secret } from './secret.ts'
import * as values from './values.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** https://cloud.google.com/storage/docs/object-lock#retention-mode */
const RETENTION_MODES = ['Unlocked', 'Locked'] as const

/** The environment, typed and in units. Safe to log: secrets show themselves as `[secret]`. */
export interface Config {
  /** The venues of a request that names none. May be empty. */
  readonly venues: readonly string[]
  readonly dataTypes: readonly string[]
  readonly lookbackDays: number
  /** Most venue-days in one request: a mistyped year is refused. */
  readonly maxVenueDays: number
  /** Maximum number of items in a batch. */
  readonly batchSize: number
  /** A batch is cut before its estimated source bytes exceed this. */
  readonly batchMaxBytes: number
  readonly downloadMaxWorkers: number
  /** Requests to the vendor open at once, of this process. */
  readonly downloadMaxConnections: number
  readonly memoryEfficient: boolean
  /** The fixed allocation; undefined: the container's limit. */
  readonly memoryLimitBytes: number | undefined
  /** Share of the allocation above which no further item starts, above 0 and at most 1. */
  readonly memoryThreshold: number
  readonly deadlineMs: number
  readonly tardisApiKey: Secret | undefined
  /** Requests per second to the vendor, of this process; undefined: no limit. */
  readonly tardisMaxRequestsPerSecond: number | undefined
  /** Compressed bytes per UTC day, of all processes on a bucket; undefined: no limit. */
  readonly tardisDailyBytes: number | undefined
  /** Without a slash at the end, as are the other addresses. */
  readonly tardisApiUrl: string
  readonly tardisDatasetsUrl: string
  readonly gcsBucket: string | undefined
  /** Folders joined by `/`, no slash at the ends. */
  readonly gcsPrefix: string
  readonly gcsApiEndpoint: string | undefined
  /** The project that pays where the bucket's requester pays. */
  readonly gcsUserProject: string | undefined
  /** Days for which a Parquet object cannot be replaced or deleted; 0 for none. */
  readonly gcsRetentionDays: number
  readonly gcsRetentionMode: (typeof RETENTION_MODES)[number]
  /** The domain of the cloud's APIs. */
  readonly universeDomain: string
  readonly venueDaysTopic: string
  readonly completionsTopic: string
  readonly scheduleTopic: string
  readonly tablesTopic: string
  readonly logLevel: LogLevel
  readonly proxies: Proxies
  /** One line for each value that is valid but probably a mistake. */
  readonly warnings: readonly string[]
}

/** Every variable that is read. */
export const VARIABLES = [
  'VENUES',
  'DATA_TYPES',
  'LOOKBACK_DAYS',
  'MAX_VENUE_DAYS',
  'BATCH_SIZE',
  'BATCH_MAX_BYTES',
  'DOWNLOAD_MAX_WORKERS',
  'DOWNLOAD_MAX_CONNECTIONS',
  'MEMORY_EFFICIENT',
  'MEMORY_LIMIT_MB',
  'MEMORY_THRESHOLD',
  'DEADLINE_SECONDS',
  'TARDIS_API_KEY',
  'TARDIS_MAX_REQUESTS_PER_SECOND',
  'TARDIS_DAILY_BYTES',
  'TARDIS_API_URL',
  'TARDIS_DATASETS_URL',
  'GCS_BUCKET',
  'GCS_PREFIX',
  'GCS_API_ENDPOINT',
  'GCS_USER_PROJECT',
  'GCS_RETENTION_DAYS',
  'GCS_RETENTION_MODE',
  'GOOGLE_CLOUD_UNIVERSE_DOMAIN',
  'VENUE_DAYS_TOPIC',
  'COMPLETIONS_TOPIC',
  'SCHEDULE_TOPIC',
  'TABLES_TOPIC',
  'LOG_LEVEL',
] as const
export type Variable = (typeof VARIABLES)[number]

export type Environment = Readonly<Record<string, string | undefined>>

/** One line per fault, with the variable, what was found and what was expected. No line holds a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/**
 * Reads the configuration from an environment. Blanks around a value are ignored, an empty value means the default, and
 * variables of others are ignored. Pure.
 * @param required variables that must be set
 * @throws ConfigError with all faults
 */
export function readConfig(env: Environment, required: readonly Variable[] = []): Config {
  const faults: string[] = []
  const read: Read = (name, reader, fallback) => {
    const text = env[name]?.trim()
    if (!text) {
      if (required.includes(name)) faults.push(`${name}: is not set, and there is no default`)
      return fallback
    }
    const reading = reader(text)
    if ('value' in reading) return reading.value
    faults.push(...reading.faults.map(fault => `${name}: ${fault}`))
    return fallback
  }
  const config = { ...readAll(read), proxies: readProxies(env, faults) }
  faults.push(...sharedTopics(config))
  if (faults.length > 0) throw new ConfigError(faults)
  return { ...config, warnings: warnings(env, config) }
}

type Read = <T, D>(name: Variable, reader: values.Reader<T>, fallback: D) => T | D

const MiB = 1024 ** 2
const GiB = 1024 ** 3

function readAll(read: Read): Omit<Config, 'warnings' | 'proxies'> {
  const memoryLimitMiB = read('MEMORY_LIMIT_MB', values.whole(64, 1024 ** 2), undefined)
  return {
    venues: read('VENUES', values.list(values.venue), []),
    dataTypes: read('DATA_TYPES', values.list(values.dataType), DEFAULT_DATA_TYPES),
    lookbackDays: read('LOOKBACK_DAYS', values.whole(1, 3_650), 7),
    maxVenueDays: read('MAX_VENUE_DAYS', values.whole(1, 10_000_000), 100_000),
    batchSize: read('BATCH_SIZE', values.whole(1, 100_000), 500),
    batchMaxBytes: read('BATCH_MAX_BYTES', values.whole(1, 1024 * GiB), 2 * GiB),
    downloadMaxWorkers: read('DOWNLOAD_MAX_WORKERS', values.whole(1, 64), 2),
    downloadMaxConnections: read('DOWNLOAD_MAX_CONNECTIONS', values.whole(1, 64), 16),
    memoryEfficient: read('MEMORY_EFFICIENT', values.flag, true),
    memoryLimitBytes: memoryLimitMiB === undefined ? undefined : memoryLimitMiB * MiB,
    memoryThreshold: read('MEMORY_THRESHOLD', values.share, 0.75),
    deadlineMs: read('DEADLINE_SECONDS', values.whole(1, 3_600), 500) * 1_000,
    tardisApiKey: read('TARDIS_API_KEY', values.apiKey, undefined),
    tardisMaxRequestsPerSecond: read('TARDIS_MAX_REQUESTS_PER_SECOND', values.rate, undefined),
    tardisDailyBytes: read('TARDIS_DAILY_BYTES', values.whole(1, 10 ** 15 - 1), undefined),
    tardisApiUrl: read('TARDIS_API_URL', values.url, 'https://api.tardis.dev/v1'),
    tardisDatasetsUrl: read('TARDIS_DATASETS_URL', values.url, 'https://datasets.tardis.dev/v1'),
    gcsBucket: read('GCS_BUCKET', values.bucket, undefined),
    gcsPrefix: read('GCS_PREFIX', values.prefix, 'ticks'),
    gcsApiEndpoint: read('GCS_API_ENDPOINT', values.url, undefined),
    gcsUserProject: read('GCS_USER_PROJECT', values.project, undefined),
    gcsRetentionDays: read('GCS_RETENTION_DAYS', values.whole(0, 36_500), 0),
    gcsRetentionMode: read('GCS_RETENTION_MODE', values.oneOf(RETENTION_MODES), 'Unlocked'),
    universeDomain: read('GOOGLE_CLOUD_UNIVERSE_DOMAIN', values.domain, 'googleapis.com'),
    venueDaysTopic: read('VENUE_DAYS_TOPIC', values.topic, 'tick-venue-days'),
    completionsTopic: read('COMPLETIONS_TOPIC', values.topic, 'tick-completions'),
    scheduleTopic: read('SCHEDULE_TOPIC', values.topic, 'tick-schedule'),
    tablesTopic: read('TABLES_TOPIC', values.topic, 'tick-tables'),
    logLevel: read('LOG_LEVEL', values.oneOf(LOG_LEVELS), 'info'),
  }
}

/** Two kinds of message on one topic would each be rejected by the other's function. */
function sharedTopics(config: Omit<Config, 'warnings'>): string[] {
  const topics: [Variable, string][] = [
    ['VENUE_DAYS_TOPIC', config.venueDaysTopic],
    ['COMPLETIONS_TOPIC', config.completionsTopic],
    ['SCHEDULE_TOPIC', config.scheduleTopic],
    ['TABLES_TOPIC', config.tablesTopic],
  ]
  return topics.flatMap(([name, topic], at) => {
    const other = topics.slice(0, at).find(([, earlier]) => earlier === topic)
    return other ? [`${name}: found ${shown(topic)}, which ${other[0]} is too, expected a topic of its own`] : []
  })
}

function warnings(env: Environment, config: Omit<Config, 'warnings'>): string[] {
  const types = REQUESTABLE_DATA_TYPES
  const unknownTypes = config.dataTypes.filter(type => !types.includes(type))
  const unsafe = [config.tardisApiUrl, config.tardisDatasetsUrl].filter(url => sendsKeyInTheClear(url, config))
  return [
    ...misspelt(Object.keys(env), VARIABLES).map(({ found, meant }) => `${found}: is not read, did you mean ${meant}?`),
    ...unknownTypes.map(type => `DATA_TYPES: ${shown(type)} is none of the known types (${types.join(', ')})`),
    ...unsafe.map(url => `TARDIS_API_KEY: goes to ${shown(url)} unencrypted`),
  ]
}

function sendsKeyInTheClear(url: string, { tardisApiKey }: Omit<Config, 'warnings'>): boolean {
  const { protocol, hostname } = new URL(url)
  const here = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return tardisApiKey !== undefined && protocol === 'http:' && !here
}
