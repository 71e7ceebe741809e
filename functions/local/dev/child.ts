import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Each line of its stdout and stderr. */
  readonly onLine: (line: string) => void
}

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that never outlives this one. */
export interface Child {
  readonly pid: number
  /** Resolves when it has ended and all its output has been passed on. */
  readonly ended: Promise<ChildEnd>
  /** Sends SIGTERM, and SIGKILL if it does not end in time. Resolves when it has ended. Safe to call twice. */
  stop(graceMs?: number): Promise<ChildEnd>
}

const GRACE_MS = 9_000

/**
 * Starts a process in a group of its own, so that Ctrl-C in a terminal reaches only this process, which then stops
 * everything in order. A watchdog kills the child if this process ends in any other way, SIGKILL included.
 * @throws Error where it cannot be started, with the cause
 */
export async function startChild({ command, args, env, cwd, onLine }: ChildOptions): Promise<Child> {
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const closed = once(child, 'close').then(([code, signal]): ChildEnd => ({ code, signal }))
  closed.catch(() => {})
  await once(child, 'spawn')
  const watchdog = watch(child.pid!)
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine)
  const ended = closed.finally(() => watchdog.end())
  let stopping: Promise<ChildEnd> | undefined
  const stop = async (graceMs: number) => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    try {
      return await ended
    } finally {
      clearTimeout(timer)
    }
  }
  return { pid: child.pid!, ended, stop: (graceMs = GRACE_MS) => (stopping ??= stop(graceMs)) }
}

/** Waits for the end of a pipe that only this process holds open: it closes however this process ends. */
function watch(pid: number): { end(): Promise<void> } {
  const watchdog = spawn('sh', ['-c', 'read _; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const gone = once(watchdog, 'exit').catch(() => {})
  watchdog.unref()
  // A pipe to a child is a socket, although its type is another. It must not keep this process alive.
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref()
  return {
    async end() {
      watchdog.ref()
      watchdog.kill('SIGKILL')
      await gone
    },
  }
}
