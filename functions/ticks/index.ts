/**
 * The package's entry point for programs: gzipped CSV of Tardis.dev to Parquet, or to Arrow record batches. Importing it
 * does nothing but define these names. EXAMPLES.md beside this file has whole programs.
 */
import type { RecordBatch } from 'apache-arrow/recordbatch'
import type { Schema } from 'apache-arrow/schema'
import { abortable } from '../runtime/abortable.ts'
import { standardColumns } from './columns.ts'
import { type ConvertResult, type ConvertOptions as CoreOptions, convert as convertToSink } from './convert.ts'
import { type ReadOptions, readRecordBatches as readChunks } from './record-batch.ts'
import { schemaOf } from './schema.ts'
import { chunksOf, closingSink, type Destination, type Source } from './streams.ts'

export { KNOWN_DATA_TYPES, type KnownDataType } from '../market/names.ts'
export { columnName } from './column-name.ts'
export { CONVERTER_VERSION, type ConvertResult, type ConvertSummary, type Quality, type Sink } from './convert.ts'
export { DamagedSourceError, MalformedDataError } from './errors.ts'
export type { Destination, ReadOptions, Source }

export interface ConvertOptions extends Omit<CoreOptions, 'metadata'> {
  /** Returns key-value metadata for the file's footer; called once, when the summary is complete. Default: none. */
  readonly metadata?: CoreOptions['metadata']
}

/**
 * Converts one dataset (`.csv.gz` of Tardis.dev) to one Parquet file, streaming: the source is never read further than
 * the destination has taken. A stream as destination is ended when the file is complete and destroyed (a Web stream:
 * aborted) when it is not; a `Sink` stays open. A chunk belongs to its receiver.
 *
 * Memory: at most 39 MiB with `threads: 1` and 85 MiB with `threads: 2`, whatever the file's length; about five times as
 * much with `memoryEfficient: false`. The result is a pure function of the source's bytes and `CONVERTER_VERSION`: safe to
 * repeat.
 * What the destination got before a rejection is no Parquet file: discard it.
 * @throws MalformedDataError for content that breaks the format: the same bytes fail again; names line and column
 * @throws DamagedSourceError for bytes that did not arrive whole: another download may succeed
 * @throws the source's or the destination's own error, or the signal's reason, which also ends a wait for either of them
 */
export async function convert(
  source: Source,
  destination: Destination,
  options: ConvertOptions,
): Promise<ConvertResult> {
  const { signal } = options
  const sink = closingSink(destination)
  try {
    const result = await convertToSink(
      chunksOf(source, signal),
      { write: chunk => abortable(sink.write(chunk), signal) },
      { ...options, metadata: options.metadata ?? (() => ({})) },
    )
    await abortable(sink.close(), signal)
    return result
  } catch (error) {
    await sink.abort(error)
    throw error
  }
}

/**
 * Reads one dataset as Arrow record batches: times as Timestamp(MICROSECOND, UTC), numbers as Float64, exchange, symbol,
 * side and the like as dictionaries, an empty cell as null. A batch owns its memory: it can be kept, collected with
 * `new Table(batches)` and transferred. With `borrow: true` it is a view of the reader's memory, without a copy, and
 * valid until the next batch is asked for.
 *
 * Memory: the reader's (see `convert`) and the batches that are kept. Stopping early (`break`) ends the source. A source
 * is proven whole at its end only, so an error may come after the last batch.
 * @throws as `convert` does
 */
export function readRecordBatches(source: Source, options: ReadOptions): AsyncGenerator<RecordBatch> {
  return readChunks(chunksOf(source, options.signal), options)
}

/**
 * The Arrow schema of a data type's files as the vendor documents them. A file may have columns more, or in another
 * order: each batch carries the schema of its file. Of a data type that is not known: the four common columns.
 */
export function schemaFor(dataType: string): Schema {
  return schemaOf(standardColumns(dataType))
}
