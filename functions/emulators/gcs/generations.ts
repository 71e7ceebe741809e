import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from './api-error.ts'

const BLOCK = 1_000_000n

/**
 * Generations: decimal int64s, never given twice and always rising, across restarts and whatever the clock does. Like
 * those of Cloud Storage they look like microseconds. They are reserved in blocks: a file holds a number that none has
 * reached yet.
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

  /** Synchronous: it happens once in a million, and nobody may pass meanwhile. */
  #reserve(end: bigint): void {
    const draft = `${this.#path}.draft`
    const file = openSync(draft, 'w')
    writeSync(file, String(end))
    fsyncSync(file)
    closeSync(file)
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
