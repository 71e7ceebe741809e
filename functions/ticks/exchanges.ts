import type { Encoder } from './kernel.ts'
import { KIND } from './kernel-constants.ts'
import type { GroupRows } from './layout.ts'

const decoder = new TextDecoder()

/** The least and the greatest value of the column `exchange`: what the statistics of a Parquet file say of it too. */
export class ExchangeRange {
  readonly #kernel: Encoder
  #least: string | undefined
  #greatest: string | undefined

  constructor(kernel: Encoder) {
    this.#kernel = kernel
  }

  add({ layout, rows }: GroupRows): void {
    const column = layout.columns.find(({ name, kind }) => name === 'exchange' && kind === KIND.CATEGORY)
    if (!column || this.#kernel.countValues(column.validity, 0, rows) === 0) return
    const { buffer } = this.#kernel.memory
    // Distinct texts are numbered in the order in which they are seen, so the largest code tells how many there are.
    const count = this.#kernel.largestCode(column.values, rows) + 1
    const offsets = new Int32Array(buffer, column.offsets, count + 1)
    for (let at = 0; at < count; at += 1) {
      const bytes = Uint8Array.from(new Uint8Array(buffer, column.data + offsets[at]!, offsets[at + 1]! - offsets[at]!))
      this.#see(decoder.decode(bytes))
    }
  }

  #see(exchange: string): void {
    if (this.#least === undefined || exchange < this.#least) this.#least = exchange
    if (this.#greatest === undefined || exchange > this.#greatest) this.#greatest = exchange
  }

  /** One value where both are the same, none where there are no rows. */
  get found(): string[] {
    return [...new Set([this.#least, this.#greatest])].filter(exchange => exchange !== undefined)
  }
}
