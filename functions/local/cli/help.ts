import { cells, wrapText } from '../terminal/style.ts'
import type { Command } from './commands/command.ts'
import type { CommandEntry } from './commands/table.ts'
import { COMMON_FLAGS } from './common-flags.ts'
import { EXIT_CODES } from './exit-codes.ts'
import type { Flags } from './flags.ts'

/** How a person calls the program: npx takes it from the checkout, and `--no` forbids to install it from a registry. */
export const PROGRAM = 'npx --no tick-handler'

/** `tick-handler --help`, in lines of at most `width` cells. */
export function overview(commands: readonly CommandEntry[], width: number): string {
  return [
    ...wrapText('Tardis.dev tick data as Parquet, in a folder or in your own bucket.', width),
    '',
    'Usage: tick-handler COMMAND [flags]',
    '',
    'Commands:',
    ...columns(
      commands.map(({ name, about }) => [name, about]),
      width,
    ),
    '',
    'Start here:',
    ...columns([[`${PROGRAM} demo`, 'generated sample data, no account, a few seconds']], width),
    '',
    ...wrapText('tick-handler COMMAND --help prints flags and examples, tick-handler --version the version.', width),
    '',
  ].join('\n')
}

/** `tick-handler NAME --help`, in lines of at most `width` cells; examples stay whole. */
export function commandHelp(name: string, command: Command<Flags>, width: number): string {
  const monitor = name === 'monitor'
  const codes = EXIT_CODES.filter(([, means]) => monitor || !means.startsWith('monitor'))
  return [
    `Usage: tick-handler ${name} ${command.usage}`.trimEnd(),
    '',
    ...command.about.split('\n').flatMap(line => wrapText(line, width)),
    '',
    'Flags:',
    ...columns(flagRows(command.flags), width),
    '',
    'Flags of every command:',
    ...columns(flagRows(COMMON_FLAGS), width),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, does]) => [
      `  # ${does}`,
      `  ${line.replaceAll('tick-handler ', `${PROGRAM} `)}`,
    ]),
    '',
    'Exit codes:',
    ...columns(
      codes.map(([code, means]) => [String(code), monitor ? means : means.replace(/ \(monitor.*\)$/, '')]),
      width,
    ),
    '',
  ].join('\n')
}

function flagRows(flags: Flags): (readonly [string, string])[] {
  return Object.entries(flags).map(([flag, { placeholder, short, about }]) => {
    const names = `${short ? `-${short}, ` : ''}--${flag}`
    return [placeholder ? `${names} ${placeholder}` : names, about]
  })
}

const MIN_ABOUT = 30

/** Two columns; a text that does not fit beside its name goes on below it, in its column. */
function columns(rows: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.max(...rows.map(([name]) => cells(name)))
  const room = Math.max(MIN_ABOUT, width - left - 4)
  return rows.flatMap(([name, about]) =>
    wrapText(about, room).map((line, at) => `  ${(at === 0 ? name : '').padEnd(left)}  ${line}`),
  )
}
