import { createHash } from 'node:crypto'
import { KIND } from './kernel-constants.ts'
import type { ColumnType } from './layout.ts'

/**
 * The Parquet field id of each documented column, which is its id in an Iceberg table too: readers find a column by it,
 * whatever its place. A name has the same id in every data type and release: lines are added, never changed.
 */
const FIELD_IDS: ReadonlyMap<string, number> = new Map([
  ['exchange', 1],
  ['symbol', 2],
  ['timestamp', 3],
  ['local_timestamp', 4],
  ['id', 5],
  ['side', 6],
  ['price', 7],
  ['amount', 8],
  ['is_snapshot', 9],
  ['ask_amount', 10],
  ['ask_price', 11],
  ['bid_price', 12],
  ['bid_amount', 13],
  ['funding_timestamp', 14],
  ['funding_rate', 15],
  ['predicted_funding_rate', 16],
  ['open_interest', 17],
  ['last_price', 18],
  ['index_price', 19],
  ['mark_price', 20],
  ['type', 21],
  ['strike_price', 22],
  ['expiration', 23],
  ['bid_iv', 24],
  ['ask_iv', 25],
  ['mark_iv', 26],
  ['underlying_index', 27],
  ['underlying_price', 28],
  ['delta', 29],
  ['gamma', 30],
  ['vega', 31],
  ['theta', 32],
  ['rho', 33],
  ['key', 34],
  ['base', 35],
  ['quote', 36],
  ['settlement', 37],
  ['expiry', 38],
  ['strike', 39],
  ['contract_multiplier', 40],
  ['tick_size', 41],
  ['lot_size', 42],
  ['available_since', 43],
  ['available_to', 44],
  ['data_types', 45],
  ['changes', 46],
  ['described_by', 47],
])

/** Documented columns whose type is text; all others have another type. */
const DOCUMENTED_TEXTS: ReadonlySet<string> = new Set(['id', 'key', 'changes'])

/** `ask_price_1` has 1000, `ask_amount_1` 1001, `bid_price_1` 1002, `bid_amount_1` 1003, `ask_price_2` 1004 … */
const FIRST_LEVEL_ID = 1000
const LEVEL = /^(ask|bid)_(price|amount)_([1-9]\d{0,3})$/

/** Ids of columns that are not documented are hashes of their names, above all others and below those that Iceberg reserves. */
const FIRST_HASHED_ID = 1 << 20
const HASHED_IDS = 1 << 30
/** No column of a file has a higher id. The clashes of a file's columns fit in between. */
export const MAX_FIELD_ID = FIRST_HASHED_ID + HASHED_IDS + (1 << 20)

/**
 * The field ids of a file's columns, all different. An id depends on the column's name alone, but for a hash that another
 * column of the file has already: that column gets the next free number.
 */
export function fieldIds(columns: readonly ColumnType[]): number[] {
  const taken = new Set<number>()
  return columns.map(column => {
    let id = documentedId(column) ?? hashedId(column.name)
    while (taken.has(id)) id += 1
    taken.add(id)
    return id
  })
}

/** A documented name on a column that is text for want of a documented type is another column. */
function documentedId({ name, kind }: ColumnType): number | undefined {
  if (kind === KIND.TEXT && !DOCUMENTED_TEXTS.has(name)) return undefined
  const [, side, what, level] = LEVEL.exec(name) ?? []
  if (level === undefined) return FIELD_IDS.get(name)
  return FIRST_LEVEL_ID + 4 * (Number(level) - 1) + (side === 'bid' ? 2 : 0) + (what === 'amount' ? 1 : 0)
}

function hashedId(name: string): number {
  return FIRST_HASHED_ID + (createHash('sha256').update(name).digest().readUInt32BE() % HASHED_IDS)
}
