import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { ConfigError, type Environment, VARIABLES, type Variable } from '../../runtime/config/config.ts'
import { jsonFault } from '../../runtime/config/json-fault.ts'
import { shown } from '../../runtime/shown.ts'
import { didYouMean } from './nearest.ts'
import { systemErrorText } from './system-error.ts'

export const SETTINGS_FILE = 'tick-handler.json'

/** Flags that are another name of a variable. */
export const VARIABLE_OF_FLAG = {
  venues: 'VENUES',
  'data-types': 'DATA_TYPES',
  bucket: 'GCS_BUCKET',
} as const satisfies Record<string, Variable>

const text = z.string('a text')
const scalar = z.union([z.string(), z.number(), z.boolean()], 'a text, a number, true or false')
const list = z.union([z.string(), z.array(z.string())], 'a text or a list of texts')

const LISTS: ReadonlySet<string> = new Set(['VENUES', 'DATA_TYPES'])

/** Which symbols the commands choose that take all of these flags. */
export const SELECTION_NAMES = ['symbols', 'instrument-types', 'exclude'] as const

/** Flags without a variable, which the file may give a default. */
const OWN_FLAGS = {
  'data-dir': text,
  'log-file': text,
  'log-format': z.enum(['text', 'json'], '"text" or "json"'),
  symbols: list,
  'instrument-types': list,
  exclude: list,
}

const schema = z
  .strictObject(
    {
      ...Object.fromEntries(VARIABLES.map(name => [name, LISTS.has(name) ? list : scalar])),
      venues: list,
      'data-types': list,
      bucket: text,
      ...OWN_FLAGS,
    },
    'an object with names of variables or flags',
  )
  .partial()

/** What `tick-handler.json` sets. */
export interface FileSettings {
  /** As the environment would have them. */
  readonly variables: Environment
  readonly flags: { readonly [K in keyof typeof OWN_FLAGS]?: z.infer<(typeof OWN_FLAGS)[K]> }
}

/**
 * Reads `tick-handler.json` in the working directory; empty where there is none. Its values go behind flags, environment
 * and `.env`.
 * @throws ConfigError with all faults, each with its place: one of the syntax with line and column
 */
export async function readSettingsFile(cwd: string): Promise<FileSettings> {
  const found = await readFileWithMode(resolve(cwd, SETTINGS_FILE))
  if (!found) return { variables: {}, flags: {} }
  const text = found.text.replace(/^\ufeff/, '')
  const fault = jsonFault(text)
  if (fault) throw faultsOf([`line ${fault.line}, column ${fault.column}: ${fault.text}`])
  const json: unknown = JSON.parse(text)
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw faultsOf(parsed.error.issues.flatMap(issue => linesOf(issue, json)))
  const values = parsed.data as Values
  const faults = [...twice(values), ...readableKey(values, found.mode)]
  if (faults.length > 0) throw faultsOf(faults)
  return settingsOf(values)
}

async function readFileWithMode(path: string) {
  try {
    await using file = await open(path)
    return { text: await file.readFile('utf8'), mode: (await file.stat()).mode }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new ConfigError([systemErrorText(cause)])
  }
}

type Values = Readonly<Record<string, string | number | boolean | readonly string[]>>

function faultsOf(lines: readonly string[]): ConfigError {
  return new ConfigError(lines.map(line => `${SETTINGS_FILE}: ${line}`))
}

function linesOf(issue: z.core.$ZodIssue, json: unknown): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => `unknown name ${shown(key)}${didYouMean(key, Object.keys(schema.shape))}`)
  const [name] = issue.path
  const found = name === undefined ? json : (json as Record<PropertyKey, unknown>)[name]
  return [`${name === undefined ? '' : `${String(name)} is `}${kindOf(found)}, expected ${issue.message}`]
}

/** Not the value itself, which may be a key. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  const kinds: Readonly<Record<string, string>> = {
    object: 'an object',
    string: 'another text',
    boolean: String(value),
  }
  return kinds[typeof value] ?? `a ${typeof value}`
}

/** Two names of one setting, or two destinations. */
function twice(values: Readonly<Record<string, unknown>>): string[] {
  const pairs = [...Object.entries(VARIABLE_OF_FLAG), ['data-dir', 'bucket'], ['data-dir', 'GCS_BUCKET']] as const
  return pairs
    .filter(([a, b]) => values[a] !== undefined && values[b] !== undefined)
    .map(([a, b]) => `has ${a} and ${b}, expected one of them`)
}

const READABLE_BY_OTHERS = 0o044

/** A key in a file that others can read is everybody's. */
function readableKey(values: Readonly<Record<string, unknown>>, mode: number): string[] {
  if (values.TARDIS_API_KEY === undefined || (mode & READABLE_BY_OTHERS) === 0) return []
  const found = (mode & 0o777).toString(8)
  return [
    `TARDIS_API_KEY is readable by other users (mode ${found}): chmod 600 ${SETTINGS_FILE}, or put the key into .env`,
  ]
}

function settingsOf(values: Values): FileSettings {
  const isFlag = ([name]: readonly [string, unknown]) => Object.hasOwn(OWN_FLAGS, name)
  const entries = Object.entries(values)
  const variables = entries
    .filter(entry => !isFlag(entry))
    .map(([name, value]) => [variableOf(name), typeof value === 'object' ? value.join() : String(value)])
  return { variables: Object.fromEntries(variables), flags: Object.fromEntries(entries.filter(isFlag)) }
}

function variableOf(name: string): string {
  return Object.hasOwn(VARIABLE_OF_FLAG, name) ? VARIABLE_OF_FLAG[name as keyof typeof VARIABLE_OF_FLAG] : name
}
