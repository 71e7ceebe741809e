/** Where converted bytes go. `write` takes the chunk over and resolves when it can take more. */
export interface Sink {
  write(chunk: Uint8Array): Promise<void>
}

export interface ConvertOptions {
  /** The vendor's data type, for the column types: `trades`, `book_snapshot_5`, … or one not known yet. */
  readonly dataType: string
  /** Small row groups and buffers (default), or larger ones that trade memory for speed and size. */
  readonly memoryEfficient?: boolean
  /** The source's length in bytes if the sender stated it; a stream of another length is an error. */
  readonly expectedBytes?: number
  /** Key-value metadata for the file's footer, made when everything is known. */
  readonly metadata: (summary: ConvertSummary) => Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Called now and then with what is done so far. */
  readonly onProgress?: (done: { sourceBytes: number; textBytes: number; rows: number }) => void
}

/** What was seen in passing. Times are microseconds since 1970, UTC. */
export interface ConvertSummary {
  readonly rows: number
  readonly sourceBytes: number
  readonly sourceSha256: string
  readonly textBytes: number
  readonly firstTimestampMicros?: bigint
  readonly lastTimestampMicros?: bigint
  readonly quality: Quality
}

export interface Quality {
  /** Rows whose local_timestamp is before the row above's. */
  readonly rowsOutOfOrder: number
  /** The longest time between two rows' local_timestamp, in microseconds, and where it begins. */
  readonly largestGapMicros: bigint
  readonly largestGapStartMicros?: bigint
}

export interface ConvertResult extends ConvertSummary {
  /** Length of the Parquet file in bytes. */
  readonly parquetBytes: number
}

/**
 * The source breaks the format: not CSV of the expected shape, a bad number, a ragged row. Trying again with the same
 * bytes ends the same way. `line` counts from 1, the header included.
 */
export class MalformedDataError extends Error {
  override readonly name = 'MalformedDataError'
  readonly line: number | undefined
  readonly column: string | undefined
  constructor(message: string, where: { line?: number; column?: string } = {}) {
    super(message)
    this.line = where.line
    this.column = where.column
  }
}

/** The bytes did not arrive whole (cut off, wrong length, gzip damaged): another download may end well. */
export class DamagedSourceError extends Error {
  override readonly name = 'DamagedSourceError'
}

/**
 * Converts one gzipped CSV dataset to one Parquet file: streaming, in fixed memory, never pulling the source further
 * than the sink has taken. Rejects with MalformedDataError, DamagedSourceError, the source's or the sink's own error,
 * or the signal's reason; the caller then throws away what the sink got. A pure function of the bytes: safe to repeat.
 */
export async function convert(
  _source: AsyncIterable<Uint8Array>,
  _sink: Sink,
  _options: ConvertOptions,
): Promise<ConvertResult> {
  throw new Error('being written')
}
