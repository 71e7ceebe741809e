import type { ColumnType } from '../support/csv-oracle.ts'

/** A column of the contract, with the vendor's name of it beside ours. */
export interface Column {
  readonly header: string
  readonly name: string
  readonly type: ColumnType
  /** Of a time: what it is cut to. Microseconds, where it stands for nothing. */
  readonly unitMicros?: number
}

/**
 * What is read: plain Parquet files by their paths, all files below a folder with the columns that its folders name, or the
 * table in a folder, as it was at a snapshot or as it is.
 */
export type Source =
  | { readonly root: string }
  | { readonly files: readonly string[] }
  | { readonly table: string; readonly snapshot?: number | undefined }

/** Column, operator, value. A number is a time in microseconds. All terms hold. */
export type Where = readonly (readonly [column: string, operator: '=' | '>=' | '<', value: string | number])[]

/** Rows in any order: how many, and a checksum of every value of theirs (`rows.ts`). */
export interface Rows {
  readonly rows: number
  readonly digest: string
}

/** Times in microseconds. Low and high are of times and doubles, sums of doubles; an engine leaves out what is null. */
export interface ColumnSummary {
  readonly nulls: number
  readonly low?: number
  readonly high?: number
  readonly sum?: number
}

/** What an engine adds up itself. */
export interface Summary {
  readonly rows: number
  readonly columns: Readonly<Record<string, ColumnSummary>>
}

/** Somebody else's reader. */
export interface Engine extends AsyncDisposable {
  readonly version: string
  /** What it cuts times to, where it does not give microseconds. */
  readonly unitMicros?: number
  rows(source: Source, columns: readonly Column[], where: Where): Promise<Rows>
  /** Finds out what a query must read, as far as the engine does that beforehand. An engine that cannot has no such method. */
  plan?(source: Source, columns: readonly Column[], where: Where): Promise<void>
  summary(source: Source, columns: readonly Column[], where: Where): Promise<Summary>
}
