/**
 * Settles as `work` does, or rejects with the signal's reason as soon as the signal is aborted. For work that takes no
 * signal: it goes on, and its result is dropped. Holds no listener once it is settled.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    const forget = () => signal.removeEventListener('abort', onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    work.then(resolve, reject).finally(forget)
  })
}
