import { type Chunk, columnIndex, columnMetadata, type GroupMetadata, offsetIndex } from './metadata.ts'

/** The metadata of a column chunk, which stands at the end of the file. */
export interface EncodedChunk {
  readonly metadata: Uint8Array
  readonly columnIndex: Uint8Array | undefined
  readonly offsetIndex: Uint8Array
}

const PARTS = 3
const NOTHING = new Uint8Array(0)

/**
 * Keeps a row group's metadata encoded until the end of the file. As objects it would take twenty times the memory, and a
 * day of a book has hundreds of row groups.
 */
export class EncodedGroup {
  readonly group: GroupMetadata
  private readonly bytes: Uint8Array
  /** The end of each part, three per column chunk. */
  private readonly ends: Uint32Array

  constructor(group: GroupMetadata, chunks: readonly Chunk[]) {
    this.group = group
    const parts = chunks.flatMap(chunk => [
      columnMetadata(chunk),
      columnIndex(chunk.pages) ?? NOTHING,
      offsetIndex(chunk.pages),
    ])
    let end = 0
    this.ends = Uint32Array.from(parts, part => (end += part.length))
    this.bytes = new Uint8Array(end)
    for (const [p, part] of parts.entries()) this.bytes.set(part, this.ends[p]! - part.length)
  }

  *chunks(): Generator<EncodedChunk> {
    const part = (p: number) => this.bytes.subarray(p === 0 ? 0 : this.ends[p - 1], this.ends[p])
    for (let p = 0; p < this.ends.length; p += PARTS) {
      const columnIndex = part(p + 1)
      yield {
        metadata: part(p),
        columnIndex: columnIndex.length > 0 ? columnIndex : undefined,
        offsetIndex: part(p + 2),
      }
    }
  }
}
