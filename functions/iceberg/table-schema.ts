import { columnId, type TableColumn } from './columns.ts'

/** The partition's fields with their ids: the specification begins at 1000. */
export const PARTITION_FIELDS = [
  { name: 'exchange', id: 1000, column: 'exchange', transform: 'identity' },
  { name: 'local_timestamp_day', id: 1001, column: 'local_timestamp', transform: 'day' },
] as const

/** The columns of a table as some of its snapshots have them. */
export interface TableSchema {
  readonly schemaId: number
  readonly columns: readonly TableColumn[]
}

/** The schema of a table as Iceberg writes it in JSON. Every column may be null, as an empty cell is. */
export function schemaFields({ schemaId, columns }: TableSchema) {
  return {
    type: 'struct',
    'schema-id': schemaId,
    fields: columns.map(({ id, name, type }) => ({ id, name, required: false, type })),
  }
}

export function partitionSpec(columns: readonly TableColumn[]) {
  return {
    'spec-id': 0,
    fields: PARTITION_FIELDS.map(({ name, id, column, transform }) => ({
      name,
      transform,
      'source-id': columnId(columns, column),
      'field-id': id,
    })),
  }
}

/** How readers find the columns of files that have no field ids, as releases before 0.2 wrote them. */
export function nameMapping(columns: readonly TableColumn[]) {
  return columns.map(({ id, name }) => ({ 'field-id': id, names: [name] }))
}
