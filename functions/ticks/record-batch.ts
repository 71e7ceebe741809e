import { makeData } from 'apache-arrow/data'
import { RecordBatch } from 'apache-arrow/recordbatch'
import type { Schema } from 'apache-arrow/schema'
import { Bool, type Dictionary, Float64, Struct, type TimestampMicrosecond, Utf8 } from 'apache-arrow/type'
import { makeVector } from 'apache-arrow/vector'
import { DatasetReader, type RowGroup } from './csv.ts'
import { borrowKernel, type Kernel, returnKernel } from './kernel.ts'
import { KIND } from './kernel-constants.ts'
import { type Column, LARGE, SMALL } from './layout.ts'

/**
 * Reads one gzipped CSV dataset as Arrow record batches (columns as `schemaOfHeader` says; exchange, symbol, side and
 * the like as dictionaries).
 *
 * Nothing is copied: a batch is a view of the reader's memory and holds until the next one is asked for. Whoever keeps
 * it longer copies it first (`tableToIPC`, or `toArray` of a column). Memory is the reader's, whatever the length.
 * @throws MalformedDataError, DamagedSourceError, or the source's own error
 */
export async function* readRecordBatches(
  source: AsyncIterable<Uint8Array>,
  options: { readonly dataType: string; readonly memoryEfficient?: boolean },
): AsyncGenerator<RecordBatch> {
  const kernel = borrowKernel()
  try {
    const reader = new DatasetReader(kernel, options.dataType, options.memoryEfficient === false ? LARGE : SMALL)
    for await (const chunk of source) for (const group of reader.push(chunk)) yield recordBatch(kernel, group)
    for (const group of reader.end()) yield recordBatch(kernel, group)
  } finally {
    returnKernel(kernel)
  }
}

/** A row group as a record batch over the same memory. */
export function recordBatch(kernel: Kernel, { schema, layout, rows }: RowGroup): RecordBatch {
  const children = layout.columns.map((column, c) => columnData(kernel, schema, column, c, rows))
  const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
  return new RecordBatch(schema, data)
}

function columnData(kernel: Kernel, schema: Schema, column: Column, c: number, rows: number) {
  const { buffer } = kernel.memory
  const nullCount = rows - kernel.countValues(column.validity, 0, rows)
  const nullBitmap = nullCount === 0 ? null : new Uint8Array(buffer, column.validity, Math.ceil(rows / 8))
  const common = { length: rows, nullCount, nullBitmap }
  switch (column.kind) {
    case KIND.TIME: {
      const type = schema.fields[c]!.type as TimestampMicrosecond
      return makeData({ ...common, type, data: new BigInt64Array(buffer, column.values, rows) })
    }
    case KIND.DOUBLE:
      return makeData({ ...common, type: new Float64(), data: new Float64Array(buffer, column.values, rows) })
    case KIND.BOOLEAN:
      return makeData({ ...common, type: new Bool(), data: new Uint8Array(buffer, column.values, Math.ceil(rows / 8)) })
    case KIND.CATEGORY: {
      const type = schema.fields[c]!.type as Dictionary<Utf8>
      // Without any value there is no text either: code 0 stands in the empty rows.
      const entries = nullCount === rows ? 0 : kernel.largestCode(column.values, rows) + 1
      const dictionary = makeVector(texts(buffer, column, entries))
      return makeData({ ...common, type, data: new Int32Array(buffer, column.values, rows), dictionary })
    }
    default:
      return makeData({ ...common, ...textBuffers(buffer, column, rows), type: new Utf8() })
  }
}

/** The distinct texts of a category; every code of the batch is below `count`. */
function texts(buffer: SharedArrayBuffer, column: Column, count: number) {
  return makeData({ ...textBuffers(buffer, column, count), type: new Utf8(), length: count, nullCount: 0 })
}

function textBuffers(buffer: SharedArrayBuffer, column: Column, count: number) {
  const valueOffsets = new Int32Array(buffer, column.offsets, count + 1)
  return { valueOffsets, data: new Uint8Array(buffer, column.data, valueOffsets[count]!) }
}
