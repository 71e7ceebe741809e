import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32c, crc32cText } from '../crc32c.ts'
import { type FileFacts, factsAt, isRealFolder, type OpenFile, openFile, readAt, sameFacts } from './files.ts'
import { FolderError } from './folder-error.ts'
import { objectPath } from './object-path.ts'
import { type ObjectRecord, Records } from './records.ts'

/** An object opened for reading: the bytes of this generation, whatever is written meanwhile. The caller closes `fd`. */
export interface OpenObject {
  readonly fd: number
  readonly record: ObjectRecord
}

const MAX_TRIES = 5
/** How many files without a record a reader remembers. */
const MAX_SEEN = 1000

/**
 * Reads objects that are plain files in a folder. Takes no lock and writes nothing, so it may run beside the process that
 * works on the folder.
 *
 * A file that came here by other ways (copied in, changed by hand) has no record with its facts, so its content is read.
 * Where it has the size and checksum of a record, it is that generation: a folder that was copied or restored from a
 * backup keeps its generations. Otherwise it is a generation of its own.
 */
export class FolderReader {
  /** The real path. */
  readonly folder: string
  protected readonly records: Records
  /** The records of files that have none, the oldest first. */
  readonly #seen = new Map<string, ObjectRecord>()

  constructor(folder: string) {
    this.folder = folder
    this.records = new Records(folder)
  }

  async find(name: string): Promise<ObjectRecord | undefined> {
    return this.withPresent(name, objectPath(this.folder, name), present => present)
  }

  /** The object's file without its record: which generation it is costs reading all of a file that has none. */
  openFile(name: string): OpenFile | undefined {
    const path = objectPath(this.folder, name)
    return isRealFolder(dirname(path)) ? openFile(path) : undefined
  }

  async open(name: string): Promise<OpenObject | undefined> {
    const path = objectPath(this.folder, name)
    for (let tries = 0; isRealFolder(dirname(path)); tries++) {
      const file = openFile(path)
      if (!file) return undefined
      const record = this.#recordOf(name, file.facts)
      if (record) return { fd: file.fd, record }
      closeSync(file.fd)
      await this.#identify(name, path, tries)
    }
    return undefined
  }

  /**
   * Calls `work` with the record of the object's file as it is now, undefined for none. `work` is synchronous, so that
   * nothing else in this process comes between the look and what is done.
   */
  protected async withPresent<T>(
    name: string,
    path: string,
    work: (present: ObjectRecord | undefined) => T,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      const facts = isRealFolder(dirname(path)) ? factsAt(path) : undefined
      const record = facts && this.#recordOf(name, facts)
      if (!facts || record) return work(record)
      await this.#identify(name, path, tries)
    }
  }

  /** The generation of a file without a record. A reader has no number to give: the time of its last change serves. */
  protected nextGeneration(file: FileFacts): string {
    return file.mtimeNs
  }

  /** Keeps the record of a file that had none. */
  protected keep(name: string, record: ObjectRecord): void {
    this.#seen.set(name, record)
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value!)
  }

  protected newRecord(content: Pick<ObjectRecord, 'file' | 'crc32c' | 'md5Hash' | 'componentCount'>): ObjectRecord {
    const now = new Date().toISOString()
    const generation = this.nextGeneration(content.file)
    return { ...content, generation, metageneration: 1, timeCreated: now, updated: now, metadata: {} }
  }

  #recordOf(name: string, facts: FileFacts): ObjectRecord | undefined {
    const seen = this.#seen.get(name)
    return seen && sameFacts(seen.file, facts) ? seen : this.records.find(name, facts)
  }

  /** Reads a file without a record and keeps one for it. The caller looks again: the file may be another one by then. */
  async #identify(name: string, path: string, tries: number): Promise<void> {
    if (tries === MAX_TRIES) {
      throw new FolderError(
        'CHANGING',
        `${path} changed ${MAX_TRIES} times while it was read; another program writes it`,
      )
    }
    const opened = openFile(path)
    if (!opened) return
    try {
      const hashes = await hashesOf(opened)
      const now = factsAt(path)
      if (!now || !sameFacts(now, opened.facts)) return
      const known = this.records.read(name).find(record => isContent(record, now.size, hashes))
      this.keep(name, known ? { ...known, file: now } : this.newRecord({ file: now, ...hashes }))
    } finally {
      closeSync(opened.fd)
    }
  }
}

interface Hashes {
  readonly crc32c: string
  readonly md5Hash: string
}

function isContent({ file, crc32c, md5Hash }: ObjectRecord, size: number, found: Hashes): boolean {
  return file.size === size && crc32c === found.crc32c && (md5Hash ?? found.md5Hash) === found.md5Hash
}

/** The checksums of the bytes that the file had when it was opened; it may grow meanwhile. */
async function hashesOf({ fd, facts }: OpenFile): Promise<Hashes> {
  const md5 = createHash('md5')
  const buffer = Buffer.alloc(Math.min(1024 * 1024, facts.size))
  let crc = 0
  for (let at = 0; at < facts.size; ) {
    const data = buffer.subarray(0, await readAt(fd, buffer.subarray(0, facts.size - at), at))
    if (data.length === 0) break
    crc = crc32c(data, crc)
    md5.update(data)
    at += data.length
  }
  return { crc32c: crc32cText(crc), md5Hash: md5.digest('base64') }
}
