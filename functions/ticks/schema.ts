import { Field, Schema } from 'apache-arrow/schema'
import { Bool, type DataType, Dictionary, Float64, Int32, TimestampMicrosecond, Utf8 } from 'apache-arrow/type'
import { KIND, type Kind } from './kernel-constants.ts'
import type { ColumnType } from './layout.ts'

/**
 * Arrow's types of the kernel's columns. Only readers of record batches need them: a conversion does not import
 * apache-arrow, whose modules take longer to load than a small file to convert.
 */
const TYPES: Readonly<Record<Kind, () => DataType>> = {
  /** Microseconds since 1970, UTC. */
  [KIND.TIME]: () => new TimestampMicrosecond('UTC'),
  [KIND.DOUBLE]: () => new Float64(),
  [KIND.BOOLEAN]: () => new Bool(),
  [KIND.CATEGORY]: () => new Dictionary(new Utf8(), new Int32()),
  [KIND.TEXT]: () => new Utf8(),
}

/** The Arrow schema of columns. Every field is nullable, because an empty cell is null. */
export function schemaOf(columns: readonly ColumnType[]): Schema {
  return new Schema(columns.map(({ name, kind }) => new Field(name, TYPES[kind](), true)))
}
