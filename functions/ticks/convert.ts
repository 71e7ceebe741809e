import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { CheckedWriter, type DatasetName, type GroupWriter } from './checked-writer.ts'
import { otherColumns } from './columns.ts'
import { DatasetReader, type RowGroup } from './csv.ts'
import { borrowKernel, type Kernel, returnKernel } from './kernel.ts'
import { LARGE, SMALL } from './layout.ts'
import { CONVERTER_VERSION } from './parquet/metadata.ts'
import { ParquetThread } from './parquet/thread.ts'
import type { Sink } from './parquet/writer.ts'
import type { Quality } from './quality.ts'

export { CONVERTER_VERSION, type Quality, type Sink }

export interface ConvertOptions {
  /** The vendor's data type, for the column types: `trades`, `book_snapshot_5`, … or one not known yet. */
  readonly dataType: string
  /** The UTC day that the rows should be of, as `YYYY-MM-DD`: `quality.rowsOutsideDay` counts those that are not. */
  readonly day?: string
  /** Small row groups and buffers (default), or larger ones that trade memory for speed and size. */
  readonly memoryEfficient?: boolean
  /**
   * With 2, a second thread checks, encodes and compresses. A file of more than one row group starts it, and it waits for
   * the next such file without keeping the process alive. This takes a third less time, and memory for one more row group
   * and for the thread (`memory.ts`). Default: 2 where the machine has two processors or more, else 1.
   */
  readonly threads?: 1 | 2
  /**
   * The source's length in bytes if the sender stated it: a stream of another length is an error, and for a long one
   * the second thread starts at once.
   */
  readonly expectedBytes?: number
  /** Returns the key-value metadata for the file's footer; called once, when the summary is complete. */
  readonly metadata: (summary: ConvertSummary) => Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Called after each row group, and at the end, with what is done so far. */
  readonly onProgress?: (done: { sourceBytes: number; textBytes: number; rows: number }) => void
}

/** What a conversion finds out. The timestamps are the smallest and largest local_timestamp, in microseconds since 1970, UTC. */
export interface ConvertSummary {
  readonly rows: number
  readonly sourceBytes: number
  readonly sourceSha256: string
  readonly textBytes: number
  readonly firstTimestampMicros?: bigint
  readonly lastTimestampMicros?: bigint
  readonly quality: Quality
  /** The least and the greatest value of the column `exchange`, one where they are the same; absent without rows. */
  readonly exchanges?: readonly string[]
  /** The columns that the data type does not document, which are text; absent where there are none. */
  readonly otherColumns?: readonly string[]
}

export interface ConvertResult extends ConvertSummary {
  /** Length of the Parquet file in bytes. */
  readonly parquetBytes: number
}

/**
 * Converts one gzipped CSV dataset to one Parquet file: streaming, in fixed memory, never pulling the source further
 * than the sink has taken. Rejects with MalformedDataError, DamagedSourceError, the source's or the sink's own error,
 * or the signal's reason; the caller then throws away what the sink got. A pure function of the bytes: safe to repeat.
 */
export async function convert(
  source: AsyncIterable<Uint8Array>,
  sink: Sink,
  options: ConvertOptions,
): Promise<ConvertResult> {
  const kernel = borrowKernel()
  try {
    return await convertIn(kernel, source, sink, options)
  } finally {
    returnKernel(kernel)
  }
}

async function convertIn(
  kernel: Kernel,
  source: AsyncIterable<Uint8Array>,
  sink: Sink,
  options: ConvertOptions,
): Promise<ConvertResult> {
  const sizes = options.memoryEfficient === false ? LARGE : SMALL
  const threads = options.threads ?? (availableParallelism() > 1 ? 2 : 1)
  const reader = new DatasetReader(kernel, options.dataType, sizes, threads)
  await using output = new Output(kernel, sink, threads, options)
  // A gzip is at most an eighth as long as its rows are in memory, so a longer source fills more than one row group.
  if ((options.expectedBytes ?? 0) > sizes.groupBytes / 8) output.expectGroups()
  const sha256 = createHash('sha256')
  let sourceBytes = 0
  const progress = () => options.onProgress?.({ sourceBytes, textBytes: reader.textBytes, rows: reader.rows })
  const take = async (groups: Iterable<RowGroup>) => {
    for (const group of groups) {
      await output.writerFor(group).write(group)
      progress()
      options.signal?.throwIfAborted()
    }
  }
  for await (const chunk of source) {
    options.signal?.throwIfAborted()
    sourceBytes += chunk.length
    sha256.update(chunk)
    await take(reader.push(chunk))
  }
  options.signal?.throwIfAborted()
  await take(reader.end(options.expectedBytes))
  const others = otherColumns(
    options.dataType,
    reader.columns.map(({ name }) => name),
  )
  const { exchanges, ...facts } = await output.writer.facts()
  const summary: ConvertSummary = {
    rows: reader.rows,
    sourceBytes,
    sourceSha256: sha256.digest('hex'),
    textBytes: reader.textBytes,
    ...facts,
    ...(exchanges.length > 0 && { exchanges }),
    ...(others.length > 0 && { otherColumns: others }),
  }
  const parquetBytes = await output.writer.finish(reader.columns, options.metadata(summary))
  progress()
  return { ...summary, parquetBytes }
}

/** Chooses the writer at the first row group: a file of one row group is not worth a thread. */
class Output implements AsyncDisposable {
  writer: GroupWriter
  private readonly startThread: () => ParquetThread
  private readonly threads: 1 | 2
  private thread: ParquetThread | undefined
  private started = false

  constructor(kernel: Kernel, sink: Sink, threads: 1 | 2, { dataType, day }: DatasetName) {
    const dataset = { dataType, ...(day !== undefined && { day }) }
    this.writer = new CheckedWriter(kernel, sink, dataset)
    this.startThread = () => new ParquetThread(kernel.memory, sink, dataset)
    this.threads = threads
  }

  /** Starts the thread early where several row groups are likely: its start takes as long as parsing some of them. */
  expectGroups(): void {
    if (this.threads === 2) this.thread ??= this.startThread()
  }

  writerFor(group: RowGroup): GroupWriter {
    if (!this.started && !group.isLast && group.staysDuringNext) {
      this.expectGroups()
      this.writer = this.thread ?? this.writer
    }
    this.started = true
    return this.writer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.thread?.close()
  }
}
