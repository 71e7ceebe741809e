/** Exit codes of a process that a signal ended: 128 and the signal's number. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The reason of the aborted signal. Work that it ends rejects with this error. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly exitCode: number
  constructor(signal: string, exitCode: number) {
    super(`stopped by ${signal}`)
    this.exitCode = exitCode
  }
}

export interface Interrupt extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** The exit code of the first signal. */
  readonly exitCode: number | undefined
}

/**
 * Until disposed, the first Ctrl-C (or SIGTERM, SIGHUP) aborts the signal and calls `onFirst`, so that work can be handed
 * on; a second one calls `onSecond`, which must not wait for anything, and ends the process at once.
 */
export function listenForInterrupt(onFirst: () => void, onSecond = () => {}): Interrupt {
  const controller = new AbortController()
  let exitCode: number | undefined
  const onSignal = (name: NodeJS.Signals) => {
    const code = CODES[name as keyof typeof CODES]
    if (exitCode !== undefined) {
      onSecond()
      return process.exit(code)
    }
    exitCode = code
    onFirst()
    controller.abort(new Interrupted(name, code))
  }
  const names = Object.keys(CODES) as (keyof typeof CODES)[]
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal)
    },
  }
}
