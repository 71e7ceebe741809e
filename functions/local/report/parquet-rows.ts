import { zstdDecompressSync } from 'node:zlib'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'

export interface ParquetGlimpse {
  readonly rows: number
  readonly columns: readonly string[]
  /** The first rows, values as text. */
  readonly first: readonly (readonly string[])[]
}

/** Reads a Parquet file of ours back: how long it is, and its first rows. Memory: the first row group's pages. */
export async function glimpse(path: string, maxRows: number): Promise<ParquetGlimpse> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const rows = Number(metadata.num_rows)
  const columns = metadata.schema.filter(element => !element.num_children).map(({ name }) => name)
  const read = await parquetReadObjects({
    file,
    metadata,
    rowStart: 0,
    rowEnd: Math.min(rows, maxRows),
    compressors: { ZSTD: (input, outputLength) => zstdDecompressSync(input, { maxOutputLength: outputLength }) },
    parsers: { timestampFromMicroseconds: microsText },
  })
  return { rows, columns, first: read.map(row => columns.map(column => asText(row[column]))) }
}

/** ISO 8601 with all six digits, which a Date does not keep. */
function microsText(micros: bigint): string {
  const ms = micros / 1000n
  return `${new Date(Number(ms)).toISOString().slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z`
}

function asText(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
