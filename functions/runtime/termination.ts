/** How an instance ends: Cloud Run sends SIGTERM and gives ten seconds. */
export interface Termination {
  /** Aborted by the first signal: running work writes what it has and hands on the rest. */
  readonly signal: AbortSignal
  /**
   * Runs work that the shutdown waits for. Rejects at once after the first signal. From the first call on, this object alone
   * handles the signals: the handler of functions-framework exits at once, in the middle of a batch.
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Adds a function that is called once, after the work and before the process exits. All of them run at once. */
  onEnd(close: () => Promise<void>): void
}

export interface TerminationOptions {
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'listeners' | 'exit'>
  /** Time for work after the signal, and for closing after that; together less than Cloud Run's ten seconds. */
  readonly workMs?: number
  readonly closeMs?: number
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Listens for SIGTERM and SIGINT for as long as the process lives. At the first: aborts, waits for the work, closes, and
 * exits with 0, or with 1 where work had to be left behind. At the second it exits at once.
 * https://cloud.google.com/run/docs/container-contract#instance-shutdown
 */
export function createTermination(options: TerminationOptions = {}): Termination {
  const { process: self = process, workMs = 7_000, closeMs = 1_500 } = options
  const controller = new AbortController()
  const inWork = new Set<Promise<unknown>>()
  const closers: (() => Promise<void>)[] = []

  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) self.exit(1)
    controller.abort(new Error(`the instance is being stopped (${name})`))
    void end()
  }
  const end = async () => {
    const worked = await within(
      workMs,
      allSettled(() => [...inWork]),
    )
    await within(closeMs, Promise.allSettled(closers.map(close => close())))
    self.exit(worked ? 0 : 1)
  }
  const takeOver = () => {
    for (const name of SIGNALS) {
      for (const listener of self.listeners(name)) {
        if (listener !== onSignal) self.off(name, listener as NodeJS.SignalsListener)
      }
    }
  }
  for (const name of SIGNALS) self.on(name, onSignal)

  return {
    signal: controller.signal,
    async run(work) {
      controller.signal.throwIfAborted()
      takeOver()
      const running = work()
      inWork.add(running)
      try {
        return await running
      } finally {
        inWork.delete(running)
      }
    },
    onEnd: close => void closers.push(close),
  }
}

/** Waits until no work is left, and one more turn of the event loop, in which the response is written. */
async function allSettled(work: () => readonly Promise<unknown>[]): Promise<void> {
  while (work().length > 0) {
    await Promise.allSettled(work())
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Resolves with false if the time runs out first. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: timeUp, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), timeUp])
  } finally {
    clearTimeout(timer)
  }
}
