import type { Writable } from 'node:stream'
import type { CommonFlags } from '../common-flags.ts'
import type { Flags, FlagValues } from '../flags.ts'

/** What a command may touch of the process: handed in, so that tests and other commands can hand in theirs. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Results: what a script reads. */
  readonly stdout: Writable
  /** Everything said to a person on the way. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  /** The folder that a `.env` file is looked for in. */
  readonly cwd: string
}

/** One subcommand of `tick-handler`; a module in this folder exports it as default. */
export interface Command<F extends Flags = Flags> {
  /** The arguments as help shows them after the command's name. */
  readonly usage: string
  readonly about: string
  readonly flags: F
  /** Whole command lines with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** True where arguments that belong to no flag are the command's own (`monitor -- COMMAND`). */
  readonly takesRest?: boolean
  /**
   * What is wrong beyond single flags (something needed is not given, two flags contradict each other): one line each.
   * Runs even if single flags are faulty, so that all faults are said at once.
   */
  check?(args: Arguments<F>, context: CliContext): Promise<readonly string[]>
  /** Resolves with the exit code; throws UsageError before anything is written. */
  run(args: Arguments<F>, context: CliContext): Promise<number>
}

/** A command line as read. */
export interface Arguments<F extends Flags> {
  readonly flags: FlagValues<F & CommonFlags>
  /** Names of the flags that were tried, rightly or not. */
  readonly given: ReadonlySet<string>
  /** Arguments that belong to no flag. */
  readonly rest: readonly string[]
}

/** Keeps the flags' types for `run`. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command
}
