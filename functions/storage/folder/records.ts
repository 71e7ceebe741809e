import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type FileFacts, sameFacts, unlessAbsent } from './files.ts'
import { errorCode } from './folder-error.ts'
import { HIDDEN } from './object-path.ts'

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

/** What is known of one generation of an object besides its content, and the facts of the file that it belongs to. */
export interface ObjectRecord {
  readonly file: FileFacts
  readonly generation: string
  readonly metageneration: number
  readonly crc32c: string
  /** Objects that were composed or written in this process have none. */
  readonly md5Hash?: string
  readonly componentCount?: number
  readonly timeCreated: string
  readonly updated: string
  readonly metadata: Metadata
}

/**
 * The records of all objects, one small file per object in the hidden folder. The object's file is the truth: a record
 * counts only while it has the file's facts. Before a new content is renamed into place, its record is put in front of
 * the present one's. At every moment one of the two belongs to the file, so the rename alone is the commit.
 */
export class Records {
  readonly #folder: string
  readonly #draft: string

  constructor(folder: string) {
    this.#folder = join(folder, HIDDEN, 'objects')
    this.#draft = join(folder, HIDDEN, 'uploads', 'record')
  }

  /** The record of an object's file with these facts. */
  find(name: string, facts: FileFacts): ObjectRecord | undefined {
    return this.read(name).find(record => sameFacts(record.file, facts))
  }

  /** All records of an object, newest first. One that was torn by a power failure counts for nothing. */
  read(name: string): readonly ObjectRecord[] {
    const text = unlessAbsent(() => readFileSync(this.#path(name), 'utf8'))
    if (text === undefined) return []
    try {
      return JSON.parse(text).records
    } catch {
      return []
    }
  }

  /** Not synced to disk: a record that a power failure takes is made again from the file. */
  write(name: string, records: readonly ObjectRecord[]): void {
    const path = this.#path(name)
    writeFileSync(this.#draft, JSON.stringify({ name, records }))
    try {
      renameSync(this.#draft, path)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      mkdirSync(dirname(path), { recursive: true })
      renameSync(this.#draft, path)
    }
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true })
  }

  /** Hashed, because an object's name may be longer than a file's. */
  #path(name: string): string {
    const hash = createHash('sha256').update(name).digest('hex')
    return join(this.#folder, hash.slice(0, 2), `${hash.slice(2)}.json`)
  }
}
