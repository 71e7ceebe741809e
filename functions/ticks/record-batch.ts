import { makeData } from 'apache-arrow/data'
import { RecordBatch } from 'apache-arrow/recordbatch'
import type { Schema } from 'apache-arrow/schema'
import {
  Bool,
  type DataType,
  type Dictionary,
  Float64,
  Struct,
  type TimestampMicrosecond,
  Utf8,
} from 'apache-arrow/type'
import { makeVector } from 'apache-arrow/vector'
import { DatasetReader, type RowGroup } from './csv.ts'
import { borrowKernel, type Kernel, returnKernel } from './kernel.ts'
import { KIND } from './kernel-constants.ts'
import { type Column, LARGE, SMALL } from './layout.ts'
import { schemaOf } from './schema.ts'

export interface ReadOptions {
  /** The vendor's data type, for the column types: `trades`, `book_snapshot_5`, … or one not known yet. */
  readonly dataType: string
  /** Small batches (default), or larger ones. */
  readonly memoryEfficient?: boolean
  /**
   * Whether batches are borrowed: views of the reader's memory, without a copy. A borrowed batch is valid until the next
   * one is asked for or the reading ends; after that its values are those of another batch.
   */
  readonly borrow?: boolean
  /** The source's length in bytes if the sender stated it: a stream of another length is an error. */
  readonly expectedBytes?: number
  readonly signal?: AbortSignal
}

/**
 * Reads one gzipped CSV dataset as Arrow record batches (columns as `columnsOfHeader` says; exchange, symbol, side and
 * the like as dictionaries). A batch owns its memory, so it can be kept, collected (`new Table(batches)`) and transferred;
 * `borrow` saves the copy. Memory: the reader's, whatever the length, and the batches that are kept. The last error may
 * come after the last batch: a source is proven whole at its end only.
 * @throws MalformedDataError, DamagedSourceError, the source's own error, or the signal's reason
 */
export async function* readRecordBatches(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<RecordBatch> {
  const kernel = borrowKernel()
  const part: Part = options.borrow ? view => view : copyOf
  try {
    const reader = new DatasetReader(kernel, options.dataType, options.memoryEfficient === false ? LARGE : SMALL)
    let schema: Schema | undefined
    const batch = (group: RowGroup) => {
      schema ??= schemaOf(reader.columns)
      return recordBatch(kernel, schema, group, part)
    }
    for await (const chunk of source) {
      for (const group of reader.push(chunk)) {
        options.signal?.throwIfAborted()
        yield batch(group)
      }
      options.signal?.throwIfAborted()
    }
    for (const group of reader.end(options.expectedBytes)) yield batch(group)
  } finally {
    returnKernel(kernel)
  }
}

/** Takes a part of the kernel's memory into a batch. */
type Part = <T extends BufferView>(view: T) => T
type BufferView = BigInt64Array | Float64Array | Int32Array | Uint8Array

function copyOf<T extends BufferView>(view: T): T {
  const copy = new Uint8Array(view.byteLength)
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).copy(copy)
  return new (view.constructor as new (buffer: ArrayBuffer) => T)(copy.buffer)
}

/** A row group as a record batch: over the same memory, or over what `part` makes of each piece of it. */
export function recordBatch(
  kernel: Kernel,
  schema: Schema,
  { layout, rows }: RowGroup,
  part: Part = view => view,
): RecordBatch {
  const children = layout.columns.map((column, c) => columnData(kernel, schema.fields[c]!.type, column, rows, part))
  const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
  return new RecordBatch(schema, data)
}

function columnData(kernel: Kernel, type: DataType, column: Column, rows: number, part: Part) {
  const { buffer } = kernel.memory
  const nullCount = rows - kernel.countValues(column.validity, 0, rows)
  const bitmapBytes = Math.ceil(rows / 8)
  const nullBitmap = nullCount === 0 ? null : part(new Uint8Array(buffer, column.validity, bitmapBytes))
  const common = { length: rows, nullCount, nullBitmap }
  switch (column.kind) {
    case KIND.TIME: {
      const data = part(new BigInt64Array(buffer, column.values, rows))
      return makeData({ ...common, type: type as TimestampMicrosecond, data })
    }
    case KIND.DOUBLE:
      return makeData({ ...common, type: new Float64(), data: part(new Float64Array(buffer, column.values, rows)) })
    case KIND.BOOLEAN:
      return makeData({ ...common, type: new Bool(), data: part(new Uint8Array(buffer, column.values, bitmapBytes)) })
    case KIND.CATEGORY: {
      // Rows without a value have code 0, also where the column has no text at all.
      const entries = nullCount === rows ? 0 : kernel.largestCode(column.values, rows) + 1
      const dictionary = makeVector(texts(buffer, column, entries, part))
      const data = part(new Int32Array(buffer, column.values, rows))
      return makeData({ ...common, type: type as Dictionary<Utf8>, data, dictionary })
    }
    default:
      return makeData({ ...common, ...textBuffers(buffer, column, rows, part), type: new Utf8() })
  }
}

/** The distinct texts of a category; every code of the batch is below `count`. */
function texts(buffer: SharedArrayBuffer, column: Column, count: number, part: Part) {
  return makeData({ ...textBuffers(buffer, column, count, part), type: new Utf8(), length: count, nullCount: 0 })
}

function textBuffers(buffer: SharedArrayBuffer, column: Column, count: number, part: Part) {
  const valueOffsets = new Int32Array(buffer, column.offsets, count + 1)
  const data = new Uint8Array(buffer, column.data, valueOffsets[count]!)
  return { valueOffsets: part(valueOffsets), data: part(data) }
}
