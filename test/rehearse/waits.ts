import type { VirtualTime } from './virtual-time.ts'

/** What a worker of a fetch instance can wait for. */
export const WAITS = ['vendor response', 'rate limit', 'download', 'CPU', 'bucket'] as const
export type Wait = (typeof WAITS)[number]

/** How long all workers together waited for what, in virtual milliseconds. */
export class Waits {
  readonly ms = Object.fromEntries(WAITS.map(wait => [wait, 0])) as Record<Wait, number>
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  async during<T>(wait: Wait, work: () => Promise<T>): Promise<T> {
    const startedMs = this.#time.now()
    try {
      return await work()
    } finally {
      this.ms[wait] += this.#time.now() - startedMs
    }
  }

  get totalMs(): number {
    return WAITS.reduce((sum, wait) => sum + this.ms[wait], 0)
  }

  /** What most of the time went to, and its share of it. */
  longest(): { readonly wait: Wait; readonly share: number } {
    const wait = WAITS.reduce((longest, other) => (this.ms[other] > this.ms[longest] ? other : longest))
    return { wait, share: this.ms[wait] / Math.max(1, this.totalMs) }
  }
}
