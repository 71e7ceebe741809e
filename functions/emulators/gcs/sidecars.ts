import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from './api-error.ts'
import { type FileFacts, replaceFile, sameFacts } from './files.ts'

/** What a client may say of an object and gets back, https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export interface Metadata {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
  readonly contentLanguage?: string
  readonly cacheControl?: string
  readonly customTime?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** All that is known of one generation of an object besides its content, and by which facts its file is known. */
export interface ObjectRecord {
  readonly file: FileFacts
  readonly generation: string
  readonly metageneration: number
  readonly crc32c: string
  /** Composed objects have none. */
  readonly md5Hash?: string
  readonly componentCount?: number
  readonly timeCreated: string
  readonly updated: string
  readonly metadata: Metadata
}

/**
 * The records of all objects, a small file each. The object's file is the truth: a record counts only while it has the
 * file's facts. Before a new content is renamed into place its record is put in front of the present one's, so that at
 * every moment one of the two belongs to the file, and the renaming alone is the commit.
 */
export class Sidecars {
  readonly #folder: string
  readonly #draft: () => string

  /** `draft` names a file that nobody else uses, on the same file system. */
  constructor(folder: string, draft: () => string) {
    this.#folder = folder
    this.#draft = draft
  }

  /** The record of an object's file with these facts. */
  async find(name: string, facts: FileFacts): Promise<ObjectRecord | undefined> {
    const records = await this.#read(this.#path(name))
    return records.find(record => sameFacts(record.file, facts))
  }

  /** Not synced to disk: a record that a power failure takes is made anew from the file. */
  async write(name: string, records: readonly ObjectRecord[]): Promise<void> {
    const path = this.#path(name)
    const draft = this.#draft()
    const text = JSON.stringify({ name, records })
    try {
      await replaceFile(path, draft, text)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      await mkdir(dirname(path), { recursive: true })
      await replaceFile(path, draft, text)
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true })
  }

  /** Hashed: an object's name may be longer than a file's. */
  #path(name: string): string {
    const hash = createHash('sha256').update(name).digest('hex')
    return join(this.#folder, hash.slice(0, 2), `${hash.slice(2)}.json`)
  }

  async #read(path: string): Promise<ObjectRecord[]> {
    try {
      return JSON.parse(await readFile(path, 'utf8')).records
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return []
      throw error
    }
  }
}
