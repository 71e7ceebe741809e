import type { Oracle } from '../csv-oracle.ts'
import { installedReader } from './installed.ts'

export interface Figures {
  readonly rows: number
  readonly nulls: ReadonlyMap<string, number>
  /** Of the columns of doubles. */
  readonly sums: ReadonlyMap<string, number>
}

/** A Parquet file's rows, nulls and sums as Polars reads them. Skips the test where Polars cannot be installed. */
export function polarsFigures(test: Mocha.Context, parquet: Buffer, { columns }: Oracle): Figures {
  const { default: polars } = installedReader<typeof import('nodejs-polars')>(test, 'nodejs-polars')
  const frame = polars.readParquet(parquet)
  const doubles = columns.filter(({ type }) => type === 'DOUBLE')
  return {
    rows: frame.height,
    nulls: new Map(columns.map(({ name }) => [name, frame.getColumn(name).nullCount()])),
    sums: new Map(doubles.map(({ name }) => [name, frame.getColumn(name).sum()])),
  }
}
