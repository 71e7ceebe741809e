import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { manifestSummary } from '../../ledger/manifest.ts'
import type { StoredObject } from '../../storage/bucket.ts'
import { crc32c, crc32cText } from '../../storage/crc32c.ts'
import { type CacheFilesOptions, isAbsent, messageOf, removeOldAsides, replaceFile, warnerOnce } from './cache-files.ts'

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

/** Some 20,000 venue-days of a venue. */
const MAX_FILE_BYTES = 32 * 1024 * 1024

/**
 * Summaries of manifests in files of this machine, one file per venue: a line that identifies format and content, then a
 * line per venue-day. Losing a file costs requests, nothing else. Safe for several processes at once: a file is written
 * aside and then renamed. Memory: one file at a time.
 */
export class SummaryFiles {
  readonly #options: CacheFilesOptions
  readonly #warnOnce: ReturnType<typeof warnerOnce>
  #isTidy = false

  /** @param options `folder` is of one bucket and prefix: its files are called like the venues */
  constructor(options: CacheFilesOptions) {
    this.#options = options
    this.#warnOnce = warnerOnce(options.warn)
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
    const { folder, nowMs, maxBytes = MAX_FILE_BYTES } = this.#options
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      if (!this.#isTidy) await removeOldAsides(folder, nowMs())
      this.#isTidy = true
      await replaceFile(this.#pathOf(venue), textOf(entries, maxBytes))
    } catch (error) {
      this.#warnOnce('write', `cannot keep summaries in ${folder}: ${messageOf(error)}`)
    }
  }

  #pathOf(venue: string): string {
    return join(this.#options.folder, `${venue}.jsonl`)
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
