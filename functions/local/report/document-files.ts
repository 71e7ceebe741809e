import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import type { StoredObject } from '../../storage/bucket.ts'
import { crc32c, crc32cText } from '../../storage/crc32c.ts'
import { type CacheFilesOptions, isAbsent, messageOf, removeOldAsides, replaceFile, warnerOnce } from './cache-files.ts'

const FORMAT = 'document 1'
/** The first line of a file: which object its content is. */
const head = z.object({
  format: z.string(),
  name: z.string(),
  generation: z.string(),
  bytes: z.number(),
  crc32c: z.string(),
})

/** Some 250,000 documents of 16 items. */
const MAX_BYTES = 1024 ** 3
const NEWLINE = 10

/**
 * Whole documents of a bucket in files of this machine, one compressed file each. The bucket's own checksum proves each of them
 * when it is read. Losing a file costs a request, nothing else. Safe for several processes at once. Memory: one document.
 */
export class DocumentFiles {
  readonly #options: CacheFilesOptions
  readonly #warnOnce: ReturnType<typeof warnerOnce>
  readonly #folders = new Set<string>()

  constructor(options: CacheFilesOptions) {
    this.#options = options
    this.#warnOnce = warnerOnce(options.warn)
  }

  /** The content of this generation of the object; undefined where it is not kept or, with a warning, damaged. */
  async read(object: StoredObject): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(object.name)
    try {
      return contentOf(await readFile(path), object)
    } catch (error) {
      if (!isAbsent(error)) this.#warnOnce('read', `${path}: ignored, because ${messageOf(error)}`)
      return undefined
    }
  }

  /** Keeps the content of an object in place of that of an earlier generation. Where that fails it warns. */
  async write({ name, generation, bytes, crc32c }: StoredObject, content: Uint8Array): Promise<void> {
    const path = this.#pathOf(name)
    const line = JSON.stringify({ format: FORMAT, name, generation, bytes, crc32c })
    try {
      await this.#prepare(dirname(path))
      await replaceFile(path, Buffer.concat([Buffer.from(`${line}\n`), zstdCompressSync(content)]))
    } catch (error) {
      this.#warnOnce('write', `cannot keep documents in ${this.#options.folder}: ${messageOf(error)}`)
    }
  }

  /** Removes the files that were written first where all take more than the bound. Does nothing where nothing was written. */
  async trim(): Promise<void> {
    if (this.#folders.size === 0) return
    const { folder, maxBytes = MAX_BYTES } = this.#options
    const files: { readonly path: string; readonly bytes: number; readonly writtenMs: number }[] = []
    for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
      const path = join(folder, name)
      const found = await stat(path).catch(() => undefined)
      if (found?.isFile()) files.push({ path, bytes: found.size, writtenMs: found.mtimeMs })
    }
    let excess = files.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes
    for (const { path, bytes } of files.sort((a, b) => a.writtenMs - b.writtenMs)) {
      if (excess <= 0) return
      await rm(path, { force: true })
      excess -= bytes
    }
  }

  async #prepare(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removeOldAsides(folder, this.#options.nowMs())
    this.#folders.add(folder)
  }

  /** A name can hold anything, so the file is called like its hash. */
  #pathOf(name: string): string {
    const hash = createHash('sha256').update(name).digest('hex')
    return join(this.#options.folder, hash.slice(0, 2), `${hash.slice(2, 34)}.zst`)
  }
}

/** The content; undefined where it is that of another generation, or of another release. @throws Error that says what is wrong */
function contentOf(file: Buffer, object: StoredObject): Uint8Array | undefined {
  const end = file.indexOf(NEWLINE)
  const { format, generation, bytes, crc32c: expected } = headOf(file.toString('utf8', 0, Math.max(0, end)))
  if (format !== FORMAT || generation !== object.generation || bytes !== object.bytes || expected !== object.crc32c)
    return undefined
  // All of it in one buffer, which more than the expected bytes do not fit into.
  const content = zstdDecompressSync(file.subarray(end + 1), { chunkSize: bytes + 64, maxOutputLength: bytes + 64 })
  const found = crc32cText(crc32c(content))
  if (found !== expected) throw new Error(`its content has the CRC32C ${found}, expected ${expected}`)
  return content
}

function headOf(line: string): z.infer<typeof head> {
  try {
    return head.parse(JSON.parse(line))
  } catch (cause) {
    const message = `it begins with ${JSON.stringify(line.slice(0, 40))}, expected a line that names an object`
    throw new Error(message, { cause })
  }
}
