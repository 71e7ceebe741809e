import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { meaningOf } from '../../runtime/system-error.ts'
import { isInForeground } from './proc-files.ts'

/** How a command ended: with a code of its own, or by a signal. */
export interface Ending {
  /** What a shell would report: the code, or 128 and the signal's number. */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | undefined
}

export interface CommandProcess {
  readonly pid: number
  readonly ended: Promise<Ending>
  /** Sends a signal to the command, if it still runs. */
  send(signal: NodeJS.Signals): void
}

/** The command could not be started; `exitCode` is what a shell would report. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
  readonly exitCode: number
  constructor(message: string, exitCode: number, options: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/**
 * Starts a command on this process's own stdin, stdout and stderr: nothing it reads or writes goes through us. It stays
 * in our process group, so that the terminal treats it as it would without us.
 * @throws NotStarted if there is no such command, or it may not be run
 */
export async function startCommand(
  [file, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<CommandProcess> {
  const child = spawn(file, args, { stdio: 'inherit', env, cwd })
  const ended = new Promise<Ending>(resolve => {
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
      resolve({ exitCode, signal: signal ?? undefined })
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause: NodeJS.ErrnoException) => reject(notStarted(file, cause)))
  })
  return { pid: child.pid!, ended, send: signal => void child.kill(signal) }
}

function notStarted(file: string, cause: NodeJS.ErrnoException): NotStarted {
  const [why, exitCode] =
    cause.code === 'ENOENT'
      ? ['there is no such command', 127]
      : [`it cannot be run: ${meaningOf(cause)?.text ?? cause.message}`, 126]
  return new NotStarted(`cannot start ${JSON.stringify(file)}: ${why}`, Number(exitCode), { cause })
}

const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
const FROM_KEYBOARD: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT'])

/**
 * Forwards signals to the command. This process does not end by them, so that it can still report. A terminal sends
 * Ctrl-C and Ctrl-\ to its whole foreground group, the command included: those are not forwarded, because many programs
 * stop gracefully at the first and at once at the second. Returns a function that removes the handlers.
 */
export function passSignalsOn(command: CommandProcess, inForeground: () => boolean = isInForeground): () => void {
  const handlers = PASSED_ON.map(signal => {
    const handler = () => {
      if (!(FROM_KEYBOARD.has(signal) && inForeground())) command.send(signal)
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}
