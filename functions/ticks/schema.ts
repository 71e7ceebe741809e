import { Type } from 'apache-arrow/enum'
import { Field, Schema } from 'apache-arrow/schema'
import { Bool, type DataType, Dictionary, Float64, Int32, TimestampMicrosecond, Utf8 } from 'apache-arrow/type'
import { INSTRUMENTS, isKnownDataType, type KnownDataType } from '../market/names.ts'
import { KIND, type Kind } from './kernel-constants.ts'
import type { ColumnType } from './layout.ts'

/**
 * The nine data types of https://docs.tardis.dev/downloadable-csv-files as Arrow schemas: the one source of column
 * names, types and order. Every field is nullable, because an empty cell is null.
 */

/** Microseconds since 1970, UTC. */
const time = () => new TimestampMicrosecond('UTC')
const double = () => new Float64()
/** Text with few distinct values. */
const category = () => new Dictionary(new Utf8(), new Int32())
const text = () => new Utf8()
const boolean = () => new Bool()

type Types = Readonly<Record<string, () => DataType>>

const COMMON: Types = { exchange: category, symbol: category, timestamp: time, local_timestamp: time }
/** The columns that every data type has. */
export const COMMON_COLUMNS: readonly string[] = Object.keys(COMMON)
const QUOTE: Types = { ask_amount: double, ask_price: double, bid_price: double, bid_amount: double }
const TRADE: Types = { id: text, side: category, price: double, amount: double }

function levels(count: number): Types {
  const types: Record<string, () => DataType> = {}
  for (let level = 1; level <= count; level++)
    for (const side of ['ask', 'bid'])
      for (const what of ['price', 'amount']) types[`${side}_${what}_${level}`] = double
  return types
}

const OPTION: Types = {
  type: category,
  strike_price: double,
  expiration: time,
  open_interest: double,
  last_price: double,
  bid_price: double,
  bid_amount: double,
  bid_iv: double,
  ask_price: double,
  ask_amount: double,
  ask_iv: double,
  mark_price: double,
  mark_iv: double,
  underlying_index: category,
  underlying_price: double,
  delta: double,
  gamma: double,
  vega: double,
  theta: double,
  rho: double,
}

const DERIVATIVE: Types = {
  funding_timestamp: time,
  funding_rate: double,
  predicted_funding_rate: double,
  open_interest: double,
  last_price: double,
  index_price: double,
  mark_price: double,
}

const TYPES: Readonly<Record<KnownDataType, Types>> = {
  trades: TRADE,
  liquidations: TRADE,
  incremental_book_L2: { is_snapshot: boolean, side: category, price: double, amount: double },
  quotes: QUOTE,
  book_ticker: QUOTE,
  derivative_ticker: DERIVATIVE,
  book_snapshot_5: levels(5),
  book_snapshot_25: levels(25),
  options_chain: OPTION,
}

/** Our own data type: see `fetch/instrument-rows.ts`, which writes its rows. */
const INSTRUMENT: Types = {
  type: category,
  key: text,
  base: category,
  quote: category,
  settlement: category,
  expiry: time,
  expiration: time,
  strike: double,
  side: category,
  contract_multiplier: double,
  tick_size: double,
  lot_size: double,
  available_since: time,
  available_to: time,
  data_types: category,
  changes: text,
  described_by: category,
}

/** The schema of a data type's files as the vendor writes them today; of one not known, the four common columns. */
export function standardSchema(dataType: string): Schema {
  return schemaOfColumns(dataType, Object.keys(typesOf(dataType)))
}

/** The schema of a file with columns of these names, in their order; one that the data type does not have is text. */
export function schemaOfColumns(dataType: string, names: readonly string[]): Schema {
  const types = typesOf(dataType)
  return new Schema(names.map(name => field(name, types)))
}

/** Those of a file's columns that its data type does not document. */
export function otherColumns(dataType: string, names: readonly string[]): string[] {
  const types = typesOf(dataType)
  return names.filter(name => !Object.hasOwn(types, name))
}

/** The schema's columns as the kernel keeps them. */
export function columnTypes(schema: Schema): ColumnType[] {
  return schema.fields.map(({ name, type }) => ({ name, kind: kindOf(type) }))
}

const usualColumns = new Map<string, readonly ColumnType[]>()

/** The columns of `standardSchema`. Those of a known data type are made once, because each small file needs them. */
export function standardColumns(dataType: string): readonly ColumnType[] {
  const made = usualColumns.get(dataType) ?? columnTypes(standardSchema(dataType))
  if (isKnownDataType(dataType)) usualColumns.set(dataType, made)
  return made
}

function kindOf(type: DataType): Kind {
  switch (type.typeId) {
    case Type.Timestamp:
      return KIND.TIME
    case Type.Float:
      return KIND.DOUBLE
    case Type.Bool:
      return KIND.BOOLEAN
    case Type.Dictionary:
      return KIND.CATEGORY
    default:
      return KIND.TEXT
  }
}

function typesOf(dataType: string): Types {
  if (dataType === INSTRUMENTS) return { ...COMMON, ...INSTRUMENT }
  return { ...COMMON, ...(isKnownDataType(dataType) ? TYPES[dataType] : undefined) }
}

function field(name: string, types: Types): Field {
  const type = Object.hasOwn(types, name) ? types[name]! : text
  return new Field(name, type(), true)
}
