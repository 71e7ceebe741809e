/**
 * Keeps the first `size` of many values in the order of `compare`, whatever order they come in. Memory: twice that. Once it is
 * full, most values are not kept for a moment.
 */
export class Top<T> {
  #kept: T[] = []
  #seen = 0
  /** The last of `size` values: what comes behind it is not among the first. */
  #last: T | undefined
  readonly #size: number
  readonly #compare: (a: T, b: T) => number

  constructor(size: number, compare: (a: T, b: T) => number) {
    this.#size = size
    this.#compare = compare
  }

  add(value: T): void {
    this.#seen += 1
    if (this.#last !== undefined && this.#compare(value, this.#last) >= 0) return
    this.#kept.push(value)
    if (this.#kept.length >= 2 * this.#size) this.#cut()
  }

  /** The values in order. */
  values(): readonly T[] {
    this.#cut()
    return this.#kept
  }

  /** How many were added beyond those that are kept. */
  get omitted(): number {
    return Math.max(0, this.#seen - this.#size)
  }

  #cut(): void {
    this.#kept = this.#kept.sort(this.#compare).slice(0, this.#size)
    if (this.#kept.length === this.#size) this.#last = this.#kept.at(-1)
  }
}
