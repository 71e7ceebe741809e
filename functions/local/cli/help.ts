import type { Command } from './commands/command.ts'
import type { CommandEntry } from './commands/table.ts'
import type { Flags } from './flags.ts'

/** `tick-handler --help`. */
export function overview(commands: readonly CommandEntry[]): string {
  return [
    'Tardis.dev tick data as Parquet in a folder or a bucket of your own: complete, bit-exact, in fixed memory.',
    '',
    'Usage: tick-handler COMMAND [flags]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, about }) => [name, about])),
    '',
    'Start here:',
    ...columns([['tick-handler demo', 'sample data, no account, a few seconds']]),
    '',
    'tick-handler COMMAND --help shows flags and examples, tick-handler --version the version.',
    '',
  ].join('\n')
}

/** `tick-handler NAME --help`. */
export function commandHelp(name: string, command: Command<Flags>): string {
  const flags = Object.entries(command.flags).map(
    ([flag, { placeholder, about }]) => [`--${flag}${placeholder ? ` ${placeholder}` : ''}`, about] as const,
  )
  return [
    `Usage: tick-handler ${name} ${command.usage}`.trimEnd(),
    '',
    command.about,
    '',
    'Flags:',
    ...columns([...flags, ['--help', 'this text']]),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, does]) => [`  # ${does}`, `  ${line}`]),
    '',
    'Exit codes:',
    ...columns(command.exitCodes.map(([code, means]) => [String(code), means])),
    '',
  ].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
