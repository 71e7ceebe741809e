import { parseArgs } from 'node:util'
import { DAY_EXPECTED, isDay } from '../../market/days.ts'
import * as values from '../../runtime/config/values.ts'
import { shown } from '../../runtime/shown.ts'
import { nearest } from './nearest.ts'

/** One flag of a command: how help shows it, and how its text becomes a value. */
export interface Flag<T> {
  /** What stands for the value in help; a flag without one is a switch. */
  readonly placeholder?: string
  readonly about: string
  /** One letter that stands for the flag: `v` for `-v`. */
  readonly short?: string
  /** The value of everything given for this flag, or why there is none: `found …, expected …`. */
  readonly read: (given: readonly string[]) => values.Reading<T>
}

export type Flags = Readonly<Record<string, Flag<unknown>>>

/** The values of the flags that were given. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never }

/** The command line cannot be understood: one line per fault, all of them. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

export interface ReadFlags<F extends Flags> {
  readonly values: FlagValues<F>
  /** Arguments that belong to no flag. */
  readonly rest: readonly string[]
  /** Names of the known flags that were given, rightly or not. */
  readonly given: ReadonlySet<string>
  readonly faults: readonly string[]
}

/**
 * Reads a command's arguments. Every fault is reported, none is thrown: unknown flags (with the nearest known one),
 * values missing or bad, a flag given twice that takes one value.
 */
export function readFlags<F extends Flags>(flags: F, argv: readonly string[]): ReadFlags<F> {
  const given = new Map<string, string[]>()
  const rest: string[] = []
  const faults: string[] = []
  for (const token of tokensOf(flags, argv)) {
    if (token.kind === 'rest') rest.push(token.value)
    else if (!Object.hasOwn(flags, token.name))
      faults.push(`${token.raw}: unknown flag${suggestion(token.name, flags)}`)
    else {
      const texts = given.get(token.name) ?? []
      given.set(token.name, texts)
      const fault = valueFault(flags[token.name]!, token.value)
      if (fault) faults.push(`--${token.name}: ${fault}`)
      else texts.push(token.value ?? '')
    }
  }
  const read: Record<string, unknown> = {}
  for (const [name, texts] of given) {
    if (texts.length === 0) continue
    const result = flags[name]!.read(texts)
    if ('value' in result) read[name] = result.value
    else for (const fault of result.faults) faults.push(`--${name}: ${fault}`)
  }
  return { values: read as FlagValues<F>, rest, given: new Set(given.keys()), faults }
}

type Token = { kind: 'flag'; name: string; raw: string; value: string | undefined } | { kind: 'rest'; value: string }

function tokensOf(flags: Flags, argv: readonly string[]): Token[] {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { placeholder, short }]) => [
      name,
      { type: placeholder ? 'string' : 'boolean', ...(short && { short }) } as const,
    ]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true })
  const result: Token[] = []
  let unknownAt = Number.NaN
  for (const token of tokens) {
    if (token.kind === 'option') {
      result.push({ kind: 'flag', name: token.name, raw: token.rawName, value: token.value })
      if (!Object.hasOwn(flags, token.name) && token.value === undefined) unknownAt = token.index
    } else if (token.kind === 'positional' && token.index !== unknownAt + 1) {
      // What follows an unknown flag was most likely its value: one fault for both.
      result.push({ kind: 'rest', value: token.value })
    }
  }
  return result
}

function valueFault(flag: Flag<unknown>, value: string | undefined): string | undefined {
  if (!flag.placeholder) return value === undefined ? undefined : `takes no value, found ${shown(value)}`
  if (value === undefined || value.trim() === '') return `needs a value: ${flag.placeholder}`
  if (value.startsWith('--')) return `needs a value: ${flag.placeholder} (found the flag ${shown(value)})`
  return undefined
}

function suggestion(name: string, flags: Flags): string {
  const [near] = nearest(name, [...Object.keys(flags), 'help'])
  return near ? ` (did you mean --${near}?)` : ''
}

/** A flag with one value. */
export function single<T>(placeholder: string, about: string, reader: values.Reader<T>): Flag<T> {
  return {
    placeholder,
    about,
    read: given =>
      given.length > 1 ? { faults: [`given ${given.length} times, expected once`] } : reader(given[0]!.trim()),
  }
}

/** Any text. */
export function text(placeholder: string, about: string): Flag<string> {
  return single<string>(placeholder, about, value => ({ value }))
}

/** A day, `YYYY-MM-DD`. */
export function day(about: string): Flag<string> {
  return single<string>('YYYY-MM-DD', about, value =>
    isDay(value) ? { value } : { faults: [`found ${shown(value)}, expected ${DAY_EXPECTED}`] },
  )
}

/** A whole number from 1 to `most`. */
export function natural(placeholder: string, about: string, most: number): Flag<number> {
  return single(placeholder, about, values.whole(1, most))
}

/** Comma-separated names, which may also be spread over several flags; each name once, in the order given. */
export function list(placeholder: string, about: string, name: values.Reader<string>): Flag<readonly string[]> {
  const reader = values.list(name)
  return { placeholder, about, read: given => reader(given.join(',')) }
}

/** Present or not. */
export function toggle(about: string, short?: string): Flag<true> {
  return { about, ...(short && { short }), read: () => ({ value: true }) }
}

/** The fault of a message made of flags, `endDate: found …`, with the flag's name: `--end-date: found …`. */
export function inFlags(reason: string): string {
  return reason.replace(
    /(^|; )(venues|startDate|endDate|dataTypes|symbols|instrumentTypes|exclude)\b/g,
    (_, gap, field) => {
      return `${gap}--${field.replace(/[A-Z]/g, (letter: string) => `-${letter.toLowerCase()}`)}`
    },
  )
}
