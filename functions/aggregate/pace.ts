import { type VenueDay, venueDayKey } from '../market/items.ts'
import { type Clock, sleep } from '../runtime/deadline.ts'

/**
 * Runs a process's folds of one manifest one at a time, with about `intervalMs` between writes. A bucket takes about one
 * write per second and object (https://cloud.google.com/storage/quotas#objects).
 */
export interface ManifestPace {
  /**
   * Runs `fold` after the running fold of the same manifest. Callers that come while a fold waits to run share that one:
   * it has not read anything yet, so it includes all that was written before. Rejects as the fold does, for all callers.
   */
  share<T>(day: VenueDay, fold: () => Promise<T>): Promise<T>
  /** Resolves when this process may read the manifest in order to write it; at once the first time. */
  turn(day: VenueDay, signal?: AbortSignal): Promise<void>
  /** Records that a write is tried now. */
  wrote(day: VenueDay): void
}

interface Folds {
  running: Promise<unknown>
  waiting: Promise<unknown> | undefined
}

/** Memory: the manifests whose folds run or wait, and those written within the last `intervalMs`. */
export function createManifestPace(clock: Clock, intervalMs = 1_000): ManifestPace {
  const writtenAtMs = new Map<string, number>()
  const inWork = new Map<string, Folds>()
  const leftMs = (day: VenueDay) =>
    (writtenAtMs.get(venueDayKey(day)) ?? Number.NEGATIVE_INFINITY) + intervalMs - clock.now()

  async function run<T>(folds: Folds, name: string, fold: () => Promise<T>): Promise<T> {
    try {
      return await fold()
    } finally {
      if (folds.waiting === undefined) inWork.delete(name)
    }
  }
  function share<T>(day: VenueDay, fold: () => Promise<T>): Promise<T> {
    const name = venueDayKey(day)
    const folds = inWork.get(name)
    if (folds === undefined) {
      const begun: Folds = { running: Promise.resolve(), waiting: undefined }
      inWork.set(name, begun)
      const running = run(begun, name, fold)
      begun.running = running
      return running
    }
    folds.waiting ??= folds.running
      .catch(() => {})
      .then(() => {
        folds.running = folds.waiting!
        folds.waiting = undefined
        return run(folds, name, fold)
      })
    // One pace serves one kind of fold, so what is shared has its type.
    return folds.waiting as Promise<T>
  }
  return {
    share,
    async turn(day, signal) {
      for (let ms = leftMs(day); ms > 0; ms = leftMs(day)) await sleep(ms, signal, clock)
    },
    wrote(day) {
      for (const [name, atMs] of writtenAtMs) if (atMs + intervalMs <= clock.now()) writtenAtMs.delete(name)
      writtenAtMs.set(venueDayKey(day), clock.now())
    },
  }
}
