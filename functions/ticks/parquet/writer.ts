import { crc32 } from 'node:zlib'
import type { Schema } from 'apache-arrow/schema'
import type { RowGroup } from '../csv.ts'
import type { Kernel } from '../kernel.ts'
import { KIND } from '../layout.ts'
import { type EncodedColumn, type EncodedPage, encodeColumn } from './column.ts'
import { compress } from './compress.ts'
import {
  type Chunk,
  columnChunk,
  columnIndex,
  dataPageHeader,
  dictionaryPageHeader,
  ENCODING,
  type Encoding,
  fileMetadata,
  type GroupMetadata,
  type IndexPlaces,
  offsetIndex,
  type Page,
  rowGroup,
} from './metadata.ts'

/** Where the file's bytes go. `write` takes the chunk over and resolves when it can take more. */
export interface Sink {
  write(chunk: Uint8Array): Promise<void>
}

const MAGIC = Buffer.from('PAR1')

/** Pages encoded and not yet written, in bytes: what compressing beside the next row group may take. */
const PENDING_BYTES = 4 << 20
/** Small writes are joined up to this. */
const WRITE_BYTES = 256 << 10

interface PendingPage extends Omit<EncodedPage, 'bytes'> {
  readonly plainBytes: number
  readonly compressed: Promise<Buffer>
  /** Called, in the file's order, when the page has been written. */
  readonly written: (offset: number, storedBytes: number, headerBytes: number) => void
}

/**
 * Writes a Parquet file row group by row group. Memory: one page being encoded, PENDING_BYTES being compressed, and a
 * few hundred bytes of metadata for each column of each row group.
 */
export class ParquetWriter {
  private readonly kernel: Kernel
  private readonly sink: Sink
  private offset = 0
  private rows = 0
  private readonly pending: PendingPage[] = []
  private pendingBytes = 0
  private held: Uint8Array[] = []
  private heldBytes = 0
  private readonly groups: { group: GroupMetadata; chunks: Chunk[] }[] = []

  constructor(kernel: Kernel, sink: Sink) {
    this.kernel = kernel
    this.sink = sink
  }

  /**
   * Encodes a row group. When it resolves, the group's memory may be used for the next one.
   * @param sorted whether the group's rows are in ascending order of local_timestamp
   */
  async write(group: RowGroup, sorted: boolean): Promise<void> {
    if (this.rows === 0) await this.put(MAGIC)
    this.rows += group.rows
    const chunks: ChunkInWork[] = []
    for (const [c, column] of group.layout.columns.entries()) {
      const encoded = encodeColumn(this.kernel, group.layout, column, group.rows)
      const chunk = new ChunkInWork(group, c, encoded)
      chunks.push(chunk)
      for (const page of encoded.pages) await this.enqueue(chunk, page)
    }
    const sortedBy = group.layout.columns.findIndex(c => c.name === 'local_timestamp' && c.kind === KIND.TIME)
    this.inWork.push({ group, chunks, sortedBy: sorted && sortedBy >= 0 ? sortedBy : undefined })
  }

  private readonly inWork: { group: RowGroup; chunks: ChunkInWork[]; sortedBy: number | undefined }[] = []

  private async enqueue(chunk: ChunkInWork, page: EncodedPage): Promise<void> {
    const plain = Buffer.from(page.bytes)
    const compressed = compress(plain)
    // Whoever takes the page out of the queue sees the failure; until then it must not count as unhandled.
    compressed.catch(() => {})
    const { bytes: _, ...rest } = page
    this.pending.push({
      ...rest,
      plainBytes: plain.length,
      compressed,
      written: (...place) => chunk.wrote(rest, plain.length, ...place),
    })
    this.pendingBytes += plain.length
    while (this.pendingBytes > PENDING_BYTES) await this.writePage()
  }

  private async writePage(): Promise<void> {
    const page = this.pending.shift()!
    const stored = await page.compressed
    this.pendingBytes -= page.plainBytes
    const crc = crc32(stored)
    const header = page.isDictionary
      ? dictionaryPageHeader(page.values, page.plainBytes, stored.length, crc)
      : dataPageHeader(page.values, page.encoding, page.plainBytes, stored.length, crc)
    page.written(this.offset, stored.length, header.length)
    await this.put(header)
    await this.put(stored)
  }

  /** Writes what is left, the page indexes and the footer; returns the file's length. */
  async finish(schema: Schema, keyValues: Readonly<Record<string, string>>): Promise<number> {
    while (this.pending.length > 0) await this.writePage()
    if (this.rows === 0) await this.put(MAGIC)
    for (const { group, chunks, sortedBy } of this.inWork) this.groups.push(finishGroup(group, chunks, sortedBy))
    const indexes = await this.writeIndexes()
    const groups = this.groups.map(({ group, chunks }, g) =>
      rowGroup(
        group,
        chunks.map((chunk, c) => columnChunk(chunk, indexes[g]![c]!)),
        g,
      ),
    )
    const footer = fileMetadata(schema, this.rows, groups, keyValues)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer.length)
    await this.put(footer)
    await this.put(length)
    await this.put(MAGIC)
    await this.flush()
    return this.offset
  }

  private async writeIndexes(): Promise<IndexPlaces[][]> {
    const places: IndexPlaces[][] = []
    for (const { chunks } of this.groups) {
      const ofGroup: IndexPlaces[] = []
      for (const chunk of chunks) {
        const column = chunk.pages.some(page => page.range) ? columnIndex(chunk.pages) : undefined
        const columnPlace = column && (await this.place(column))
        ofGroup.push({ columnIndex: columnPlace, offsetIndex: await this.place(offsetIndex(chunk.pages)) })
      }
      places.push(ofGroup)
    }
    return places
  }

  private async place(bytes: Uint8Array): Promise<{ offset: number; bytes: number }> {
    const offset = this.offset
    await this.put(bytes)
    return { offset, bytes: bytes.length }
  }

  private async put(bytes: Uint8Array): Promise<void> {
    this.offset += bytes.length
    this.held.push(bytes)
    this.heldBytes += bytes.length
    if (this.heldBytes >= WRITE_BYTES) await this.flush()
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.held)
    this.held = []
    this.heldBytes = 0
    await this.sink.write(bytes)
  }
}

/** A column chunk whose pages are being compressed and written. */
class ChunkInWork implements Chunk {
  readonly name: string
  readonly type: Chunk['type']
  readonly values: number
  readonly nulls: number
  readonly range: Chunk['range']
  readonly pages: Page[] = []
  plainBytes = 0
  storedBytes = 0
  offset = -1
  dictionaryOffset: number | undefined
  private readonly seen = new Set<Encoding>([ENCODING.RLE])

  constructor(group: RowGroup, column: number, encoded: EncodedColumn) {
    const field = group.schema.fields[column]!
    this.name = field.name
    this.type = field.type
    this.values = group.rows
    this.nulls = encoded.nulls
    this.range = encoded.range
  }

  get encodings(): Encoding[] {
    return [...this.seen].sort((a, b) => a - b)
  }

  wrote(
    page: Omit<EncodedPage, 'bytes'>,
    plainBytes: number,
    offset: number,
    storedBytes: number,
    headerBytes: number,
  ): void {
    if (this.offset < 0) this.offset = offset
    this.plainBytes += headerBytes + plainBytes
    this.storedBytes += headerBytes + storedBytes
    this.seen.add(page.encoding)
    if (page.isDictionary) this.dictionaryOffset = offset
    else {
      const { firstRow, nulls, hasValues, range } = page
      this.pages.push({ offset, bytes: headerBytes + storedBytes, firstRow, nulls, hasValues, range })
    }
  }
}

function finishGroup(group: RowGroup, chunks: ChunkInWork[], sortedBy: number | undefined) {
  const sum = (of: (chunk: ChunkInWork) => number) => chunks.reduce((total, chunk) => total + of(chunk), 0)
  const metadata: GroupMetadata = {
    rows: group.rows,
    plainBytes: sum(c => c.plainBytes),
    storedBytes: sum(c => c.storedBytes),
    offset: chunks[0]!.offset,
    sortedBy,
  }
  return { group: metadata, chunks }
}
