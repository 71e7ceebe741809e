import { type Config, VARIABLES, type Variable } from '../../runtime/config/config.ts'
import type { CommonValues } from './common-flags.ts'
import type { DestinationValues, Settings, Sources } from './settings.ts'
import { SELECTION_NAMES, SETTINGS_FILE, VARIABLE_OF_FLAG } from './settings-file.ts'

type Value = string | number | boolean | readonly string[]

/** A setting as commands use it. */
export interface SettingRow {
  readonly name: string
  /** In the variable's unit; undefined where there is none. Of a key only that there is one. */
  readonly value: Value | undefined
  /** `--bucket`, `environment`, `.env` (or the file of `--settings`), `tick-handler.json` or `default`. */
  readonly from: string
}

export interface GivenFlags extends DestinationValues, Pick<CommonValues, 'log-file' | 'log-format'> {
  readonly venues?: readonly string[]
  readonly 'data-types'?: readonly string[]
  readonly symbols?: readonly string[]
  readonly 'instrument-types'?: readonly string[]
  readonly exclude?: readonly string[]
}

const MiB = 1024 ** 2

const VALUES: Readonly<Record<Variable, (config: Config) => Value | undefined>> = {
  VENUES: config => config.venues,
  DATA_TYPES: config => config.dataTypes,
  LOOKBACK_DAYS: config => config.lookbackDays,
  MAX_VENUE_DAYS: config => config.maxVenueDays,
  BATCH_SIZE: config => config.batchSize,
  BATCH_MAX_BYTES: config => config.batchMaxBytes,
  DOWNLOAD_MAX_WORKERS: config => config.downloadMaxWorkers,
  DOWNLOAD_MAX_CONNECTIONS: config => config.downloadMaxConnections,
  MEMORY_EFFICIENT: config => config.memoryEfficient,
  MEMORY_LIMIT_MB: ({ memoryLimitBytes }) => memoryLimitBytes && memoryLimitBytes / MiB,
  MEMORY_THRESHOLD: config => config.memoryThreshold,
  DEADLINE_SECONDS: config => config.deadlineMs / 1_000,
  TARDIS_API_KEY: config => config.tardisApiKey?.toString(),
  TARDIS_MAX_REQUESTS_PER_SECOND: config => config.tardisMaxRequestsPerSecond,
  TARDIS_DAILY_BYTES: config => config.tardisDailyBytes,
  TARDIS_API_URL: config => config.tardisApiUrl,
  TARDIS_DATASETS_URL: config => config.tardisDatasetsUrl,
  GCS_BUCKET: config => config.gcsBucket,
  GCS_PREFIX: config => config.gcsPrefix,
  GCS_API_ENDPOINT: config => config.gcsApiEndpoint,
  GCS_USER_PROJECT: config => config.gcsUserProject,
  GCS_RETENTION_DAYS: config => config.gcsRetentionDays,
  GCS_RETENTION_MODE: config => config.gcsRetentionMode,
  GOOGLE_CLOUD_UNIVERSE_DOMAIN: config => config.universeDomain,
  VENUE_DAYS_TOPIC: config => config.venueDaysTopic,
  COMPLETIONS_TOPIC: config => config.completionsTopic,
  SCHEDULE_TOPIC: config => config.scheduleTopic,
  TABLES_TOPIC: config => config.tablesTopic,
  LOG_LEVEL: config => config.logLevel,
}

type Names = ReadonlySet<string>

/**
 * Every variable, and the flags that the settings file can set, with what commands use and where it comes from. Pure.
 * @param given names of the flags on the command line
 */
export function settingRows(
  flags: GivenFlags,
  given: Names,
  sources: Sources,
  { config, destination }: Settings,
): SettingRow[] {
  const variables = VARIABLES.map((name): SettingRow => {
    const [flag] = FLAGS.find(([, variable]) => variable === name) ?? []
    const value = flag && flags[flag]
    if (value !== undefined) return { name, value, from: `--${flag}` }
    return { name, value: VALUES[name](config), from: sourceOf(name, flags, sources) }
  })
  const folder = destination.kind === 'folder' ? { value: destination.shown } : { value: undefined, from: 'default' }
  const [dataDir, ...others] = OWN_ROWS.map(name => flagRow(name, flags, given, sources))
  return [...variables, { ...dataDir!, ...folder }, ...others]
}

const OWN_ROWS = ['data-dir', 'log-file', 'log-format', ...SELECTION_NAMES] as const

const FLAGS = Object.entries(VARIABLE_OF_FLAG) as [keyof typeof VARIABLE_OF_FLAG, Variable][]

function sourceOf(name: Variable, { settings = '.env' }: GivenFlags, { environment, dotEnv, file }: Sources): string {
  // As `readConfig` reads them: an empty value means the default, and hides what is behind it.
  const [from, text] = [
    ['environment', environment[name]] as const,
    [settings, dotEnv[name]] as const,
    [SETTINGS_FILE, file.variables[name]] as const,
  ].find(([, value]) => value !== undefined) ?? ['default', undefined]
  return text?.trim() ? from : 'default'
}

function flagRow(name: (typeof OWN_ROWS)[number], flags: GivenFlags, given: Names, { file }: Sources): SettingRow {
  const value = flags[name] ?? file.flags[name]
  return { name, value, from: given.has(name) ? `--${name}` : value === undefined ? 'default' : SETTINGS_FILE }
}
