import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { crc32c, crc32cText } from '../../storage/crc32c.ts'
import { ApiError } from './api-error.ts'
import { type FileFacts, factsOf } from './files.ts'

/** Checksums that a client states, in base64. */
export interface StatedHashes {
  readonly crc32c?: string | undefined
  readonly md5Hash?: string | undefined
}

/** A content that is whole, durable, and not yet visible. */
export interface Staged {
  readonly path: string
  readonly file: FileFacts
  readonly crc32c: string
  /** Composed objects have none. */
  readonly md5Hash?: string
}

/** A content on its way to disk, outside of what is visible. Memory: what one `write` is handed. */
export class StagedFile {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #md5 = createHash('md5')
  #crc = 0
  #bytes = 0

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  static async create(path: string): Promise<StagedFile> {
    return new StagedFile(path, await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL))
  }

  get bytes(): number {
    return this.#bytes
  }

  async write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; ) {
      at += (await this.#handle.write(data, at, data.length - at, this.#bytes + at)).bytesWritten
    }
    this.#bytes += data.length
    this.#crc = crc32c(data, this.#crc)
    this.#md5.update(data)
  }

  /** Ends the content: after this it survives a power failure. @throws ApiError 400 if it is not what was stated. */
  async finish(stated: StatedHashes): Promise<Staged> {
    const crc = crc32cText(this.#crc)
    const md5Hash = this.#md5.digest('base64')
    check('CRC32C', stated.crc32c, crc)
    check('MD5 hash', stated.md5Hash, md5Hash)
    await this.#handle.sync()
    const file = factsOf(await this.#handle.stat({ bigint: true }))
    await this.#handle.close()
    return { path: this.#path, file, crc32c: crc, md5Hash }
  }

  /** Takes it away, finished or not, unless it was renamed. */
  async discard(): Promise<void> {
    await this.#handle.close()
    await rm(this.#path, { force: true })
  }
}

function check(what: string, stated: string | undefined, calculated: string): void {
  if (stated === undefined || stated === calculated) return
  throw new ApiError(400, 'invalid', `Provided ${what} "${stated}" doesn't match calculated ${what} "${calculated}".`)
}
