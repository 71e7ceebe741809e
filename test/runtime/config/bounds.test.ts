import assert from 'node:assert/strict'
import {
  type Config,
  ConfigError,
  readConfig,
  VARIABLES,
  type Variable,
} from '../../../functions/runtime/config/config.ts'

interface Bounds {
  /** Where the value goes, and what it is divided by there. */
  readonly field: keyof Config
  readonly unit?: number
  /** The lowest and the highest value, and whatever else must be read. */
  readonly taken: readonly string[]
  /** The values next to the bounds, on their wrong sides. */
  readonly refused: readonly string[]
}

const GiB = 1024 ** 3
const letters = (count: number) => 'a'.repeat(count)
const whole = (field: keyof Config, min: number, max: number, unit = 1): Bounds => ({
  field,
  unit,
  taken: [`${min}`, `${max}`],
  refused: [`${min - 1}`, `${max + 1}`],
})
const choice = (field: keyof Config, taken: readonly string[]): Bounds => ({
  field,
  taken,
  refused: taken.flatMap(name => [`${name}s`, name.slice(1), name.toUpperCase()]),
})
const url = (field: keyof Config): Bounds => ({
  field,
  taken: ['http://a', 'https://a.example:8443/v1'],
  refused: ['http:/a', 'ttps://a', 'https://a/#', 'https://a/?'],
})
const topic = (field: keyof Config): Bounds => ({
  field,
  taken: [letters(3), letters(255), `projects/${letters(6)}/topics/${letters(3)}`],
  refused: [letters(2), letters(256), '-aa', 'googa', `projects/${letters(5)}/topics/abc`],
})

/** Both sides of every bound of every variable. */
const BOUNDS: Readonly<Record<Variable, Bounds>> = {
  VENUES: { field: 'venues', taken: ['a', letters(64), '0-0'], refused: [letters(65), '-a', 'a-', 'aA'] },
  DATA_TYPES: { field: 'dataTypes', taken: ['a', letters(64), 'a_B0'], refused: [letters(65), '0a', 'Aa', 'a_'] },
  LOOKBACK_DAYS: whole('lookbackDays', 1, 3650),
  MAX_VENUE_DAYS: whole('maxVenueDays', 1, 10_000_000),
  BATCH_SIZE: whole('batchSize', 1, 100_000),
  BATCH_MAX_BYTES: whole('batchMaxBytes', 1, 1024 * GiB),
  DOWNLOAD_MAX_WORKERS: whole('downloadMaxWorkers', 1, 64),
  DOWNLOAD_MAX_CONNECTIONS: whole('downloadMaxConnections', 1, 64),
  MEMORY_EFFICIENT: choice('memoryEfficient', ['true', 'false']),
  MEMORY_LIMIT_MB: whole('memoryLimitBytes', 64, 1024 ** 2, 1024 ** 2),
  MEMORY_THRESHOLD: { field: 'memoryThreshold', taken: ['0.000001', '1'], refused: ['0.000000', '1.000001'] },
  DEADLINE_SECONDS: whole('deadlineMs', 1, 3600, 1000),
  TARDIS_API_KEY: { field: 'tardisApiKey', taken: [letters(8), letters(512)], refused: [letters(7), letters(513)] },
  TARDIS_MAX_REQUESTS_PER_SECOND: {
    field: 'tardisMaxRequestsPerSecond',
    taken: ['0.000001', '0.5', '1000'],
    refused: ['0', '1000.1', '-1'],
  },
  TARDIS_DAILY_BYTES: whole('tardisDailyBytes', 1, 10 ** 15 - 1),
  TARDIS_API_URL: url('tardisApiUrl'),
  TARDIS_DATASETS_URL: url('tardisDatasetsUrl'),
  GCS_BUCKET: {
    field: 'gcsBucket',
    taken: [letters(3), letters(63), `${letters(63)}.${letters(63)}.${letters(63)}.${letters(30)}`],
    refused: [letters(2), letters(64), `${letters(63)}.${letters(63)}.${letters(63)}.${letters(31)}`, '1.2.3.4'],
  },
  GCS_PREFIX: { field: 'gcsPrefix', taken: ['a', letters(200), 'a/b=c'], refused: [letters(201), 'a/', '/a', '..'] },
  GCS_API_ENDPOINT: url('gcsApiEndpoint'),
  GCS_USER_PROJECT: {
    field: 'gcsUserProject',
    taken: [letters(6), letters(30), `${letters(60)}:${letters(6)}`],
    refused: [letters(5), letters(31), `${letters(61)}:${letters(6)}`, `0${letters(6)}`],
  },
  GCS_RETENTION_DAYS: whole('gcsRetentionDays', 0, 36_500),
  GCS_RETENTION_MODE: choice('gcsRetentionMode', ['Unlocked', 'Locked']),
  GOOGLE_CLOUD_UNIVERSE_DOMAIN: {
    field: 'universeDomain',
    taken: ['a.aa', `${letters(63)}.${letters(63)}`],
    refused: ['a.a', 'a', `${letters(64)}.aa`, `a.${letters(64)}`],
  },
  VENUE_DAYS_TOPIC: topic('venueDaysTopic'),
  COMPLETIONS_TOPIC: topic('completionsTopic'),
  SCHEDULE_TOPIC: topic('scheduleTopic'),
  TABLES_TOPIC: topic('tablesTopic'),
  LOG_LEVEL: choice('logLevel', ['debug', 'info', 'warn', 'error']),
}

/** A value of the configuration as the text that it was read from. */
function textOf(config: Config, { field, unit = 1 }: Bounds): string {
  const value = config[field]
  if (field === 'tardisApiKey') return config.tardisApiKey?.reveal() ?? ''
  return typeof value === 'number' ? `${value / unit}` : String(value)
}

describe('runtime/config/config: the bounds of every variable', () => {
  for (const name of VARIABLES) {
    const bounds = BOUNDS[name]

    it(`${name}: takes the lowest and the highest value as they are`, () => {
      for (const value of bounds.taken) {
        const found = textOf(readConfig({ [name]: value }), bounds)
        assert.equal(Number.isNaN(Number(value)) ? found : Number(found), Number.isNaN(Number(value)) ? value : +value)
      }
    })

    it(`${name}: refuses the values next to them`, () => {
      for (const value of bounds.refused) {
        const isFault = (error: unknown) =>
          error instanceof ConfigError && error.faults.length === 1 && error.faults[0]!.startsWith(`${name}: found `)
        assert.throws(() => readConfig({ [name]: value }), isFault, `${name}=${value}`)
      }
    })
  }
})
