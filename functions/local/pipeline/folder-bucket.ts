import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HIDDEN } from '../../emulators/gcs/paths.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'

/**
 * A folder of objects, as the local bucket server keeps them, to be read without the server: it takes no lock, so a
 * running download does not stand in its way, and it writes nothing, not even the folder.
 *
 * What an object's checksum is only the server knows, so `crc32c` is empty; a generation is the file's modification
 * time in nanoseconds, good enough to notice that a file was replaced between two reads.
 */
export function openFolder(folder: string): Bucket {
  const refuse = (name: string): never => {
    throw new TypeError(`${folder} is open for reading only, ${name} cannot be written`)
  }
  const statObject = async (name: string): Promise<StoredObject | undefined> => {
    const found = await unlessAbsent(stat(join(folder, name), { bigint: true }))
    if (!found?.isFile()) return undefined
    return { name, generation: String(found.mtimeNs), bytes: Number(found.size), crc32c: '' }
  }
  return {
    url: folder,
    stat: statObject,
    async read(name) {
      const object = await statObject(name)
      const data = object && (await unlessAbsent(readFile(join(folder, name))))
      return data && { object: { ...object, bytes: data.length }, data }
    },
    async readRange({ name, generation }, start, end) {
      const object = await statObject(name)
      return object?.generation === generation ? await readPart(join(folder, name), start, end) : undefined
    },
    async *list(prefix) {
      for await (const name of walk(folder, '', prefix)) {
        const object = await statObject(name)
        if (object) yield object
      }
    },
    async *listFolders(prefix) {
      const under = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      for (const [name, isFolder] of await namesIn(folder, under)) {
        if (isFolder && name.startsWith(prefix)) yield name
      }
    },
    write: async name => refuse(name),
    createWriter: name => refuse(name),
  }
}

async function readPart(path: string, start: number, end: number): Promise<Uint8Array | undefined> {
  const file = await unlessAbsent(open(path))
  if (!file) return undefined
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Names below `under` that begin with `prefix`, in name order. */
async function* walk(folder: string, under: string, prefix: string): AsyncGenerator<string> {
  for (const [name, isFolder] of await namesIn(folder, under)) {
    if (isFolder) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) yield* walk(folder, name, prefix)
    } else if (name.startsWith(prefix)) yield name
  }
}

/**
 * What is directly in `under`, in name order, without the server's own folder. A folder sorts as its name with the
 * slash, as the names below it do.
 */
async function namesIn(folder: string, under: string): Promise<(readonly [name: string, isFolder: boolean])[]> {
  const entries = (await unlessAbsent(readdir(join(folder, under), { withFileTypes: true }))) ?? []
  return entries
    .map(entry => [`${under}${entry.name}${entry.isDirectory() ? '/' : ''}`, entry.isDirectory()] as const)
    .filter(([name]) => name !== `${HIDDEN}/`)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The answer, or undefined where there is no such file or folder (any more). */
async function unlessAbsent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}
