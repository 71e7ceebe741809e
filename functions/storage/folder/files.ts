import {
  type BigIntStats,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  realpathSync,
  rmdirSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode, FolderError } from './folder-error.ts'

/**
 * Metadata calls here are synchronous: on a local disk one takes some microseconds, and the thread pool adds ten times
 * that. What waits for the disk (fsync, long reads and writes) is asynchronous.
 */

/** Identifies one content of a file: each content is written once, under a new inode, and renamed into place. */
export interface FileFacts {
  readonly ino: string
  readonly size: number
  readonly mtimeNs: string
}

export function factsOf(stats: BigIntStats): FileFacts {
  return { ino: String(stats.ino), size: Number(stats.size), mtimeNs: String(stats.mtimeNs) }
}

export function sameFacts(a: FileFacts, b: FileFacts): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs
}

/** The facts of the regular file at `path`; undefined if there is none. Links are not followed. */
export function factsAt(path: string): FileFacts | undefined {
  const stats = unlessAbsent(() => lstatSync(path, { bigint: true }))
  return stats?.isFile() ? factsOf(stats) : undefined
}

/** An open file, and what it was when it was opened. The caller closes `fd`. */
export interface OpenFile {
  readonly fd: number
  readonly facts: FileFacts
}

/** Opens a regular file for reading; undefined if there is none. Links are not followed. */
export function openFile(path: string): OpenFile | undefined {
  const fd = unlessAbsent(() => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
  if (fd === undefined) return undefined
  const stats = fstatSync(fd, { bigint: true })
  if (stats.isFile()) return { fd, facts: factsOf(stats) }
  closeSync(fd)
  return undefined
}

/** Reads into `buffer` from byte `position` on. @returns how many bytes came; fewer than asked for only at the end. */
export async function readAt(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  let at = 0
  while (at < buffer.length) {
    const bytesRead = await new Promise<number>((resolve, reject) => {
      read(fd, buffer, at, buffer.length - at, position + at, (error, count) =>
        error ? reject(error) : resolve(count),
      )
    })
    if (bytesRead === 0) break
    at += bytesRead
  }
  return at
}

/**
 * Makes what was renamed or removed in `folder` survive a power failure, where the file system can. A folder that is gone
 * has nothing to keep.
 */
export async function syncFolder(folder: string): Promise<void> {
  const fd = unlessAbsent(() => openSync(folder, constants.O_RDONLY))
  if (fd === undefined) return
  try {
    await new Promise<void>((resolve, reject) => {
      fsync(fd, error => (error && !CANNOT_SYNC.includes(error.code ?? '') ? reject(error) : resolve()))
    })
  } finally {
    closeSync(fd)
  }
}

/** Some file systems, mostly of networks, have no fsync of folders. */
const CANNOT_SYNC: readonly string[] = ['EINVAL', 'EBADF', 'ENOTSUP', 'EOPNOTSUPP']

/**
 * Makes a folder below `root` with the folders above it. `root` is a real path.
 *
 * @returns the folders whose content has changed.
 * @throws FolderError SYMBOLIC_LINK where a part of the path is a link: what is written there would be somewhere else.
 */
export function makeFolder(root: string, folder: string): string[] {
  const real = unlessAbsent(() => realpathSync.native(folder), ['ENOENT'])
  if (real === folder) return []
  if (real !== undefined) {
    throw new FolderError('SYMBOLIC_LINK', `${folder} leads to ${real}; a folder of a bucket cannot be a symbolic link`)
  }
  const parent = dirname(folder)
  const changed = folder === root ? [] : makeFolder(root, parent)
  mkdirSync(folder)
  return [...changed, parent]
}

/**
 * Gives a file a second name, or copies it where the file system has no hard links. A content is never changed in place, so
 * the two stay the same. The copy survives a power failure; a link does once its folder is synced.
 */
export function linkOrCopy(from: string, to: string, link: typeof linkSync = linkSync): void {
  try {
    link(from, to)
  } catch (error) {
    if (!CANNOT_LINK.includes(errorCode(error) ?? '')) throw error
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    const fd = openSync(to, constants.O_RDONLY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }
}

/** No hard links here, none to this file, or no further one. */
const CANNOT_LINK: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES']

/** Whether no part of the path of an existing folder is a link; false where there is no such folder. */
export function isRealFolder(folder: string): boolean {
  return unlessAbsent(() => realpathSync.native(folder)) === folder
}

/** Removes `path` and the folders above it, below `root`, as far as they are empty. */
export function removeEmptyFolders(path: string, root: string): void {
  for (let folder = path; folder !== root && folder.startsWith(root); folder = dirname(folder)) {
    try {
      rmdirSync(folder)
    } catch {
      return
    }
  }
}

/** Removes a folder that holds nothing but folders. @returns whether it is gone. */
export function removeEmptyTree(folder: string): boolean {
  const entries = readdirSync(folder, { withFileTypes: true })
  if (!entries.every(entry => entry.isDirectory() && removeEmptyTree(join(folder, entry.name)))) return false
  rmdirSync(folder)
  return true
}

const ABSENT_CODES: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']

/** The result, or undefined where there is no such file or folder. */
export function unlessAbsent<T>(work: () => T, codes = ABSENT_CODES): T | undefined {
  try {
    return work()
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}
