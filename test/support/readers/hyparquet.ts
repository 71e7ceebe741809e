import { type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { Value } from '../csv-oracle.ts'

/** Times stay what they are: microseconds, not a Date's milliseconds. */
const parsers = { timestampFromMicroseconds: (micros: bigint) => micros as unknown as Date }

export function hyparquetMetadata(parquet: Uint8Array): FileMetaData {
  return parquetMetadata(bytesOf(parquet), { parsers })
}

/** Every column's values, of all rows or of some, as hyparquet reads them. */
export async function hyparquetColumns(
  parquet: Uint8Array,
  rows: { rowStart?: number; rowEnd?: number } = {},
): Promise<Map<string, Value[]>> {
  const columns = new Map<string, Value[]>()
  const onChunk = ({ columnName, columnData }: { columnName: string; columnData: ArrayLike<unknown> }) => {
    const values = columns.get(columnName) ?? []
    for (let i = 0; i < columnData.length; i++) values.push((columnData[i] ?? null) as Value)
    columns.set(columnName, values)
  }
  await parquetRead({ file: bytesOf(parquet), compressors, parsers, onChunk, ...rows })
  return columns
}

export { parsers }

function bytesOf(parquet: Uint8Array): ArrayBuffer {
  return Uint8Array.from(parquet).buffer
}
