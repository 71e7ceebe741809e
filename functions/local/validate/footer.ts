import type { FileMetaData, SchemaElement } from 'hyparquet'
import { type Facts, factsIn } from '../../fetch/facts.ts'
import type { ItemName } from '../../market/items.ts'
import { columnsNamed, standardColumns } from '../../ticks/columns.ts'
import { fieldIds } from '../../ticks/field-ids.ts'
import { KIND, type Kind } from '../../ticks/kernel-constants.ts'
import { converterVersionOf } from '../../ticks/parquet/metadata.ts'
import type { Check, StoredItem } from './finding.ts'

export interface Fault {
  readonly check: Check
  readonly detail: string
}

/** The first converter version that writes field ids. */
const FIELD_IDS_SINCE = 2

/** Compares what a Parquet file says of itself with what the manifest says. Pure. */
export function footerFaults(metadata: FileMetaData, item: StoredItem, name: ItemName): Fault[] {
  const texts = Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']))
  const rows = Number(metadata.num_rows)
  const facts = factsIn(texts, rows, name)
  const detail = 'does not say that it is this dataset: another program wrote it, or its footer was changed'
  const known =
    facts?.kind === 'known' ? factFaults(facts.facts, item) : facts ? [] : [{ check: 'footer', detail } as const]
  return [
    ...known,
    ...schemaFaults(metadata, name.dataType),
    ...(rows === item.rows ? [] : [different('rows', 'rows in the file', rows, item.rows)]),
    ...groupFaults(metadata, item),
  ]
}

function different(check: Check, what: string, found: unknown, expected: unknown): Fault {
  return { check, detail: `${what}: found ${shown(found)}, expected ${shown(expected)}` }
}

const shown = (value: unknown) =>
  value === undefined ? 'nothing' : typeof value === 'object' ? JSON.stringify(value) : `${value}`

function factFaults(facts: Facts, item: StoredItem): Fault[] {
  const pairs: readonly (readonly [Check, string, unknown, unknown])[] = [
    ['rows', 'rows in the facts', facts.rows, item.rows],
    ['footer', 'bytes of the source', facts.source.bytes, item.sourceBytes],
    ['footer', 'SHA-256 of the source', facts.source.sha256, item.sourceSha256],
    ['footer', 'bytes of text', facts.textBytes, item.textBytes],
    ['time-range', 'first local_timestamp in the facts', facts.firstTimestampMicros, item.firstTimestampMicros],
    ['time-range', 'last local_timestamp in the facts', facts.lastTimestampMicros, item.lastTimestampMicros],
  ]
  const faults = pairs.flatMap(([check, what, found, expected]) =>
    found === expected ? [] : [different(check, what, found, expected)],
  )
  return [...faults, ...qualityFaults(facts.quality, item.quality)]
}

/** Field by field; what the manifest does not have was not recorded by its release. */
function qualityFaults(found: Facts['quality'], expected: StoredItem['quality']): Fault[] {
  if (!expected || found.version !== expected.version) return []
  const names = Object.keys({ ...found, ...expected }) as (keyof Facts['quality'])[]
  return names.flatMap(name =>
    JSON.stringify(found[name]) === JSON.stringify(expected[name])
      ? []
      : [different('quality', `${name} in the facts`, found[name], expected[name])],
  )
}

/** Parquet's words for a column of each kind. */
const TYPES: ReadonlyMap<Kind, string> = new Map([
  [KIND.TIME, 'INT64 TIMESTAMP'],
  [KIND.DOUBLE, 'DOUBLE'],
  [KIND.BOOLEAN, 'BOOLEAN'],
  [KIND.CATEGORY, 'BYTE_ARRAY STRING'],
  [KIND.TEXT, 'BYTE_ARRAY STRING'],
])

function schemaFaults({ schema, created_by }: FileMetaData, dataType: string): Fault[] {
  const columns = schema.filter(element => !element.num_children)
  const names = columns.map(({ name }) => name)
  const absent = standardColumns(dataType).filter(({ name }) => !names.includes(name))
  const expected = columnsNamed(dataType, names)
  const ids = (converterVersionOf(created_by) ?? 0) >= FIELD_IDS_SINCE ? fieldIds(expected) : undefined
  return [
    ...absent.map(({ name }) => different('schema', `column ${name}`, undefined, 'a column')),
    ...columns.flatMap((column, at) => {
      const type = TYPES.get(expected[at]!.kind)
      const typeFault =
        typeOf(column) === type ? [] : [different('schema', `column ${column.name}`, typeOf(column), type)]
      const id = ids?.[at]
      const hasId = id === undefined || column.field_id === id
      return [...typeFault, ...(hasId ? [] : [different('schema', `field id of ${column.name}`, column.field_id, id)])]
    }),
  ]
}

function typeOf({ type, logical_type, converted_type }: SchemaElement): string {
  const logical = logical_type?.type ?? (converted_type === 'UTF8' ? 'STRING' : undefined)
  return [type, logical].filter(Boolean).join(' ')
}

/** The row groups' own counts and ranges of local_timestamp. */
function groupFaults({ row_groups, num_rows }: FileMetaData, item: StoredItem): Fault[] {
  const sum = row_groups.reduce((rows, group) => rows + group.num_rows, 0n)
  const ranges = row_groups.map(({ columns }) => {
    const column = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === 'local_timestamp')
    const { min_value: min, max_value: max } = column?.meta_data?.statistics ?? {}
    return typeof min === 'bigint' && typeof max === 'bigint' ? { min, max } : undefined
  })
  const known = ranges.filter(range => range !== undefined)
  const first = known.reduce<bigint | undefined>(
    (least, { min }) => (least === undefined || min < least ? min : least),
    undefined,
  )
  const last = known.reduce<bigint | undefined>(
    (most, { max }) => (most === undefined || max > most ? max : most),
    undefined,
  )
  const inOrder = known.every(({ min }, at) => at === 0 || min >= known[at - 1]!.max)
  const { firstTimestampMicros, lastTimestampMicros, quality } = item
  return [
    ...(sum === num_rows ? [] : [different('rows', 'rows of the row groups', sum, num_rows)]),
    ...(text(first) === firstTimestampMicros
      ? []
      : [different('time-range', 'first local_timestamp', first, firstTimestampMicros)]),
    ...(text(last) === lastTimestampMicros
      ? []
      : [different('time-range', 'last local_timestamp', last, lastTimestampMicros)]),
    ...(inOrder || (quality?.rowsOutOfOrder ?? 0) > 0
      ? []
      : [
          {
            check: 'order',
            detail: 'row groups are not in order of local_timestamp, and none is recorded out of order',
          } as const,
        ]),
  ]
}

const text = (value: bigint | undefined) => (value === undefined ? undefined : `${value}`)
