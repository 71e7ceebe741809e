import { StorageError } from '../storage-error.ts'
import { DiskFullError, type StorageOperation } from './disk-full-error.ts'
import { errorCode, FolderError } from './folder-error.ts'

/** What was being done, and where. */
export interface Attempt extends StorageOperation {
  readonly folder: string
  /** How many bytes were still to be written. */
  readonly neededBytes?: number
}

/** Says what to do about an error of the operating system that will be the same again. */
const LASTING: Readonly<Record<string, string>> = {
  EFBIG: 'the object is larger than the file system allows a file to be',
  EACCES: 'permission denied; this user may not read or write there',
  EPERM: 'permission denied; the system does not allow it',
  EROFS: 'the file system is read-only',
  EXDEV: 'a folder inside the bucket is on another disk; a bucket is on one file system',
  ENOTDIR: 'a file is where a folder is expected',
  EEXIST: 'a file is where a folder is expected',
  ENAMETOOLONG: 'the path is too long for the file system',
}

/** An error of a folder as the bucket's. What is not known may pass: it is retryable. */
export function storageErrorOf(error: unknown, { folder, neededBytes = 0, ...place }: Attempt): StorageError {
  if (error instanceof StorageError) return error
  const code = errorCode(error) ?? 'UNKNOWN'
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new DiskFullError(place, folder, neededBytes, error)
  if (error instanceof FolderError) {
    return new StorageError(message, { ...place, code, retryable: code === 'CHANGING', cause: error })
  }
  const lasting = LASTING[code]
  const what = lasting === undefined ? message : `${lasting} (${message})`
  return new StorageError(what, { ...place, code, retryable: lasting === undefined, cause: error })
}
