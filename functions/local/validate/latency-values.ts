import type { Quality } from '../../ledger/quality.ts'

/** Buckets of each power of two: a quantile is at most 0.1 % too small. */
const BUCKETS_PER_POWER = 1024

/**
 * local_timestamp − timestamp of the rows that have both. Memory: a count for each bucket that has rows, at most 50,000
 * for latencies of either sign below a year.
 */
export class LatencyValues {
  readonly #counts = new Map<number, number>()
  #rows = 0
  #min: bigint | undefined
  #max: bigint | undefined
  #negative = 0

  add(sent: ArrayLike<bigint | undefined>, received: ArrayLike<bigint | undefined>): void {
    for (let row = 0; row < sent.length; row++) {
      const [from, to] = [sent[row] ?? undefined, received[row] ?? undefined]
      if (from !== undefined && to !== undefined) this.#addLatency(to - from)
    }
  }

  /** Minimum, maximum and the negative count are exact. */
  get seen(): Quality['latency'] | undefined {
    if (this.#min === undefined || this.#max === undefined) return undefined
    return {
      minMicros: `${this.#min}`,
      ...{ medianMicros: `${this.#quantile(0.5)}`, p99Micros: `${this.#quantile(0.99)}` },
      maxMicros: `${this.#max}`,
      ...(this.#negative > 0 && { negative: this.#negative }),
    }
  }

  #addLatency(micros: bigint): void {
    if (this.#min === undefined || micros < this.#min) this.#min = micros
    if (this.#max === undefined || micros > this.#max) this.#max = micros
    if (micros < 0n) this.#negative += 1
    const bucket = bucketOf(Number(micros))
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1)
    this.#rows += 1
  }

  /** The smallest latency that at least `share` of the rows do not exceed. */
  #quantile(share: number): number {
    const rank = Math.ceil(this.#rows * share)
    let rows = 0
    for (const bucket of [...this.#counts.keys()].sort((a, b) => a - b)) {
      rows += this.#counts.get(bucket)!
      if (rows >= rank) return bucket
    }
    return 0
  }
}

/** The end of the bucket that is nearest to zero: it identifies the bucket. */
function bucketOf(micros: number): number {
  const size = Math.abs(micros)
  const width = 2 ** Math.max(0, Math.floor(Math.log2(size)) - Math.log2(BUCKETS_PER_POWER))
  return size === 0 ? 0 : Math.sign(micros) * Math.floor(size / width) * width
}
