import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { manifestSummary } from '../../ledger/manifest.ts'
import type { StoredObject } from '../../storage/bucket.ts'
import { crc32c, crc32cText } from '../../storage/crc32c.ts'

/** A manifest as a list of the bucket has it, with its summary. */
const kept = z.object({
  date: z.string(),
  generation: z.string(),
  bytes: z.number(),
  crc32c: z.string(),
  summary: manifestSummary,
})
export type KeptSummary = z.infer<typeof kept>

/**
 * True where the object is the one that the summary was read from. Size and checksum tell it from an object of another
 * bucket of the same name, which may have the same generation.
 */
export function isOf(entry: KeptSummary, { generation, bytes, crc32c }: Omit<StoredObject, 'name'>): boolean {
  return entry.generation === generation && entry.bytes === bytes && entry.crc32c === crc32c
}

export interface SummaryFilesOptions {
  /** Of one bucket and prefix: its files are called like the venues. */
  readonly folder: string
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: () => number
  readonly warn: (line: string) => void
  readonly maxBytes?: number
}

/** Some 20,000 venue-days of a venue. */
const MAX_FILE_BYTES = 32 * 1024 * 1024
const ASIDE = '.aside'
/** A file aside that is older was left by a process that was killed. */
const ASIDE_MS = 3_600_000

/**
 * Summaries of manifests in files of this machine, one file per venue: a line that identifies format and content, then a
 * line per venue-day. Losing a file costs requests, nothing else. Safe for several processes at once: a file is written
 * aside and then renamed. Memory: one file at a time.
 */
export class SummaryFiles {
  readonly #options: SummaryFilesOptions
  #isTidy = false
  readonly #warned = new Set<string>()

  constructor(options: SummaryFilesOptions) {
    this.#options = options
  }

  /** The summaries of a venue by day; none, with a warning, where the file is damaged. */
  async read(venue: string): Promise<Map<string, KeptSummary>> {
    const path = this.#pathOf(venue)
    try {
      return entriesOf(await readFile(path, 'utf8'))
    } catch (error) {
      if (!isAbsent(error)) this.#warnOnce(venue, `${path}: ignored, because ${messageOf(error)}`)
      return new Map()
    }
  }

  /** Replaces the summaries of a venue. Of too many the latest days stay. Where that fails it warns. */
  async write(venue: string, entries: Iterable<KeptSummary>): Promise<void> {
    const path = this.#pathOf(venue)
    const aside = `${path}.${randomUUID()}${ASIDE}`
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await this.#removeOldAsides(dirname(path))
      await writeFile(aside, textOf(entries, this.#options.maxBytes ?? MAX_FILE_BYTES), { mode: 0o600 })
      await rename(aside, path)
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {})
      this.#warnOnce('write', `cannot keep summaries in ${this.#options.folder}: ${messageOf(error)}`)
    }
  }

  #warnOnce(about: string, line: string): void {
    if (!this.#warned.has(about)) this.#options.warn(line)
    this.#warned.add(about)
  }

  #pathOf(venue: string): string {
    return join(this.#options.folder, `${venue}.jsonl`)
  }

  async #removeOldAsides(folder: string): Promise<void> {
    if (this.#isTidy) return
    this.#isTidy = true
    for (const name of await readdir(folder)) {
      if (!name.endsWith(ASIDE)) continue
      const path = join(folder, name)
      // Another process may have finished with it meanwhile.
      const found = await stat(path).catch(() => undefined)
      if (found && this.#options.nowMs() - found.mtimeMs > ASIDE_MS) await rm(path, { force: true })
    }
  }
}

/** The format, and the fields that this release reads from a manifest: a summary of another release may lack some. */
function formatOf(): string {
  const shape = JSON.stringify(z.toJSONSchema(manifestSummary, { io: 'input' }))
  return `summaries 1 ${createHash('sha256').update(shape).digest('hex').slice(0, 16)}`
}

function textOf(entries: Iterable<KeptSummary>, maxBytes: number): string {
  const lines: string[] = []
  let bytes = 0
  for (const entry of [...entries].sort((a, b) => (a.date < b.date ? 1 : -1))) {
    const line = `${JSON.stringify(entry)}\n`
    bytes += Buffer.byteLength(line)
    if (bytes > maxBytes) break
    lines.push(line)
  }
  const content = lines.join('')
  return `${JSON.stringify({ format: formatOf(), crc32c: checksumOf(content) })}\n${content}`
}

/** @throws Error that says what is wrong; a file of another release has no entries */
function entriesOf(text: string): Map<string, KeptSummary> {
  const [head = ''] = text.split('\n', 1)
  const { format, crc32c: expected } = headOf(head)
  if (format !== formatOf()) return new Map()
  const content = text.slice(head.length + 1)
  const found = checksumOf(content)
  if (found !== expected) throw new Error(`its CRC32C is ${found}, expected ${expected}`)
  const lines = content.split('\n').filter(line => line !== '')
  return new Map(lines.map(line => kept.parse(JSON.parse(line))).map(entry => [entry.date, entry]))
}

function headOf(line: string): { readonly format: string; readonly crc32c: string } {
  const head = z.object({ format: z.string(), crc32c: z.string() })
  try {
    return head.parse(JSON.parse(line))
  } catch (cause) {
    const message = `it begins with ${JSON.stringify(line.slice(0, 40))}, expected a line with format and crc32c`
    throw new Error(message, { cause })
  }
}

function checksumOf(content: string): string {
  return crc32cText(crc32c(Buffer.from(content)))
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
