import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ItemName } from '../../market/items.ts'
import { datasetPath } from '../../tardis/path.ts'
import type { ServedFile, TardisSource } from './source.ts'

/**
 * A folder in the vendor's layout: `exchanges/{exchange}.json` and
 * `datasets/{exchange}/{dataType}/{yyyy}/{mm}/{dd}/{SYMBOL}.csv.gz`. Files are read for each request; the digest is computed
 * once per version of a file. Memory: one chunk per file that is being sent.
 */
export function folderSource(folder: string): TardisSource {
  const digests = new Map<string, Promise<string>>()
  return {
    async venues() {
      const names = (await found(readdir(join(folder, 'exchanges')))) ?? []
      return names.filter(name => name.endsWith('.json')).map(name => name.slice(0, -'.json'.length))
    },
    async exchange(venue) {
      return isFileName(venue) ? await found(readFile(join(folder, 'exchanges', `${venue}.json`))) : undefined
    },
    async dataset(name): Promise<ServedFile | undefined> {
      const path = pathOf(folder, name)
      const facts = path === undefined ? undefined : await found(stat(path))
      if (path === undefined || !facts?.isFile()) return undefined
      const version = `${path} ${facts.size} ${facts.mtimeMs}`
      const digest = digests.get(version) ?? md5OfFile(path)
      digests.set(version, digest)
      return {
        bytes: facts.size,
        md5Hex: await digest,
        lastModified: facts.mtime,
        stream: () => createReadStream(path, { highWaterMark: 1 << 18 }),
      }
    },
  }
}

function pathOf(folder: string, name: ItemName): string | undefined {
  const parts = [name.venue, name.dataType, name.symbol]
  return parts.every(isFileName) ? join(folder, 'datasets', decodeURIComponent(datasetPath(name))) : undefined
}

/** Names come from the network, so none may lead out of the folder. */
function isFileName(part: string): boolean {
  return part !== '' && !/[/\\\0]/.test(part) && !part.startsWith('.')
}

async function found<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

async function md5OfFile(path: string): Promise<string> {
  const hash = createHash('md5')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
