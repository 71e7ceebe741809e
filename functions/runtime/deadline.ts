/**
 * Time as the pipeline sees it, small enough that a test can hand in its own. `systemClock` is the real one.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once, `ms` milliseconds from now; the answer goes to `clearTimeout`. */
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: timer => clearTimeout(timer as NodeJS.Timeout),
}

/** What a deadline's signal is aborted with: work that ends with it hands on the rest and does not retry. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
}

/**
 * How long a piece of work may take. Its signal is aborted when the time is up, or when the parent is. It holds one
 * timer and one listener on the parent until it is disposed: `using deadline = createDeadline(…)`.
 */
export interface Deadline extends Disposable {
  /** Aborted with `DeadlineExceeded` when the time is up, or with the parent's reason when that is aborted. */
  readonly signal: AbortSignal
  /** True once the signal is aborted, and also where work blocked the event loop so that no timer could fire. */
  readonly expired: boolean
  /** Milliseconds left, never negative; Infinity where there is no limit. Takes no notice of the parent. */
  remainingMs(): number
}

/** setTimeout takes no more: beyond it Node fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * A deadline `ms` milliseconds from now; Infinity means none but the parent's.
 *
 * The parent may live as long as the instance (SIGTERM's signal does): it is listened to and let go again, because
 * a signal made with AbortSignal.any stays registered with its sources.
 * @throws RangeError if `ms` is negative or not a number
 */
export function createDeadline(ms: number, clock: Clock = systemClock, parent?: AbortSignal): Deadline {
  if (!(ms >= 0)) throw new RangeError(`a deadline needs milliseconds of 0 or more, found ${ms}`)
  const endsAtMs = clock.now() + ms
  const controller = new AbortController()
  let timer: unknown

  const dispose = () => {
    if (timer !== undefined) clock.clearTimeout(timer)
    timer = undefined
    parent?.removeEventListener('abort', onParent)
  }
  const abort = (reason: unknown) => {
    dispose()
    controller.abort(reason)
  }
  const onParent = () => abort(parent?.reason)
  const remainingMs = () => Math.max(0, endsAtMs - clock.now())
  const wait = () => {
    timer = clock.setTimeout(check, Math.min(remainingMs(), LONGEST_TIMER_MS))
  }
  const timeUp = () => abort(new DeadlineExceeded(`the time allowed (${ms} ms) is up`))
  const check = () => (remainingMs() === 0 ? timeUp() : wait())

  if (parent?.aborted) controller.abort(parent.reason)
  else {
    parent?.addEventListener('abort', onParent, { once: true })
    if (ms !== Number.POSITIVE_INFINITY) wait()
  }
  return {
    signal: controller.signal,
    get expired() {
      if (!controller.signal.aborted && remainingMs() === 0) timeUp()
      return controller.signal.aborted
    },
    remainingMs,
    [Symbol.dispose]: dispose,
  }
}

/**
 * Resolves after `ms` milliseconds; rejects with the signal's reason as soon as that is aborted. Holds nothing
 * afterwards, neither timer nor listener.
 */
export function sleep(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    const onAbort = () => {
      clock.clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** True if the work settles within `ms` milliseconds, false if it does not. The work goes on. Holds no timer afterwards. */
export async function settlesWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const timeUp = Promise.withResolvers<boolean>()
  const timer = clock.setTimeout(() => timeUp.resolve(false), ms)
  const settled = () => true
  try {
    return await Promise.race([work.then(settled, settled), timeUp.promise])
  } finally {
    clock.clearTimeout(timer)
  }
}
