import { sqlText } from '../report/queries.ts'
import { instrumentsView } from './instruments.ts'
import type { StoredFile } from './stored-files.ts'

/** Where the objects are: a folder as the person named it, or `gs://NAME`; and the prefix of the data. */
export interface LakePlace {
  readonly shown: string
  readonly prefix: string
}

/** The forms that a list of files can be printed in. */
export const FILE_FORMATS = ['paths', 'names', 'duckdb', 'polars', 'bigquery', 'spark'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** The files in one of the forms, as text. The queries take the explicit list, so that no engine lists the folders. */
export function renderFiles(format: FileFormat, place: LakePlace, files: readonly StoredFile[]): string {
  if (format === 'names') return lines(files.map(({ object }) => object))
  if (format === 'paths') return lines(files.map(file => pathOf(place, file)))
  const snippet = SNIPPETS[format](place, byDataType(place, files))
  return format === 'duckdb' ? snippet + instrumentsView(files) : snippet
}

/** The path or the `gs://` address of a file. */
function pathOf({ shown }: Pick<LakePlace, 'shown'>, { object }: Pick<StoredFile, 'object'>): string {
  return `${shown.replace(/\/+$/, '')}/${object}`
}

/** The paths of each data type, which is one table. */
export function byDataType(place: Pick<LakePlace, 'shown'>, files: readonly StoredFile[]): Map<string, string[]> {
  const tables = new Map<string, string[]>()
  for (const file of files) {
    const paths = tables.get(file.dataType) ?? []
    tables.set(file.dataType, paths)
    paths.push(pathOf(place, file))
  }
  return new Map([...tables].sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Tables = ReadonlyMap<string, readonly string[]>

const SNIPPETS: Readonly<Record<Exclude<FileFormat, 'paths' | 'names'>, (place: LakePlace, tables: Tables) => string>> =
  {
    duckdb: ({ shown }, tables) =>
      (isGs(shown)
        ? "-- needs once: INSTALL httpfs; LOAD httpfs; CREATE SECRET (TYPE gcs, KEY_ID '…', SECRET '…'); with an HMAC key\n"
        : '') + duckDbViews(tables),
    polars: (_, tables) =>
      `import polars as pl\n\n${[...tables].map(([type, paths]) => polarsFrame(type, paths)).join('')}`,
    bigquery: ({ shown, prefix }, tables) =>
      [...tables].map(([type, paths]) => bigQueryTable(`${shown}/${prefix}`, type, paths)).join(''),
    spark: ({ shown, prefix }, tables) =>
      [...tables].map(([type, paths]) => sparkFrame(`${shown.replace(/\/+$/, '')}/${prefix}`, type, paths)).join(''),
  }

/**
 * A view per data type. `venue` and `date` are columns, `filename` and `file_row_number` give the vendor's order, and a
 * file of an older layout has nulls for the columns that it lacks.
 */
export function duckDbViews(tables: Tables): string {
  return [...tables].map(([type, paths]) => duckDbView(type, paths)).join('')
}

function duckDbView(dataType: string, paths: readonly string[]): string {
  return `CREATE OR REPLACE VIEW "${dataType}" AS SELECT * FROM read_parquet([
${list(paths, sqlText)}
], hive_partitioning = true, hive_types = {data_type: VARCHAR, venue: VARCHAR, date: DATE}, union_by_name = true,
  filename = true, file_row_number = true);
`
}

/** https://docs.pola.rs/api/python/stable/reference/api/polars.scan_parquet.html */
function polarsFrame(dataType: string, paths: readonly string[]): string {
  return `${dataType} = pl.scan_parquet([
${list(paths, JSON.stringify)}
], hive_partitioning=True, missing_columns="insert", extra_columns="ignore")
`
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_external_table_statement */
function bigQueryTable(prefix: string, dataType: string, paths: readonly string[]): string {
  return `CREATE OR REPLACE EXTERNAL TABLE ticks.${dataType}
WITH PARTITION COLUMNS (data_type STRING, venue STRING, date DATE)
OPTIONS (format = 'PARQUET', hive_partition_uri_prefix = ${JSON.stringify(prefix)}, uris = [
${list(paths, JSON.stringify)}
]);
`
}

/** https://spark.apache.org/docs/latest/sql-data-sources-parquet.html#partition-discovery */
function sparkFrame(prefix: string, dataType: string, paths: readonly string[]): string {
  return `${dataType} = spark.read.option("basePath", ${JSON.stringify(prefix)}).option("mergeSchema", "true").parquet(*[
${list(paths, JSON.stringify)}
])
`
}

function list(paths: readonly string[], quote: (path: string) => string): string {
  return paths.map(path => `  ${quote(path)},`).join('\n')
}

export function isGs(shown: string): boolean {
  return shown.startsWith('gs://')
}

function lines(texts: readonly string[]): string {
  return texts.map(text => `${text}\n`).join('')
}
