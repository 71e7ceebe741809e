import { closeSync } from 'node:fs'
import type { Bucket, StoredObject } from '../bucket.ts'
import { crc32c, crc32cText } from '../crc32c.ts'
import { type OpenFile, readAt } from './files.ts'
import { FolderError } from './folder-error.ts'
import { compareNames, walkFolders, walkNames } from './names.ts'
import type { FolderReader } from './reader.ts'
import type { ObjectRecord } from './records.ts'
import { storageErrorOf } from './storage-error-of.ts'

/** What is done, to which object, until when. */
export interface Operation {
  readonly operation: string
  readonly object?: string
  readonly signal: AbortSignal | undefined
  readonly neededBytes?: number
}

/** Runs one operation on the bucket `url`, and makes its errors the bucket's. */
export async function attempt<T>(
  { folder, url }: { readonly folder: string; readonly url: string },
  { signal, ...facts }: Operation,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error
    throw storageErrorOf(error, { ...facts, bucket: url, folder })
  }
}

/** The operations of a bucket that only read. Memory: what is asked for; the entries of a folder while listing. */
export function readsOf(
  reader: FolderReader,
  url: string,
): Pick<Bucket, 'url' | 'stat' | 'read' | 'readRange' | 'readBeginning' | 'list' | 'listFolders'> {
  const place = { folder: reader.folder, url }
  const stat = (object: string, signal?: AbortSignal) =>
    attempt(place, { operation: 'stat', object, signal }, async () => {
      const record = await reader.find(object)
      return record && toStoredObject(object, record)
    })
  return {
    url,
    stat,
    read: (object, signal) =>
      attempt(place, { operation: 'read', object, signal }, async () => {
        const found = await readBytes(reader, object)
        if (!found) return undefined
        const checksum = crc32cText(crc32c(found.data))
        if (checksum === found.record.crc32c) return { object: toStoredObject(object, found.record), data: found.data }
        const what = `content has crc32c ${checksum}, expected ${found.record.crc32c}: the disk has lost what was written`
        throw new FolderError('DAMAGED', `${what}; remove the file, or restore it from a backup`)
      }),
    async readRange({ name, generation }, start, end, signal) {
      if (!(start >= 0 && end > start)) throw new RangeError(`${name}: bytes ${start} to ${end} are not a range`)
      return attempt(place, { operation: 'read', object: name, signal }, async () => {
        const found = await readBytes(reader, name, { generation, start, end })
        return found?.data
      })
    },
    readBeginning: (object, bytes, signal) =>
      attempt(place, { operation: 'read', object, signal }, () => readBeginning(reader.openFile(object), bytes)),
    async *list(prefix, signal, { from = '', to } = {}) {
      const names = walkNames(reader.folder, { prefix, start: from })
      for (;;) {
        const next = await attempt(place, { operation: `list ${prefix}`, signal }, () => names.next())
        if (next.done || (to !== undefined && compareNames(next.value, to) >= 0)) return
        const object = await stat(next.value, signal)
        // One that was removed meanwhile is not listed.
        if (object) yield object
      }
    },
    async *listFolders(prefix, signal) {
      const folders = walkFolders(reader.folder, prefix)
      for (;;) {
        const next = await attempt(place, { operation: `list ${prefix}`, signal }, () => folders.next())
        if (next.done) return
        yield next.value
      }
    },
  }
}

export function toStoredObject(name: string, { generation, file, crc32c }: ObjectRecord): StoredObject {
  return { name, generation, bytes: file.size, crc32c }
}

/** The first bytes of a file that was opened, and closes it. They are of one content: a new one has a new inode. */
async function readBeginning(opened: OpenFile | undefined, bytes: number): Promise<Uint8Array | undefined> {
  if (!opened) return undefined
  try {
    const data = Buffer.allocUnsafeSlow(Math.min(bytes, opened.facts.size))
    return data.subarray(0, await readAt(opened.fd, data, 0))
  } finally {
    closeSync(opened.fd)
  }
}

interface Part {
  readonly generation: string
  readonly start: number
  readonly end: number
}

/** An object's bytes, or a part of those of one generation; undefined if there is none. */
async function readBytes(
  reader: FolderReader,
  name: string,
  part?: Part,
): Promise<{ record: ObjectRecord; data: Uint8Array } | undefined> {
  const opened = await reader.open(name)
  if (!opened) return undefined
  const { fd, record } = opened
  try {
    if (part && part.generation !== record.generation) return undefined
    const { start, end } = part ?? { start: 0, end: record.file.size }
    const bytes = Math.min(end, record.file.size) - start
    if (bytes < 0 || (part && bytes === 0)) {
      throw new RangeError(`${name}: range begins at ${start}, the object has ${record.file.size} bytes`)
    }
    const data = Buffer.allocUnsafeSlow(bytes)
    const read = await readAt(fd, data, start)
    if (read === bytes) return { record, data }
    throw new FolderError('CHANGING', `${name} lost its end while it was read, at byte ${start + read}`)
  } finally {
    closeSync(fd)
  }
}
