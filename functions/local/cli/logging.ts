import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { LogLevel } from '../../runtime/config/config.ts'
import type { Log } from '../../runtime/log/log.ts'
import { createLogger } from '../../runtime/log/logger.ts'
import { isTerminal, looksOf } from '../terminal/style.ts'
import type { CliContext } from './commands/command.ts'
import type { CommonValues } from './common-flags.ts'
import { UsageError } from './flags.ts'
import { briefly, joined, onlyOnce } from './log-views.ts'
import { systemErrorText } from './system-error.ts'

export interface LogOptions {
  readonly flags: CommonValues
  /** LOG_LEVEL, or undefined where it is not set. */
  readonly level: LogLevel | undefined
  /** The least severe level on the terminal where neither a flag nor LOG_LEVEL says it. */
  readonly usual: LogLevel
  readonly secrets: readonly string[]
  /** True beside a live display: a line has only what a person needs of it. */
  readonly isBrief?: boolean
  /** Default stderr: where a live display stands, its stream. */
  readonly stream?: Writable & { readonly isTTY?: boolean }
}

export type CommandLog = Log & AsyncDisposable
export type LogFile = WriteStream & AsyncDisposable

/**
 * The log of a command, on stderr. With --log-file the file gets all entries, and stderr warnings and errors only.
 * --quiet leaves errors only on stderr.
 * @throws UsageError where the file cannot be written
 */
export async function openLog(options: LogOptions, { stderr, env, cwd }: CliContext): Promise<CommandLog> {
  const { flags, level, usual, secrets, stream = stderr } = options
  const json = flags['log-format'] === 'json'
  const file = await openLogFile(flags['log-file'], cwd)
  const wanted = flags.verbose ? 'debug' : level
  const onTerminal = flags.quiet ? 'error' : file ? 'warn' : (wanted ?? usual)
  const colour = looksOf(isTerminal(stream), env).color
  const terminal = await createLogger({ level: onTerminal, secrets, stream, json, colour })
  const inFile = file && (await createLogger({ level: wanted ?? 'info', secrets, stream: file, json, colour: false }))
  const shown = flags.verbose ? terminal : onlyOnce(options.isBrief ? briefly(terminal) : terminal)
  return Object.assign(inFile ? joined([shown, inFile]) : shown, {
    async [Symbol.asyncDispose]() {
      await Promise.all([terminal.close(), inFile?.close()])
      await file?.[Symbol.asyncDispose]()
    },
  })
}

/** The file of --log-file, to append to; undefined where the flag is not given. @throws UsageError */
export async function openLogFile(name: string | undefined, cwd: string): Promise<LogFile | undefined> {
  if (name === undefined) return undefined
  const file = createWriteStream(resolve(cwd, name), { flags: 'a' })
  try {
    await once(file, 'open')
  } catch (error) {
    throw new UsageError([`--log-file: ${systemErrorText(error)}`])
  }
  const close = async () => void (await once(file.end(), 'close'))
  return Object.assign(file, { [Symbol.asyncDispose]: close })
}
