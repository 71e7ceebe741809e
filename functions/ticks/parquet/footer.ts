/**
 * Reads the key-value metadata of a Parquet file from its last bytes.
 * @param tail the file's last bytes (64 KiB is enough for nearly every file)
 * @returns the metadata, or how many bytes the tail must have instead
 */
export function readFooterMetadata(
  _tail: Uint8Array,
): { metadata: Record<string, string>; rows: number } | { needBytes: number } {
  throw new Error('being written')
}
