/**
 * Random numbers that are the same on every machine: sfc32 of the PractRand suite, seeded by a text.
 * https://pracrand.sourceforge.net/RNG_engines.txt
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string) {
    const hash = hashed(seed)
    this.#a = hash()
    this.#b = hash()
    this.#c = hash()
    for (let i = 0; i < 12; i++) this.bits()
  }

  /** 32 random bits as a signed integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum
  }

  /** In [0, 1). */
  unit(): number {
    return (this.bits() >>> 0) / 4_294_967_296
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(((this.bits() >>> 0) * count) / 4_294_967_296)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.bits() >>> 0 < probability * 4_294_967_296
  }
}

/** FNV-1a over the text, continued for as many words as are needed. */
function hashed(text: string): () => number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    state ^= state >>> 15
    return state
  }
}

/** A distribution given by some quantiles, geometric between them. Values are drawn from a table. */
export class Quantiles {
  readonly #values: Float64Array

  /** Pairs of share (rising from 0 to 1) and value (above 0, rising). */
  constructor(points: readonly (readonly [share: number, value: number])[]) {
    const size = 4096
    this.#values = new Float64Array(size)
    for (let i = 0, at = 0; i < size; i++) {
      const share = (i + 0.5) / size
      while (points[at + 1]![0] < share) at++
      const [[fromShare, from], [toShare, to]] = [points[at]!, points[at + 1]!]
      this.#values[i] = from * (to / from) ** ((share - fromShare) / (toShare - fromShare))
    }
  }

  draw(random: Random): number {
    return this.#values[random.bits() >>> 20]!
  }

  /** The mean of what is drawn. */
  get mean(): number {
    return this.#values.reduce((sum, value) => sum + value, 0) / this.#values.length
  }
}

/**
 * Amounts as in real trades, in lots: a few sizes very often, many sometimes, and some once. The `common` repeated sizes have
 * ranks: a rank is `common ** u ** skew` with u uniform, so each tenfold of ranks is drawn about as often as the next
 * (skew 1), or the first ones more often (above 1). `tail` is the share of amounts that are drawn from `smallest` to
 * `largest`, half of them below `middle`.
 */
export class Amounts {
  readonly #common: Int32Array
  readonly #tail: number
  readonly #sizes: Quantiles

  constructor(random: Random, options: AmountOptions) {
    const { common, skew, smallest, middle, largest } = options
    this.#tail = options.tail
    this.#sizes = new Quantiles([
      [0, smallest],
      [0.5, middle],
      [1, largest],
    ])
    const values = new Set<number>()
    for (let lots = smallest; values.size < 7; lots++) values.add(lots)
    while (values.size < common) values.add(this.#free(random))
    const ranked = Int32Array.from(values)
    this.#common = Int32Array.from({ length: 65_536 }, (_, i) => {
      return ranked[Math.floor(common ** (((i + 0.5) / 65_536) ** skew)) - 1]!
    })
  }

  /** At least `smallest`, and up to half as much again as `largest`. */
  draw(random: Random): number {
    return random.chance(this.#tail) ? this.#free(random) : this.#common[random.bits() >>> 16]!
  }

  #free(random: Random): number {
    return Math.ceil(this.#sizes.draw(random) * (1 + random.unit() / 2))
  }
}

export interface AmountOptions {
  readonly common: number
  readonly skew: number
  readonly tail: number
  readonly smallest: number
  readonly middle: number
  readonly largest: number
}
