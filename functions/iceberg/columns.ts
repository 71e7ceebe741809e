import type { DataType } from '../market/names.ts'
import { standardColumns } from '../ticks/columns.ts'
import { fieldIds } from '../ticks/field-ids.ts'
import { KIND, type Kind } from '../ticks/kernel-constants.ts'

/** A column of a table. Its id is the field id of the column in the Parquet files. */
export interface TableColumn {
  readonly id: number
  readonly name: string
  readonly type: 'string' | 'timestamptz' | 'double' | 'boolean'
}

const TYPE: Readonly<Record<Kind, TableColumn['type']>> = {
  [KIND.TIME]: 'timestamptz',
  [KIND.DOUBLE]: 'double',
  [KIND.BOOLEAN]: 'boolean',
  [KIND.CATEGORY]: 'string',
  [KIND.TEXT]: 'string',
}

/**
 * The columns that files of a data type have: the documented ones in the order in which the vendor writes them, then
 * others by name, which are text.
 */
export function tableColumns(dataType: DataType, otherNames: readonly string[] = []): TableColumn[] {
  const others = otherNames.map(name => ({ name, kind: KIND.TEXT }))
  const columns = [...standardColumns(dataType), ...others]
  const ids = fieldIds(columns)
  return columns.map(({ name, kind }, c) => ({ id: ids[c]!, name, type: TYPE[kind] }))
}

/**
 * The columns of a table that gets files with `found`. What is there keeps its id, name and type, and its place; a column
 * that is new stands at the end. One whose name is taken, because it was text before its type was documented, has its type
 * in its name: a column of text cannot become one of numbers.
 */
export function evolveColumns(present: readonly TableColumn[], found: readonly TableColumn[]): readonly TableColumn[] {
  const ids = new Set(present.map(({ id }) => id))
  const names = new Set(present.map(({ name }) => name))
  const added = found.filter(({ id }) => !ids.has(id)).map(column => ({ ...column, name: freeName(column, names) }))
  return added.length === 0 ? present : [...present, ...added]
}

function freeName({ name, type }: TableColumn, taken: Set<string>): string {
  let free = name
  for (let number = 1; taken.has(free); number += 1) free = `${name}_${type}${number === 1 ? '' : number}`
  taken.add(free)
  return free
}

/** The id of a column that every data type has. @throws RangeError where there is none of this name */
export function columnId(columns: readonly TableColumn[], name: string): number {
  const column = columns.find(candidate => candidate.name === name)
  if (!column) throw new RangeError(`the table has no column ${name}; expected one of all data types`)
  return column.id
}
