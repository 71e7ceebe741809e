import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from './folder-error.ts'

const BLOCK = 1_000_000n

/**
 * Generations: decimal int64s, never given twice and always rising, across restarts and whatever the clock does. Like
 * those of Cloud Storage they look like microseconds. They are reserved in blocks: a file holds a number that no
 * generation has reached.
 */
export class Generations {
  readonly #path: string
  #next: bigint
  #end: bigint

  constructor(folder: string) {
    this.#path = join(folder, 'generations')
    const reserved = readReserved(this.#path)
    const nowMicros = BigInt(Date.now()) * 1000n
    this.#next = reserved > nowMicros ? reserved : nowMicros
    this.#end = this.#next
  }

  next(): string {
    if (this.#next >= this.#end) this.#reserve(this.#next + BLOCK)
    return String(this.#next++)
  }

  /** Synchronous, so that no generation is given meanwhile. It happens once in a million. */
  #reserve(end: bigint): void {
    const draft = `${this.#path}.draft`
    writeFileSync(draft, String(end), { flush: true })
    renameSync(draft, this.#path)
    this.#end = end
  }
}

function readReserved(path: string): bigint {
  try {
    return BigInt(readFileSync(path, 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0n
    throw new Error(`${path} does not hold a number; generations would repeat`, { cause: error })
  }
}
