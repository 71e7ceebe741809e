import { createHash, type Hash } from 'node:crypto'
import { closeSync, constants, fdatasync, fstatSync, openSync, unlinkSync, write, writeSync } from 'node:fs'
import { crc32c, crc32cText } from '../crc32c.ts'
import { type FileFacts, factsOf, unlessAbsent } from './files.ts'

/** A content that is whole, on disk, and not yet visible. */
export interface Staged {
  readonly path: string
  readonly file: FileFacts
  readonly crc32c: string
  readonly md5Hash?: string
}

/** A content on its way to disk, outside of what is visible. Memory: what one `write` is handed. */
export class StagedFile {
  readonly #path: string
  readonly #md5: Hash | undefined
  #fd: number | undefined
  #isMoved = false
  #crc = 0
  #bytes = 0

  constructor(path: string, { md5 = false } = {}) {
    this.#path = path
    this.#md5 = md5 ? createHash('md5') : undefined
    this.#fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  }

  get bytes(): number {
    return this.#bytes
  }

  async write(data: Uint8Array): Promise<void> {
    const fd = this.#open()
    for (let at = 0; at < data.length; ) at += await writePart(fd, data, at, this.#bytes + at)
    this.#count(data)
  }

  /** For little data: the thread pool costs more than the copy into the page cache. */
  writeSync(data: Uint8Array): void {
    const fd = this.#open()
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at, this.#bytes + at)
    this.#count(data)
  }

  /** Ends the content: after this its bytes survive a power failure. */
  async finish(): Promise<Staged> {
    const fd = this.#open()
    await new Promise<void>((resolve, reject) => fdatasync(fd, error => (error ? reject(error) : resolve())))
    const file = factsOf(fstatSync(fd, { bigint: true }))
    this.#close()
    const md5Hash = this.#md5?.digest('base64')
    return { path: this.#path, file, crc32c: crc32cText(this.#crc), ...(md5Hash !== undefined && { md5Hash }) }
  }

  /** Says that the file was renamed: nothing is left to discard. */
  moved(): void {
    this.#isMoved = true
  }

  /** Removes the file, finished or not, unless it was renamed. Safe to call twice. */
  discard(): void {
    this.#close()
    if (!this.#isMoved) unlessAbsent(() => unlinkSync(this.#path))
  }

  #count(data: Uint8Array): void {
    this.#bytes += data.length
    this.#crc = crc32c(data, this.#crc)
    this.#md5?.update(data)
  }

  #open(): number {
    if (this.#fd === undefined) throw new Error(`${this.#path} is written to after its end`)
    return this.#fd
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

function writePart(fd: number, data: Uint8Array, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, data, at, data.length - at, position, (error, count) => (error ? reject(error) : resolve(count)))
  })
}
