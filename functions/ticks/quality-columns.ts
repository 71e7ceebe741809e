import type { Encoder } from './kernel.ts'
import { KIND, type Kind } from './kernel-constants.ts'
import type { Column, GroupRows } from './layout.ts'

const KINDS: Readonly<Record<string, Kind>> = {
  timestamp: KIND.TIME,
  local_timestamp: KIND.TIME,
  is_snapshot: KIND.BOOLEAN,
  id: KIND.TEXT,
}

/** The row group's column of this name, if it has one of the documented type. Names that are not listed are numbers. */
export function columnOf(group: GroupRows, name: string): Column | undefined {
  const kind = KINDS[name] ?? KIND.DOUBLE
  return group.layout.columns.find(column => column.name === name && column.kind === kind)
}

/** The column's validity bitmap for the kernel: 0 where every row has a value. */
export function presenceOf(kernel: Encoder, { validity }: Column, rows: number): number {
  return kernel.countValues(validity, 0, rows) === rows ? 0 : validity
}
