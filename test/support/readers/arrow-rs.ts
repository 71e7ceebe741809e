import { type Table, tableFromIPC } from 'apache-arrow'
import { readParquet } from 'parquet-wasm'
import type { OracleColumn, Value } from '../csv-oracle.ts'

/** arrow-rs, compiled to WebAssembly, and its batches handed over in Arrow's stream format. */
export function arrowRsTable(parquet: Uint8Array): Table {
  return tableFromIPC(readParquet(parquet).intoIPCStream())
}

/** A column's values in the rows asked for. */
export function arrowValues(
  table: Pick<Table, 'getChild'>,
  { name, type }: OracleColumn,
  rows: readonly number[],
): Value[] {
  const vector = table.getChild(name)!
  if (!type.startsWith('TIMESTAMP')) return rows.map(row => vector.get(row) as Value)
  // apache-arrow would hand times out in milliseconds, and round them.
  const micros = vector.data.flatMap(({ values }) => [...(values as BigInt64Array)])
  return rows.map(row => (vector.isValid(row) ? micros[row]! : null))
}
