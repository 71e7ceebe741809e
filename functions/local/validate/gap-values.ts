import type { Quality } from '../../ledger/quality.ts'

interface Gap {
  readonly start: bigint
  readonly micros: bigint
}

const MAX_GAPS = 5

/** The longest times between two rows, the longest first, of equal ones the earlier. */
export class GapValues {
  readonly #gaps: Gap[] = []
  /** The longest step, also one of no time. */
  #longest: Gap | undefined

  /** One step from a time to that of the next row that has one. */
  add(start: bigint, micros: bigint): void {
    if (micros < 0n) return
    if (this.#longest === undefined || micros > this.#longest.micros) this.#longest = { start, micros }
    if (micros <= (this.#gaps.length < MAX_GAPS ? 0n : this.#gaps[MAX_GAPS - 1]!.micros)) return
    const at = this.#gaps.findIndex(gap => gap.micros < micros)
    this.#gaps.splice(at === -1 ? this.#gaps.length : at, 0, { start, micros })
    this.#gaps.splice(MAX_GAPS)
  }

  get seen(): Pick<Quality, 'largestGapMicros' | 'largestGapStartMicros' | 'gaps'> {
    return {
      largestGapMicros: `${this.#longest?.micros ?? 0n}`,
      ...(this.#longest && { largestGapStartMicros: `${this.#longest.start}` }),
      ...(this.#gaps.length > 0 && {
        gaps: this.#gaps.map(({ start, micros }) => ({ startMicros: `${start}`, micros: `${micros}` })),
      }),
    }
  }
}
