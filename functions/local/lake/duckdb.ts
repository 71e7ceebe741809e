import type { DuckDBConnection, DuckDBValueConverter, Json } from '@duckdb/node-api'
import { instrumentsView } from './instruments.ts'
import { byDataType, duckDbViews } from './snippets.ts'
import type { StoredFile } from './stored-files.ts'

/** A column of a result, with DuckDB's name of its type. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** The rows of a query as they come: DuckDB hands them over in chunks, so that a large result needs little memory. */
export interface QueryResult {
  readonly columns: readonly Column[]
  readonly chunks: AsyncIterable<readonly (readonly Json[])[]>
}

/** DuckDB in memory, with one view per data type over an explicit list of files. */
export interface LakeTables extends Disposable {
  /** @throws Error with DuckDB's message */
  query(sql: string): Promise<QueryResult>
  /** Writes the result into a file, in the format of its name's ending. @throws Error with DuckDB's message */
  export(sql: string, path: string, format: 'csv' | 'json' | 'parquet'): Promise<void>
}

type DuckDb = typeof import('@duckdb/node-api')

/** The optional package, or undefined where it is not installed. @throws Error where it is and cannot be loaded */
export async function loadDuckDb(): Promise<DuckDb | undefined> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (isAbsent && error.message.includes("'@duckdb/node-api'")) return undefined
    throw error
  }
}

/**
 * Opens the files below `folder` as tables named by data type. Of the data types only those are opened whose name is in
 * `sql`, because DuckDB reads the footer of each file of a view. The table `instruments` has what the symbols of the files say.
 */
export async function openTables(
  duckDb: DuckDb,
  folder: string,
  files: readonly StoredFile[],
  sql: string,
): Promise<LakeTables> {
  const instance = await duckDb.DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    await connection.run("SET TimeZone = 'UTC'")
    const views = duckDbViews(byDataType({ shown: folder }, tablesIn(sql, files)))
    const named = /\binstruments\b/i.test(sql) ? instrumentsView(files) : ''
    if (views + named) await connection.run(views + named)
  } catch (error) {
    close()
    throw error
  }
  return {
    query: async text => await run(connection, text, converterOf(duckDb)),
    export: async (text, path, format) => {
      await connection.run(`COPY (${withoutEnd(text)}) TO '${path.replaceAll("'", "''")}' (${COPY_OPTIONS[format]})`)
    },
    [Symbol.dispose]: close,
  }
}

const COPY_OPTIONS = {
  csv: 'FORMAT csv, HEADER',
  json: 'FORMAT json, ARRAY true',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
} as const

/** The files of those data types that the text of a query mentions. */
export function tablesIn(sql: string, files: readonly StoredFile[]): StoredFile[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g))
  return files.filter(({ dataType }) => words.has(dataType.toLowerCase()))
}

async function run(
  connection: DuckDBConnection,
  sql: string,
  converter: DuckDBValueConverter<Json>,
): Promise<QueryResult> {
  const result = await connection.stream(sql)
  const types = result.columnTypes().map(String)
  const columns = result.deduplicatedColumnNames().map((name, at) => ({ name, type: types[at]! }))
  return { columns, chunks: result.yieldConvertedRows(converter) }
}

/** Whole numbers stay numbers as long as a double holds them exactly: counts are BIGINT. */
function converterOf({ JsonDuckDBValueConverter }: DuckDb): DuckDBValueConverter<Json> {
  return (value, type, converter) => {
    const isExact = typeof value === 'bigint' && Number.isSafeInteger(Number(value))
    return isExact ? Number(value) : JsonDuckDBValueConverter(value, type, converter)
  }
}

function withoutEnd(sql: string): string {
  return sql.replace(/[\s;]+$/, '')
}
