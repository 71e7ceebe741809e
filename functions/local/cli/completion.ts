import { REQUESTABLE_DATA_TYPES } from '../../market/names.ts'
import type { Flags } from './flags.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string
  readonly about: string
  readonly flags: Flags
}

const INSTRUMENT_TYPES = ['spot', 'perpetual', 'future', 'option']

/** Values to offer after a flag, whatever the command; after any other flag the shell offers files. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'data-types': REQUESTABLE_DATA_TYPES,
  type: INSTRUMENT_TYPES,
  'instrument-types': INSTRUMENT_TYPES,
  'log-format': ['text', 'json'],
}

/** The script that a shell reads to complete commands, flags and values. The words are in it: completing starts no process. Pure. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash, zsh, fish }[shell](commands)
}

/** https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion-Builtins.html */
function bash(commands: readonly CompletedCommand[]): string {
  return `# bash completion of tick-handler: eval "$(tick-handler completion bash)"
_tick_handler() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words="${commands.map(({ name }) => name).join(' ')}"
  else
    case $previous in
${caseLines(VALUES, '--')}
    esac
    if [[ -z $words && $current == -* ]]; then
      case \${COMP_WORDS[1]} in
${caseLines(Object.fromEntries(commands.map(({ name, flags }) => [name, flagNames(flags)])))}
      esac
    fi
  fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _tick_handler tick-handler
`
}

function caseLines(words: Readonly<Record<string, readonly string[]>>, before = ''): string {
  return Object.entries(words)
    .map(([name, list]) => `      ${before}${name}) words="${list.join(' ')}" ;;`)
    .join('\n')
}

function flagNames(flags: Flags): string[] {
  return Object.keys(flags).map(flag => `--${flag}`)
}

/** https://zsh.sourceforge.io/Doc/Release/Completion-System.html#Completion-Functions */
function zsh(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`)
  const flags = commands.map(command => `    ${command.name}) _arguments ${zshFlags(command.flags)} '*:file:_files' ;;`)
  return `#compdef tick-handler
# zsh completion of tick-handler: eval "$(tick-handler completion zsh)"
_tick_handler() {
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
${flags.join('\n')}
  esac
}
compdef _tick_handler tick-handler
`
}

function zshFlags(flags: Flags): string {
  return Object.entries(flags)
    .map(([flag, { placeholder, about }]) => {
      const values = VALUES[flag] ? `(${VALUES[flag].join(' ')})` : '_files'
      const text = about.replace(/[\\[\]:]/g, '\\$&')
      return quoted(`--${flag}[${text}]${placeholder ? `:${placeholder.replaceAll(':', '\\:')}:${values}` : ''}`)
    })
    .join(' ')
}

/** https://fishshell.com/docs/current/cmds/complete.html */
function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, about, flags }) => [
    `complete -c tick-handler -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(about)}`,
    ...Object.entries(flags).map(([flag, { placeholder, short, about: does }]) => {
      const values = VALUES[flag] ? ` -x -a ${fishQuoted(VALUES[flag].join(' '))}` : placeholder ? ' -r' : ''
      const names = `${short ? ` -s ${short}` : ''} -l ${flag}`
      return `complete -c tick-handler -n '__fish_seen_subcommand_from ${name}'${names}${values} -d ${fishQuoted(does)}`
    }),
  ])
  return `# fish completion of tick-handler: tick-handler completion fish | source\n${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
