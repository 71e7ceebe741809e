import polars from 'nodejs-polars'
import type { Oracle } from '../csv-oracle.ts'

export interface Figures {
  readonly rows: number
  readonly nulls: ReadonlyMap<string, number>
  /** Of the columns of doubles. */
  readonly sums: ReadonlyMap<string, number>
}

/** What Polars makes of a Parquet file: rows, nulls and sums. */
export function polarsFigures(parquet: Buffer, { columns }: Oracle): Figures {
  const frame = polars.readParquet(parquet)
  const doubles = columns.filter(({ type }) => type === 'DOUBLE')
  return {
    rows: frame.height,
    nulls: new Map(columns.map(({ name }) => [name, frame.getColumn(name).nullCount()])),
    sums: new Map(doubles.map(({ name }) => [name, frame.getColumn(name).sum()])),
  }
}
