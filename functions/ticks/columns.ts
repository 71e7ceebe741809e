import { INSTRUMENTS, isKnownDataType, type KnownDataType } from '../market/names.ts'
import { KIND, type Kind } from './kernel-constants.ts'
import type { ColumnType } from './layout.ts'

/**
 * The nine data types of https://docs.tardis.dev/downloadable-csv-files: the one source of column names, types and
 * order. `schema.ts` makes Arrow schemas of them.
 */

const { TIME: time, DOUBLE: double, CATEGORY: category, TEXT: text, BOOLEAN: boolean } = KIND

type Kinds = Readonly<Record<string, Kind>>

const COMMON: Kinds = { exchange: category, symbol: category, timestamp: time, local_timestamp: time }
/** The columns that every data type has. */
export const COMMON_COLUMNS: readonly string[] = Object.keys(COMMON)
const QUOTE: Kinds = { ask_amount: double, ask_price: double, bid_price: double, bid_amount: double }
const TRADE: Kinds = { id: text, side: category, price: double, amount: double }

function levels(count: number): Kinds {
  const kinds: Record<string, Kind> = {}
  for (let level = 1; level <= count; level++)
    for (const side of ['ask', 'bid'])
      for (const what of ['price', 'amount']) kinds[`${side}_${what}_${level}`] = double
  return kinds
}

const OPTION: Kinds = {
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

const DERIVATIVE: Kinds = {
  funding_timestamp: time,
  funding_rate: double,
  predicted_funding_rate: double,
  open_interest: double,
  last_price: double,
  index_price: double,
  mark_price: double,
}

const KINDS: Readonly<Record<KnownDataType, Kinds>> = {
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
const INSTRUMENT: Kinds = {
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

const usualColumns = new Map<string, readonly ColumnType[]>()

/**
 * The columns of a data type's files as the vendor writes them today; of one not known, the four common columns. Those of
 * a known data type are made once, because each small file needs them.
 */
export function standardColumns(dataType: string): readonly ColumnType[] {
  const found = usualColumns.get(dataType)
  if (found) return found
  const columns = columnsNamed(dataType, Object.keys(kindsOf(dataType)))
  if (isKnownDataType(dataType)) usualColumns.set(dataType, columns)
  return columns
}

/** The columns of these names, in their order; one that the data type does not have is text. */
export function columnsNamed(dataType: string, names: readonly string[]): ColumnType[] {
  const kinds = kindsOf(dataType)
  return names.map(name => ({ name, kind: Object.hasOwn(kinds, name) ? kinds[name]! : text }))
}

/** Those of a file's columns that its data type does not document. */
export function otherColumns(dataType: string, names: readonly string[]): string[] {
  const kinds = kindsOf(dataType)
  return names.filter(name => !Object.hasOwn(kinds, name))
}

function kindsOf(dataType: string): Kinds {
  if (dataType === INSTRUMENTS) return { ...COMMON, ...INSTRUMENT }
  return { ...COMMON, ...(isKnownDataType(dataType) ? KINDS[dataType] : undefined) }
}
