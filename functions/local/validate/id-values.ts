import type { Quality } from '../../ledger/quality.ts'

/** The first and the last id and how many are missing between consecutive ones, where ids are whole numbers that increase. */
export class IdValues {
  #first: bigint | undefined
  #last: bigint | undefined
  #missing = 0n
  #increases = true

  add(values: ArrayLike<unknown>): void {
    for (let row = 0; row < values.length && this.#increases; row++) {
      const text = values[row] ?? undefined
      if (text !== undefined) this.#addId(String(text))
    }
  }

  get seen(): Quality['ids'] | undefined {
    if (!this.#increases || this.#first === undefined) return undefined
    const missing = Number(this.#missing)
    return { first: `${this.#first}`, last: `${this.#last}`, ...(missing > 0 && { missing }) }
  }

  #addId(text: string): void {
    const id = /^\d{1,18}$/.test(text) ? BigInt(text) : undefined
    const last = this.#last ?? id
    if (id === undefined || id < last!) {
      this.#increases = false
      return
    }
    if (id > last!) this.#missing += id - last! - 1n
    this.#first ??= id
    this.#last = id
  }
}
