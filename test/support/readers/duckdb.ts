import type { Oracle } from '../csv-oracle.ts'
import { installedReader } from './installed.ts'

export type Query = (sql: string) => Promise<Record<string, unknown>[]>

/** A DuckDB in memory, until it is disposed of. Skips the test where DuckDB cannot be installed. */
export async function openDuckDb(test: Mocha.Context): Promise<{ readonly query: Query } & Disposable> {
  const { DuckDBInstance } = installedReader<typeof import('@duckdb/node-api')>(test, '@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  return {
    query: async sql => (await connection.runAndReadAll(sql)).getRowObjects(),
    [Symbol.dispose]() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/**
 * DuckDB's own reading of a CSV file: a query for the columns of the contract, and `row`, which counts from 0. Every cell
 * is read as text and cast; nothing is left to its sniffer.
 */
export function csvRows(path: string, { columns }: Oracle): string {
  // DuckDB ignores case in names, the vendor need not.
  const texts = columns.map((_, c) => `c${c}: 'VARCHAR'`)
  const cast = columns.map(({ name, type }, c) => {
    const cell = type === 'VARCHAR' ? `c${c}` : `nullif(c${c}, '')`
    const value = type.startsWith('TIMESTAMP') ? `make_timestamptz(${cell}::BIGINT)` : `${cell}::${type}`
    return `${value} AS ${quoted(name)}`
  })
  const options = `auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false`
  return `SELECT row_number() OVER () - 1 AS row, ${cast} FROM read_csv(${literal(path)}, ${options}, columns = {${texts}})`
}

/** The same of a Parquet file. */
export function parquetRows(path: string, { columns }: Oracle): string {
  const names = columns.map(({ name }) => quoted(name))
  return `SELECT file_row_number AS row, ${names} FROM read_parquet(${literal(path)}, file_row_number = true)`
}

/** Rows that one query has and the other does not, a few of them. */
export function onlyIn(one: string, other: string): string {
  return `((${one}) EXCEPT ALL (${other})) LIMIT 3`
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
