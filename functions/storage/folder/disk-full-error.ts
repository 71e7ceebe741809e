import { statfsSync } from 'node:fs'
import { StorageError, type StorageErrorFacts } from '../storage-error.ts'
import { errorCode } from './folder-error.ts'

export type StorageOperation = Pick<StorageErrorFacts, 'bucket' | 'object' | 'operation'>

/** No room on the disk of a folder. A retry does not help before there is room. */
export class DiskFullError extends StorageError {
  /** A folder on the full disk. */
  readonly path: string
  /** What this user may still write; undefined where the system does not say. */
  readonly freeBytes: number | undefined
  /** What was still to be written of the object, at least: a stream does not know what follows. */
  readonly neededBytes: number

  constructor(operation: StorageOperation, path: string, neededBytes: number, cause: unknown) {
    const free = freeOn(path)
    const what =
      errorCode(cause) === 'EDQUOT'
        ? `the disk quota of this user is used up on the disk of ${path}`
        : `no space left on the disk of ${path}: ${free.text}`
    const facts = { ...operation, retryable: false, code: errorCode(cause) ?? 'ENOSPC', cause }
    super(`${what}, expected at least ${neededBytes} bytes; free some space and run it again`, facts)
    this.path = path
    this.freeBytes = free.bytes
    this.neededBytes = neededBytes
  }
}

function freeOn(path: string): { readonly bytes: number | undefined; readonly text: string } {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(path)
    if (files > 0 && ffree === 0) return { bytes: bavail * bsize, text: 'the file system can hold no more files' }
    return { bytes: bavail * bsize, text: `${bavail * bsize} bytes free` }
  } catch {
    return { bytes: undefined, text: 'it cannot be asked how much is free' }
  }
}
