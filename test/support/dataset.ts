import { gzipSync } from 'node:zlib'
import { type ConvertOptions, type ConvertResult, convert } from '../../functions/ticks/convert.ts'
import { readRecordBatches } from '../../functions/ticks/record-batch.ts'

/** Bytes in chunks of one length, as a network might hand them over. */
export async function* chunksOf(bytes: Uint8Array, length = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

export interface Converted {
  readonly result: ConvertResult
  readonly parquet: Buffer
}

/** Converts text (or gzip bytes) to Parquet in memory. */
export async function toParquet(
  dataset: string | Uint8Array,
  options: Partial<ConvertOptions> & { chunkBytes?: number } = {},
): Promise<Converted> {
  const gzip = typeof dataset === 'string' ? gzipSync(dataset) : dataset
  const written: Uint8Array[] = []
  const sink = { write: async (chunk: Uint8Array) => void written.push(chunk) }
  const source = chunksOf(gzip, options.chunkBytes ?? gzip.length)
  const result = await convert(source, sink, { dataType: 'trades', metadata: () => ({}), ...options })
  return { result, parquet: Buffer.concat(written) }
}

/** A dataset's rows as plain objects, by way of Arrow. */
export async function toRows(
  text: string | Uint8Array,
  dataType = 'trades',
  chunkBytes?: number,
): Promise<Record<string, unknown>[]> {
  const gzip = typeof text === 'string' ? gzipSync(text) : text
  const rows: Record<string, unknown>[] = []
  for await (const batch of readRecordBatches(chunksOf(gzip, chunkBytes ?? gzip.length), { dataType }))
    for (const row of batch) rows.push({ ...row.toJSON() })
  return rows
}
