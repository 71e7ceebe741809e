import { ExchangeRange } from './exchanges.ts'
import type { Encoder } from './kernel.ts'
import type { ColumnType, GroupRows } from './layout.ts'
import { ParquetWriter, type Sink } from './parquet/writer.ts'
import { type Quality, QualityCollector } from './quality.ts'

/** What the rows of a dataset say. The timestamps are the smallest and largest local_timestamp, in microseconds. */
export interface RowFacts {
  readonly firstTimestampMicros?: bigint
  readonly lastTimestampMicros?: bigint
  readonly quality: Quality
  /** The least and the greatest value of the column `exchange`. */
  readonly exchanges: readonly string[]
}

/** Takes row groups from the kernel's memory: `CheckedWriter` in this thread, `ParquetThread` in a second one. */
export interface GroupWriter {
  /**
   * Checks and writes a row group. When it resolves, the next one may be filled: with CheckedWriter in the same place,
   * with ParquetThread in the other one.
   */
  write(group: GroupRows): Promise<void>
  /** What the checks found in all row groups so far. */
  facts(): Promise<RowFacts>
  /** Writes the page indexes and the footer; returns the file's length. */
  finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number>
}

/** Which dataset it is, for the checks: see `ConvertOptions`. */
export interface DatasetName {
  readonly dataType: string
  readonly day?: string
}

/** Makes all checks of a dataset's row groups and writes them as one Parquet file. Memory: a ParquetWriter's. */
export class CheckedWriter implements GroupWriter {
  private readonly quality: QualityCollector
  private readonly exchanges: ExchangeRange
  private readonly writer: ParquetWriter

  /** @throws RangeError where `day` is no day of the calendar */
  constructor(kernel: Encoder, sink: Sink, { dataType, day }: DatasetName) {
    this.quality = new QualityCollector(kernel, dataType, day)
    this.exchanges = new ExchangeRange(kernel)
    this.writer = new ParquetWriter(kernel, sink)
  }

  async write(group: GroupRows): Promise<void> {
    this.exchanges.add(group)
    await this.writer.write(group.layout, group.rows, this.quality.add(group))
  }

  async facts(): Promise<RowFacts> {
    const { first, latest, quality } = this.quality
    return {
      ...(first !== undefined && { firstTimestampMicros: first, lastTimestampMicros: latest! }),
      quality,
      exchanges: this.exchanges.found,
    }
  }

  finish(columns: readonly ColumnType[], keyValues: Readonly<Record<string, string>>): Promise<number> {
    return this.writer.finish(columns, keyValues)
  }
}
