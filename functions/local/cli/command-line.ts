import { readFile } from 'node:fs/promises'
import { widthOf } from '../terminal/style.ts'
import type { CliContext } from './commands/command.ts'
import { COMMANDS } from './commands/table.ts'
import { COMMON_FLAGS, type CommonValues } from './common-flags.ts'
import { withDates } from './dates.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE, EXIT_USAGE } from './exit-codes.ts'
import { readFlags, UsageError } from './flags.ts'
import { commandHelp, overview } from './help.ts'
import { Interrupted } from './interrupt.ts'
import { didYouMean } from './nearest.ts'
import { selectionDefaults } from './selection-defaults.ts'
import { type FileSettings, readSettingsFile } from './settings-file.ts'
import { systemErrorText } from './system-error.ts'

/**
 * Runs one command line (without the program's name) and resolves with its exit code. Faults of usage and of
 * configuration become one line each on stderr and exit code 2; any other error one line and exit code 1, with its
 * stack if LOG_LEVEL is debug.
 */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(argv, context)
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode
    const faults = usageFaults(error)
    for (const line of faults ?? [describe(error, context)]) context.stderr.write(`tick-handler: ${line}\n`)
    return faults ? EXIT_USAGE : EXIT_INCOMPLETE
  }
}

async function dispatch(argv: readonly string[], context: CliContext): Promise<number> {
  const [name, ...args] = argv
  if (name === undefined) {
    context.stderr.write(overview(COMMANDS, widthOf(context.stderr)))
    return EXIT_USAGE
  }
  const { stdout } = context
  if (HELP.has(name) && args.length === 0) return print(context, overview(COMMANDS, widthOf(stdout)))
  if (VERSION.has(name)) return print(context, `${await version()}\n`)
  const wanted = HELP.has(name) ? args[0]! : name
  const entry = COMMANDS.find(command => command.name === wanted)
  if (!entry) throw new UsageError([unknownCommand(wanted)])
  const { default: command } = await entry.load()
  const own = command.takesRest && args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (HELP.has(name) || own.includes('--help') || own.includes('-h')) {
    return print(context, commandHelp(entry.name, command, widthOf(stdout)))
  }
  if (own.includes('--version')) return print(context, `${await version()}\n`)
  const { values, rest, given, faults } = withDates(readFlags({ ...command.flags, ...COMMON_FLAGS }, args))
  // A file that is wrong stops every command, also one that takes nothing else from it.
  const { flags: defaults } = await readSettingsFile(context.cwd)
  const chosen = selectionDefaults(defaults, command.flags)
  const flags: CommonValues = { ...logFlags(defaults), ...chosen.values, ...values }
  const read = { flags, given, rest }
  const unexpected = command.takesRest ? [] : rest.map(arg => `unexpected argument ${JSON.stringify(arg)}`)
  const contradiction = flags.quiet && flags.verbose ? ['--quiet and --verbose exclude each other'] : []
  const checked = (await command.check?.(read, context)) ?? []
  const all = [...faults, ...chosen.faults, ...unexpected, ...contradiction, ...checked]
  if (all.length > 0) throw new UsageError(all)
  return await command.run(read, context)
}

/** What the file sets for all commands; the others read where they store for themselves. */
function logFlags({ 'log-file': file, 'log-format': format }: FileSettings['flags']) {
  return { ...(file !== undefined && { 'log-file': file }), ...(format !== undefined && { 'log-format': format }) }
}

const HELP: ReadonlySet<string> = new Set(['--help', '-h', 'help'])
const VERSION: ReadonlySet<string> = new Set(['--version', '-v'])

function print({ stdout }: CliContext, text: string): number {
  stdout.write(text)
  return EXIT_COMPLETE
}

function unknownCommand(name: string): string {
  const names = COMMANDS.map(command => command.name)
  const what = name.startsWith('-') ? 'unknown flag before a command' : 'unknown command'
  return `${what} ${JSON.stringify(name)}${didYouMean(name, names)}; commands: ${names.join(', ')}`
}

/** Also the configuration's faults: whatever error carries a list of lines under `faults`. */
function usageFaults(error: unknown): readonly string[] | undefined {
  if (!(error instanceof Error) || !('faults' in error) || !Array.isArray(error.faults)) return undefined
  return error.faults.map(String)
}

function describe(error: unknown, { env }: CliContext): string {
  const stack = env.LOG_LEVEL === 'debug' && error instanceof Error ? error.stack : undefined
  return stack ?? systemErrorText(error)
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
