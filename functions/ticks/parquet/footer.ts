import { parquetMetadata } from 'hyparquet'

/** A footer's own length and the magic bytes end every Parquet file. */
const TRAILER_BYTES = 8

/**
 * Reads the key-value metadata of a Parquet file from its last bytes.
 * @param tail the file's last bytes (64 KiB is enough for nearly every file)
 * @returns the metadata and the number of rows, or how many bytes the tail must have instead
 * @throws Error if the bytes are not the end of a Parquet file
 */
export function readFooterMetadata(
  tail: Uint8Array,
): { metadata: Record<string, string>; rows: number } | { needBytes: number } {
  if (tail.length < TRAILER_BYTES) throw new Error(`found ${tail.length} bytes, expected the end of a Parquet file`)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const magic = Buffer.from(tail.subarray(-4)).toString('latin1')
  if (magic !== 'PAR1') throw new Error(`found ${JSON.stringify(magic)} at the end, expected PAR1: not a Parquet file`)
  const needBytes = view.getUint32(tail.length - TRAILER_BYTES, true) + TRAILER_BYTES
  if (needBytes > tail.length) return { needBytes }
  const { key_value_metadata: pairs, num_rows: rows } = parquetMetadata(
    Uint8Array.from(tail.subarray(-needBytes)).buffer,
  )
  return { metadata: Object.fromEntries((pairs ?? []).map(pair => [pair.key, pair.value ?? ''])), rows: Number(rows) }
}
