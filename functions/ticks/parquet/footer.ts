import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { converterVersionOf } from './metadata.ts'

/** A footer's own length and the magic bytes end every Parquet file. */
const TRAILER_BYTES = 8

export interface FooterFacts {
  readonly metadata: Record<string, string>
  readonly rows: number
  /** The converter version that wrote the file; undefined where another program did. */
  readonly converterVersion: number | undefined
  readonly columns: readonly string[]
  /** The least and the greatest value of the column `exchange` in each row group. */
  readonly exchanges: readonly string[]
}

/**
 * Reads the key-value metadata, the number of rows and the converter version of a Parquet file from its last bytes.
 * @param tail the file's last bytes (64 KiB is enough for nearly every file)
 * @returns the facts, or how many bytes the tail must have instead
 * @throws Error if the bytes are not the end of a Parquet file
 */
export function readFooterMetadata(tail: Uint8Array): FooterFacts | { needBytes: number } {
  if (tail.length < TRAILER_BYTES) throw new Error(`found ${tail.length} bytes, expected the end of a Parquet file`)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const magic = Buffer.from(tail.subarray(-4)).toString('latin1')
  if (magic !== 'PAR1') throw new Error(`found ${JSON.stringify(magic)} at the end, expected PAR1: not a Parquet file`)
  const needBytes = view.getUint32(tail.length - TRAILER_BYTES, true) + TRAILER_BYTES
  if (needBytes > tail.length) return { needBytes }
  const footer = parquetMetadata(Uint8Array.from(tail.subarray(-needBytes)).buffer)
  return {
    metadata: Object.fromEntries((footer.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
    rows: Number(footer.num_rows),
    converterVersion: converterVersionOf(footer.created_by),
    columns: footer.schema.slice(1).map(({ name }) => name),
    exchanges: exchangesOf(footer),
  }
}

function exchangesOf({ row_groups: groups }: FileMetaData): string[] {
  const chunks = groups.flatMap(({ columns }) => columns.map(({ meta_data: chunk }) => chunk))
  const statistics = chunks.filter(chunk => chunk?.path_in_schema[0] === 'exchange').map(chunk => chunk?.statistics)
  const values = statistics.flatMap(found => [found?.min_value, found?.max_value])
  return [...new Set(values.filter(value => typeof value === 'string'))]
}
