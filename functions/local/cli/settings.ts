import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { dayOf } from '../../market/days.ts'
import { DEFAULT_DATA_TYPES, REQUESTABLE_DATA_TYPES } from '../../market/names.ts'
import { selectionOf } from '../../market/selector.ts'
import { type Config, ConfigError, type Environment } from '../../runtime/config/config.ts'
import { loadDotEnv } from '../../runtime/config/dot-env.ts'
import * as values from '../../runtime/config/values.ts'
import type { Destination } from '../pipeline/destination.ts'
import type { CliContext } from './commands/command.ts'
import { dates } from './dates.ts'
import { day, list, single, text } from './flags.ts'
import { type FileSettings, readSettingsFile, SETTINGS_FILE } from './settings-file.ts'
import { systemErrorText } from './system-error.ts'
import { readLocalConfig, venuePattern } from './venue-patterns.ts'

export interface Settings {
  readonly config: Config
  readonly destination: Destination
  /** False where the log's level is only the default. */
  readonly logLevelIsSet: boolean
}

export const DESTINATION_FLAGS = {
  'data-dir': text('DIR', 'folder to store data in (default ./data, unless GCS_BUCKET is set)'),
  bucket: single('NAME', 'Google Cloud Storage bucket instead (default GCS_BUCKET)', values.bucket),
  settings: text('FILE', 'read settings from FILE instead of .env'),
}

const anyText: values.Reader<string> = value => ({ value })

export const RANGE_FLAGS = {
  venues: list(
    'V,…',
    'Tardis exchange ids, such as binance-futures,deribit, also patterns such as binance* (default VENUES)',
    venuePattern,
  ),
  'start-date': day('first UTC day'),
  'end-date': day('last UTC day (included)'),
  dates: dates(utcToday),
}

export const DATASET_FLAGS = {
  'data-types': list(
    'T,…',
    `one or more of ${REQUESTABLE_DATA_TYPES.join(', ')}, where the venue has them (default DATA_TYPES, or else ${DEFAULT_DATA_TYPES.join(', ')})`,
    values.dataType,
  ),
  symbols: list(
    'S,…',
    "only these symbols, as Tardis names them, also patterns such as 'BTC-*' (default all)",
    anyText,
  ),
  'instrument-types': list(
    'T,…',
    'only instruments of these types: spot, perpetual, future, option … (default all)',
    values.instrumentType,
  ),
  exclude: list('S,…', "none of these symbols, also patterns such as '*-P'", anyText),
}

interface SelectionValues {
  readonly symbols?: readonly string[]
  readonly 'instrument-types'?: readonly string[]
  readonly exclude?: readonly string[]
}

/** Which symbols the flags choose, as messages say it. */
export function selectionOfFlags({ symbols, 'instrument-types': instrumentTypes, exclude }: SelectionValues) {
  return selectionOf({ symbols, instrumentTypes, exclude })
}

export interface DestinationValues {
  readonly 'data-dir'?: string
  readonly bucket?: string
  readonly settings?: string
}

const DEFAULT_FOLDER = './data'
const LOCAL_DEADLINE_SECONDS = '3600'

interface RangeValues {
  readonly 'start-date'?: string
  readonly 'end-date'?: string
}

/** What is wrong with the venues and days of a command that needs both: one line each. */
export function requestFaults(flags: RangeValues, given: ReadonlySet<string>, venues?: readonly string[]): string[] {
  return [...missingFaults(given, venues), ...rangeFaults(flags), ...futureFaults(flags, utcToday())]
}

/** True where a flag for venues or days is given and its reader has reported a fault. */
export function isUnread(flags: RangeValues & { readonly venues?: unknown }, given: ReadonlySet<string>): boolean {
  return (['venues', 'start-date', 'end-date'] as const).some(flag => given.has(flag) && !flags[flag])
}

function missingFaults(given: ReadonlySet<string>, venues: readonly string[] | undefined): string[] {
  const dates = (['start-date', 'end-date'] as const).filter(flag => !given.has(flag))
  const faults = dates.map(flag => `missing required --${flag} (YYYY-MM-DD)`)
  if (!given.has('venues') && venues?.length === 0) faults.push(MISSING_VENUES)
  return faults
}

export const MISSING_VENUES = 'missing required --venues (exchange ids such as binance-futures; or set VENUES)'

/** What is wrong with a range that was given, beyond its single days: one line each. */
export function rangeFaults({ 'start-date': start, 'end-date': end }: RangeValues): string[] {
  const backwards = start !== undefined && end !== undefined && start > end
  return backwards ? [`--end-date ${end} is before --start-date ${start}`] : []
}

/** Days that have not begun, so that there cannot be data. */
function futureFaults(range: RangeValues, today: string): string[] {
  return (['start-date', 'end-date'] as const).flatMap(flag => {
    const date = range[flag]
    const future = date !== undefined && date > today
    return future ? [`--${flag}: ${date} has not begun (today is ${today} in UTC)`] : []
  })
}

/**
 * The configuration of a local command: flags over the environment over `.env` over `tick-handler.json`. Writes nothing.
 * @throws ConfigError with all faults of the files, or else of the values
 */
export async function readSettings(flags: DestinationValues, context: CliContext): Promise<Settings> {
  const sources = await readSources(flags.settings, context)
  const { env, folder } = sources
  const config = configOf(sources, {
    ...env,
    // A deployed function has minutes. A local run has no such limit, and a large file can take long.
    DEADLINE_SECONDS: env.DEADLINE_SECONDS || LOCAL_DEADLINE_SECONDS,
    ...(flags.bucket && { GCS_BUCKET: flags.bucket }),
  })
  return {
    config,
    destination: destinationOf(flags, config, folder, context.cwd),
    logLevelIsSet: Boolean(env.LOG_LEVEL),
  }
}

/** @throws ConfigError whose lines also say which values come from `tick-handler.json` */
function configOf({ environment, dotEnv, file }: Sources, env: Environment): Config {
  try {
    return readLocalConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const isOfFile = (name: string) =>
      env[name] === file.variables[name] && !environment[name] && !dotEnv[name] && file.variables[name] !== undefined
    throw new ConfigError(
      error.faults.map(fault => (isOfFile(fault.split(':')[0]!) ? `${SETTINGS_FILE}: ${fault}` : fault)),
    )
  }
}

/** The settings, or everything that is wrong with them and with the destination's flags. */
export async function trySettings(
  flags: DestinationValues,
  context: CliContext,
): Promise<{ readonly settings?: Settings; readonly faults: readonly string[] }> {
  const both = flags['data-dir'] !== undefined && flags.bucket !== undefined
  const faults = both ? ['--bucket and --data-dir exclude each other'] : []
  try {
    const settings = await readSettings(flags, context)
    return { settings, faults: [...faults, ...(await folderFaults(settings.destination))] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { faults: [...faults, ...error.faults] }
  }
}

/** The same for a command that reads and writes nothing there: it needs no destination that can be used. */
export async function tryConfig(
  flags: Pick<DestinationValues, 'settings'>,
  context: CliContext,
): Promise<{ readonly config?: Config; readonly faults: readonly string[] }> {
  try {
    return { config: (await readSettings({ ...flags }, context)).config, faults: [] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { faults: error.faults }
  }
}

/** A file cannot hold objects. */
async function folderFaults(destination: Destination): Promise<string[]> {
  if (destination.kind !== 'folder') return []
  const found = await stat(destination.folder).catch(() => undefined)
  return found === undefined || found.isDirectory()
    ? []
    : [`--data-dir: ${destination.shown} is a file, expected a folder`]
}

/** Today's day in UTC, whatever the time zone of this machine. */
export function utcToday(): string {
  return dayOf(Date.now())
}

/** Where a value can come from, the strongest first. */
export interface Sources {
  readonly environment: Environment
  readonly dotEnv: Environment
  readonly file: FileSettings
  /** All of it: of each variable the strongest value. */
  readonly env: Environment
  /** The folder to store in that `tick-handler.json` names. */
  readonly folder: string | undefined
}

/** The environment, below it what `.env` (or `file`) says, and below that `tick-handler.json`. @throws ConfigError */
export async function readSources(file: string | undefined, { env, cwd }: CliContext): Promise<Sources> {
  const [dotEnv, settings] = await Promise.all([readDotEnv(file, cwd), readSettingsFile(cwd)])
  const environment = definedOnly(env)
  const all = { ...settings.variables, ...dotEnv, ...environment }
  return { environment, dotEnv, file: settings, env: all, folder: settings.flags['data-dir'] }
}

/** The variables of all sources. @throws ConfigError where one cannot be read */
export async function readEnvironment(file: string | undefined, context: CliContext): Promise<Environment> {
  return (await readSources(file, context)).env
}

async function readDotEnv(file: string | undefined, cwd: string): Promise<Environment> {
  try {
    return loadDotEnv(await readFile(resolve(cwd, file ?? '.env'), 'utf8'), file ?? '.env')
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (absent && file === undefined) return {}
    throw new ConfigError([`${file === undefined ? '' : '--settings: '}${systemErrorText(cause)}`])
  }
}

function definedOnly(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, text]) => text !== undefined))
}

function destinationOf(
  flags: DestinationValues,
  { gcsBucket }: Config,
  folder: string | undefined,
  cwd: string,
): Destination {
  const given = flags['data-dir']
  if (given === undefined && gcsBucket !== undefined) {
    return { kind: 'bucket', bucket: gcsBucket, shown: `gs://${gcsBucket}` }
  }
  const shown = given ?? folder ?? DEFAULT_FOLDER
  return { kind: 'folder', folder: resolve(cwd, shown), shown }
}
