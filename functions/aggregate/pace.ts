import type { VenueDay } from '../ledger/fields.ts'
import { type Clock, sleep } from '../runtime/deadline.ts'

/** Keeps a process's own writes to one manifest apart. */
export interface ManifestPace {
  /** Resolves when this process may look at the manifest again with a view to writing it; the first time, at once. */
  turn(day: VenueDay, signal?: AbortSignal): Promise<void>
  /** Says that a write was tried now. */
  wrote(day: VenueDay): void
}

/**
 * A bucket takes about one write a second to one object (https://cloud.google.com/storage/quotas#objects). Who waits here
 * reads afterwards, and mostly finds that the write before its turn has told all. Memory: the manifests written within
 * the last `intervalMs`.
 */
export function createManifestPace(clock: Clock, intervalMs = 1_000): ManifestPace {
  const writtenAtMs = new Map<string, number>()
  const key = ({ venue, date }: VenueDay) => `${venue}/${date}`
  const leftMs = (day: VenueDay) => (writtenAtMs.get(key(day)) ?? Number.NEGATIVE_INFINITY) + intervalMs - clock.now()
  return {
    async turn(day, signal) {
      for (let ms = leftMs(day); ms > 0; ms = leftMs(day)) await sleep(ms, signal, clock)
    },
    wrote(day) {
      for (const [name, atMs] of writtenAtMs) if (atMs + intervalMs <= clock.now()) writtenAtMs.delete(name)
      writtenAtMs.set(key(day), clock.now())
    },
  }
}
