import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, rmdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './api-error.ts'

/** What tells one content of a file from the next: a content is written once, under a new inode, and renamed. */
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

/** A regular file opened for reading, with its facts; undefined if there is none. Links are not followed. */
export async function openFile(path: string): Promise<{ handle: FileHandle; facts: FileFacts } | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = await handle.stat({ bigint: true })
    if (stats.isFile()) return { handle, facts: factsOf(stats) }
    await handle.close()
    return undefined
  } catch (error) {
    await handle?.close()
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Makes what was renamed, made or removed in `folder` last through a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Replaces a small file whole: after a kill at any line the old or the new content is there. */
export async function replaceFile(path: string, temporary: string, text: string): Promise<void> {
  await writeFile(temporary, text)
  await rename(temporary, path)
}

/** Removes `path` and the folders above it, below `root`, as far as they are empty. */
export async function removeEmptyFolders(path: string, root: string): Promise<void> {
  for (let folder = path; folder !== root && folder.startsWith(root); folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch {
      return
    }
  }
}

/** Removes a folder that holds nothing but folders. @returns whether it is gone. */
export async function removeEmptyTree(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !(await removeEmptyTree(`${folder}/${entry.name}`))) return false
  }
  return rmdir(folder).then(
    () => true,
    () => false,
  )
}
