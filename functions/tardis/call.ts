import type { Deadline } from '../runtime/deadline.ts'

/** The signal of one call. It is aborted with the caller's signal, and when the deadline is reached. */
export interface Call {
  readonly signal: AbortSignal
  /** Removes the listeners from both signals. */
  end(): void
}

/**
 * Combines the two signals by hand: a signal made with AbortSignal.any stays registered with its sources, which live as long
 * as the instance.
 */
export function beginCall(deadline: Deadline, signal: AbortSignal | undefined): Call {
  const controller = new AbortController()
  const sources = signal === undefined ? [deadline.signal] : [signal, deadline.signal]
  const end = () => {
    for (const source of sources) source.removeEventListener('abort', onAbort)
  }
  function onAbort(this: AbortSignal) {
    end()
    controller.abort(this.reason)
  }
  for (const source of sources) source.addEventListener('abort', onAbort, { once: true })
  const aborted = sources.find(source => source.aborted || (source === deadline.signal && deadline.expired))
  if (aborted) onAbort.call(aborted)
  return { signal: controller.signal, end }
}
