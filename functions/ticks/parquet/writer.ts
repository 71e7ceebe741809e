import { crc32 } from 'node:zlib'
import type { Encoder } from '../kernel.ts'
import { KIND, type Kind } from '../kernel-constants.ts'
import type { Column, ColumnType, GroupLayout } from '../layout.ts'
import { type EncodedColumn, type EncodedPage, encodeColumn } from './column.ts'
import { type Content, compressorOf, frameBound } from './compress.ts'
import { type EncodedChunk, EncodedGroup } from './encoded-group.ts'
import {
  type Chunk,
  columnChunk,
  dataPageHeader,
  dictionaryPageHeader,
  ENCODING,
  type Encoding,
  fileMetadata,
  type GroupMetadata,
  type IndexPlaces,
  type Page,
  rowGroup,
} from './metadata.ts'
import type { EntriesBefore } from './values.ts'

/** Where the file's bytes go. `write` takes the chunk over and resolves when it can take more. */
export interface Sink {
  write(chunk: Uint8Array): Promise<void>
}

const MAGIC = Buffer.from('PAR1')
/** In ascending order. */
const ENCODINGS = Object.values(ENCODING).sort((a, b) => a - b)
/**
 * The size of every chunk for the sink but the last. With one size, freed memory fits the next chunk, and the allocator
 * keeps few gaps.
 */
const CHUNK_BYTES = 256 << 10
/** A chunk has its own memory, so that it can be transferred to another thread. */
const newChunk = () => Buffer.allocUnsafeSlow(CHUNK_BYTES)

interface Buffers {
  readonly frame: Buffer
  /** The chunk that is being filled. A full one is the sink's, and another takes its place. */
  chunk: Buffer
}

const owned = new WeakMap<object, Buffers>()

/**
 * The buffers of a kernel, which are used for one file after the other: new ones for each small file would become garbage
 * faster than it is collected. A larger frame that a file needs is its own.
 */
function buffersOf(kernel: object): Buffers {
  const found = owned.get(kernel)
  if (found) return found
  const made = { frame: Buffer.allocUnsafe(frameBound(CHUNK_BYTES)), chunk: newChunk() }
  owned.set(kernel, made)
  return made
}

/**
 * Writes a Parquet file row group by row group. A kernel serves one writer at a time. Memory: a compressed page, a chunk
 * for the sink, and some 200 bytes of encoded metadata for each column of each row group.
 */
export class ParquetWriter {
  private readonly kernel: Encoder
  private readonly sink: Sink
  /** Where a page is compressed to. */
  private frame: Buffer
  private readonly buffers: Buffers
  private chunkBytes = 0
  /** Full chunks that the sink has not been given yet. */
  private readonly full: Buffer[] = []
  private offset = 0
  private rows = 0
  private readonly groups: EncodedGroup[] = []
  private readonly entriesBefore: EntriesBefore = new Map()

  constructor(kernel: Encoder, sink: Sink) {
    this.kernel = kernel
    this.sink = sink
    this.buffers = buffersOf(kernel)
    this.frame = this.buffers.frame
    this.put(MAGIC)
  }

  /**
   * Writes a row group. When it resolves, the same place may be filled again.
   * @param sorted whether the group's rows are in ascending order of local_timestamp
   */
  async write(layout: GroupLayout, rows: number, sorted: boolean): Promise<void> {
    const { offset } = this
    const chunks: WrittenChunk[] = []
    for (const column of layout.columns) {
      const encoded = encodeColumn(this.kernel, layout, column, rows, this.entriesBefore)
      const chunk = new WrittenChunk(column, rows, encoded)
      for (const page of encoded.pages) this.putPage(chunk, page)
      chunks.push(chunk)
      await this.flush()
    }
    this.rows += rows
    this.groups.push(new EncodedGroup(groupMetadata(rows, chunks, sorted, offset), chunks))
  }

  private putPage(chunk: WrittenChunk, page: EncodedPage): void {
    const plainBytes = page.bytes.length
    if (this.frame.length < frameBound(plainBytes)) this.frame = Buffer.allocUnsafe(frameBound(plainBytes))
    const storedBytes = compressorOf(this.kernel, contentOf(page.encoding)).compress(page.bytes, this.frame)
    const stored = this.frame.subarray(0, storedBytes)
    const crc = crc32(stored)
    const header = page.isDictionary
      ? dictionaryPageHeader(page.values, plainBytes, storedBytes, crc)
      : dataPageHeader(page.values, page.encoding, plainBytes, storedBytes, crc)
    chunk.add(page, this.offset, plainBytes, storedBytes, header.length)
    this.put(header)
    this.put(stored)
  }

  /** Writes the page indexes and the footer; returns the file's length. */
  async finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number> {
    const groups: Buffer[] = []
    for (const [g, encoded] of this.groups.entries()) {
      const chunks: Buffer[] = []
      for (const chunk of encoded.chunks()) chunks.push(columnChunk(chunk.metadata, this.putIndexes(chunk)))
      groups.push(rowGroup(encoded.group, chunks, g))
      await this.flush()
    }
    const footerAt = this.offset
    for (const part of fileMetadata(columns, this.rows, groups, keyValues)) {
      this.put(part)
      await this.flush()
    }
    const length = Buffer.alloc(4)
    length.writeUInt32LE(this.offset - footerAt)
    for (const bytes of [length, MAGIC]) this.put(bytes)
    await this.flush()
    // A copy, because the next file fills the same chunk.
    if (this.chunkBytes > 0) await this.sink.write(new Uint8Array(this.buffers.chunk.subarray(0, this.chunkBytes)))
    return this.offset
  }

  private putIndexes({ columnIndex, offsetIndex }: EncodedChunk): IndexPlaces {
    return { columnIndex: columnIndex && this.put(columnIndex), offsetIndex: this.put(offsetIndex) }
  }

  private put(bytes: Uint8Array): { offset: number; bytes: number } {
    const place = { offset: this.offset, bytes: bytes.length }
    this.offset += bytes.length
    for (let at = 0; at < bytes.length; ) at += this.fill(bytes.subarray(at))
    return place
  }

  /** Returns how many of the bytes fitted into the chunk. */
  private fill(bytes: Uint8Array): number {
    const { buffers } = this
    const fitting = Math.min(bytes.length, CHUNK_BYTES - this.chunkBytes)
    buffers.chunk.set(bytes.subarray(0, fitting), this.chunkBytes)
    this.chunkBytes += fitting
    if (this.chunkBytes === CHUNK_BYTES) {
      this.full.push(buffers.chunk)
      buffers.chunk = newChunk()
      this.chunkBytes = 0
    }
    return fitting
  }

  private async flush(): Promise<void> {
    for (const chunk of this.full.splice(0)) await this.sink.write(chunk)
  }
}

function contentOf(encoding: Encoding): Content {
  return encoding === ENCODING.RLE_DICTIONARY || encoding === ENCODING.DELTA_BYTE_ARRAY ? 'codes' : 'values'
}

/** A column chunk while its pages are written. */
class WrittenChunk implements Chunk {
  readonly name: string
  readonly kind: Kind
  readonly values: number
  readonly nulls: number
  readonly pages: Page[] = []
  plainBytes = 0
  storedBytes = 0
  dictionaryOffset: number | undefined
  private readonly encoded: EncodedColumn
  private readonly seen = new Set<Encoding>([ENCODING.RLE])

  constructor(column: Column, rows: number, encoded: EncodedColumn) {
    this.name = column.name
    this.kind = column.kind
    this.values = rows
    this.nulls = encoded.nulls
    this.encoded = encoded
  }

  /** That of the pages taken so far: a chunk's metadata is made once all are. */
  get range(): Chunk['range'] {
    return this.encoded.range
  }

  get encodings(): Encoding[] {
    return ENCODINGS.filter(encoding => this.seen.has(encoding))
  }

  add(page: EncodedPage, offset: number, plainBytes: number, storedBytes: number, headerBytes: number): void {
    this.plainBytes += headerBytes + plainBytes
    this.storedBytes += headerBytes + storedBytes
    this.seen.add(page.encoding)
    if (page.isDictionary) this.dictionaryOffset = offset
    else {
      const { firstRow, nulls, range } = page
      this.pages.push({ offset, bytes: headerBytes + storedBytes, firstRow, nulls, range })
    }
  }
}

function groupMetadata(rows: number, chunks: readonly Chunk[], sorted: boolean, offset: number): GroupMetadata {
  const times = chunks.findIndex(chunk => chunk.name === 'local_timestamp' && chunk.kind === KIND.TIME)
  return {
    rows,
    plainBytes: chunks.reduce((sum, chunk) => sum + chunk.plainBytes, 0),
    storedBytes: chunks.reduce((sum, chunk) => sum + chunk.storedBytes, 0),
    offset,
    sortedBy: sorted && times >= 0 ? times : undefined,
  }
}
