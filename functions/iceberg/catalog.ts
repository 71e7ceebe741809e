import type { DataType } from '../market/names.ts'
import type { Table } from './table-metadata.ts'

/** A table as a catalog has it. */
export interface Loaded {
  readonly table: Table
  /** What the next commit must be based on. */
  readonly version: number
}

/** A conflict is a value: another commit came first, and the caller builds on it. */
export type CommitOutcome = 'committed' | 'conflict'

/**
 * Where the current metadata of a table is kept: the one thing that a commit changes. `file-catalog.ts` keeps it in the
 * bucket; a client of the Iceberg REST catalog would be another one.
 */
export interface Catalog {
  /** The data types that may have a table. */
  list(signal?: AbortSignal): Promise<DataType[]>
  /** The current state; undefined where there is no table. */
  load(dataType: DataType, signal?: AbortSignal): Promise<Loaded | undefined>
  /**
   * Makes `table` the current state, if `base` (undefined: no table) still is. Manifest files and lists must be stored
   * before. Once it resolves with `committed`, no later state lacks what this one adds, unless a later commit says so.
   */
  commit(dataType: DataType, base: Loaded | undefined, table: Table, signal?: AbortSignal): Promise<CommitOutcome>
}
