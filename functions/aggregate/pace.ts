import { type VenueDay, venueDayKey } from '../market/items.ts'
import { type Clock, sleep } from '../runtime/deadline.ts'

/**
 * Keeps a process's own work on one manifest apart: one fold at a time, and about `intervalMs` between writes. A bucket
 * takes about one write a second to one object (https://cloud.google.com/storage/quotas#objects).
 */
export interface ManifestPace {
  /**
   * Runs `fold`, after the one of the same manifest that is running. Who comes while one waits to run shares that one:
   * it has not read anything yet, so it tells of all that was there before. Rejects as the fold does, for all that share it.
   */
  share<T>(day: VenueDay, fold: () => Promise<T>): Promise<T>
  /** Resolves when this process may look at the manifest with a view to writing it; the first time, at once. */
  turn(day: VenueDay, signal?: AbortSignal): Promise<void>
  /** Says that a write was tried now. */
  wrote(day: VenueDay): void
}

interface Folds {
  running: Promise<unknown>
  waiting: Promise<unknown> | undefined
}

/** Memory: the manifests in work, and those written within the last `intervalMs`. */
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
