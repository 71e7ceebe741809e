import { realpathSync, unlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  ABSENT,
  type Bucket,
  type CopyOutcome,
  type Generation,
  type StoredObject,
  type WriteOptions,
  type WriteOutcome,
} from '../bucket.ts'
import { unlessAbsent } from './files.ts'
import { attempt, readsOf, toStoredObject } from './folder-reads.ts'
import { FolderWriter } from './folder-writer.ts'
import { FolderReader } from './reader.ts'
import type { ObjectRecord } from './records.ts'
import type { Staged, StagedFile } from './staged-file.ts'
import { FolderStore } from './store.ts'

export interface FolderOptions {
  readonly folder: string
  /** What people see instead of the whole path. */
  readonly displayUrl?: string | undefined
}

/**
 * A folder as a bucket, in this process. It belongs to this process until `close`; others may read it with `readFolder`
 * meanwhile. The folder is made where there is none.
 *
 * An object that was streamed survives a power failure once a later `write`, or `close`, has resolved. Before that it may
 * be gone, but is never there in part.
 *
 * Errors are StorageErrors (DiskFullError among them), except that an aborted signal throws its own reason.
 *
 * @throws StorageError where the folder cannot be made, or another process works on it.
 */
export async function openFolderBucket(options: FolderOptions): Promise<Bucket & { close(): Promise<void> }> {
  const { folder, displayUrl: url = folder } = options
  const open = { operation: 'open', signal: undefined }
  const store = await attempt({ folder: resolve(folder), url }, open, () => FolderStore.open(folder))
  const place = { folder: store.folder, url }
  return {
    ...readsOf(store, url),
    write(object, data, expected, given) {
      const operation = { operation: 'write', object, signal: given.signal, neededBytes: data.length }
      return attempt(place, operation, async () => {
        // What this object says of earlier ones must not survive a power failure without them.
        await store.sync()
        const staged = store.stage()
        try {
          staged.writeSync(data)
          const outcome = await commit(store, object, expected, given, staged)
          await store.sync()
          return outcome
        } finally {
          staged.discard()
        }
      })
    },
    createWriter(object, expected, given) {
      const { signal, freesChunks = false } = given
      return new FolderWriter({
        name: object,
        signal,
        freesChunks,
        stage: () => store.stage(),
        commit: staged => commit(store, object, expected, given, staged),
        attempt: (neededBytes, work) => attempt(place, { operation: 'write', object, signal, neededBytes }, work),
      })
    },
    copy(source, object, given) {
      const operation = { operation: 'copy', object, signal: given.signal, neededBytes: source.bytes }
      return attempt(place, operation, () => copy(store, source, object, given))
    },
    remove(object, signal) {
      const operation = { operation: 'delete', object: object.name, signal }
      return attempt(place, operation, async () => {
        let isOther = false
        await store.delete(object.name, present => {
          isOther = present !== undefined && present.generation !== object.generation
          return present !== undefined && !isOther
        })
        return { outcome: isOther ? 'conflict' : 'removed' }
      })
    },
    close: () => store[Symbol.asyncDispose](),
  }
}

/** A folder as a bucket for reading only: takes no lock, and writes nothing, not even the folder. */
export function readFolder({ folder, displayUrl: url = folder }: FolderOptions): Bucket {
  const path = unlessAbsent(() => realpathSync.native(folder)) ?? resolve(folder)
  const refuse = (name: string): never => {
    throw new TypeError(`${url} is open for reading only, ${name} cannot be written`)
  }
  return {
    ...readsOf(new FolderReader(path), url),
    write: async name => refuse(name),
    remove: async ({ name }) => refuse(name),
    copy: async (_, name) => refuse(name),
    createWriter: name => refuse(name),
  }
}

async function copy(store: FolderStore, source: StoredObject, name: string, given: WriteOptions): Promise<CopyOutcome> {
  const staged = await store.stageCopy(source.name, source.generation)
  if (!staged) return { outcome: 'gone' }
  let isMoved = false
  try {
    const done = await put(store, name, ABSENT, given, staged)
    isMoved = done.isMoved
    return done.outcome
  } finally {
    if (!isMoved) unlinkSync(staged.path)
  }
}

/** Commits a content if the object still has the expected generation. The same content there already is our success. */
async function commit(
  store: FolderStore,
  name: string,
  expected: Generation,
  given: WriteOptions,
  staged: StagedFile,
): Promise<WriteOutcome> {
  const content = await staged.finish()
  given.signal?.throwIfAborted()
  const { outcome, isMoved } = await put(store, name, expected, given, content)
  if (isMoved) staged.moved()
  return outcome
}

async function put(
  store: FolderStore,
  name: string,
  expected: Generation,
  { contentType }: WriteOptions,
  content: Staged,
): Promise<{ readonly outcome: WriteOutcome; readonly isMoved: boolean }> {
  let present: ObjectRecord | undefined
  const stored = await store.put(name, { ...content, metadata: { contentType } }, found => {
    present = found
    return (found?.generation ?? ABSENT) === expected
  })
  if (stored) return { outcome: { outcome: 'committed', object: toStoredObject(name, stored) }, isMoved: true }
  const isSame = present?.file.size === content.file.size && present.crc32c === content.crc32c
  const outcome: WriteOutcome =
    isSame && present ? { outcome: 'committed', object: toStoredObject(name, present) } : { outcome: 'conflict' }
  return { outcome, isMoved: false }
}
