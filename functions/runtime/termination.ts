/** How an instance ends: Cloud Run sends SIGTERM and gives ten seconds. */
export interface Termination {
  /** Aborted by the first signal: what is in work hands on the rest and writes what it has. */
  readonly signal: AbortSignal
  /**
   * Runs work that the end waits for; rejects at once when the end has begun. From the first call on nobody else decides
   * how this process ends: functions-framework exits at once, in the middle of a batch.
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Called once when no work is left, before the process exits; all of them at once. */
  onEnd(close: () => Promise<void>): void
}

export interface TerminationOptions {
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'listeners' | 'exit'>
  /** How long work may go on after the signal, and closing after that; together less than Cloud Run's ten seconds. */
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

/** Until none is left, and a turn of the event loop more: the response is written after the work has settled. */
async function allSettled(work: () => readonly Promise<unknown>[]): Promise<void> {
  while (work().length > 0) {
    await Promise.allSettled(work())
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** False where the time ran out first. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: timeUp, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), timeUp])
  } finally {
    clearTimeout(timer)
  }
}
