/** One or more neighbouring samples: when, the lowest, the highest and the mean value, and how many they were. */
export interface Bucket {
  readonly from: number
  readonly to: number
  readonly lowest: number
  readonly highest: number
  readonly mean: number
  readonly count: number
}

/**
 * Keeps a series of any length in fixed memory: at most `capacity` buckets. When they are full, neighbours are joined
 * and every later bucket takes twice as many samples, so that the whole time stays covered at even resolution and no
 * peak and no low is lost.
 */
export class SampleRing {
  readonly #capacity: number
  #buckets: Bucket[] = []
  #width = 1

  /** `capacity`: an even number of buckets, at least 2. */
  constructor(capacity = 512) {
    this.#capacity = capacity
  }

  add(at: number, value: number): void {
    const last = this.#buckets.at(-1)
    const sample = { from: at, to: at, lowest: value, highest: value, mean: value, count: 1 }
    if (last !== undefined && last.count < this.#width) {
      this.#buckets[this.#buckets.length - 1] = joined(last, sample)
      return
    }
    if (this.#buckets.length === this.#capacity) this.#halve()
    this.#buckets.push(sample)
  }

  /** Oldest first. The last one may hold fewer samples than the others. */
  get buckets(): readonly Bucket[] {
    return this.#buckets
  }

  #halve(): void {
    const halved: Bucket[] = []
    for (let i = 0; i < this.#buckets.length; i += 2) {
      halved.push(joined(this.#buckets[i]!, this.#buckets[i + 1] ?? this.#buckets[i]!))
    }
    this.#buckets = halved
    this.#width *= 2
  }
}

function joined(a: Bucket, b: Bucket): Bucket {
  const count = a.count + b.count
  return {
    from: a.from,
    to: b.to,
    lowest: Math.min(a.lowest, b.lowest),
    highest: Math.max(a.highest, b.highest),
    mean: (a.mean * a.count + b.mean * b.count) / count,
    count,
  }
}
