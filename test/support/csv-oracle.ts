/** A dataset's text as plain JavaScript reads it: slow, simple, and nothing of the converter's. */

export type Value = bigint | number | string | boolean | null
/** DuckDB's names of the types that the contract promises. */
export type ColumnType = 'TIMESTAMP WITH TIME ZONE' | 'DOUBLE' | 'VARCHAR' | 'BOOLEAN'

export interface OracleColumn {
  /** As the vendor's header has it, and as the Parquet file has it. */
  readonly header: string
  readonly name: string
  readonly type: ColumnType
  /** Times in microseconds. */
  readonly values: readonly Value[]
}

export interface Oracle {
  readonly rows: number
  readonly columns: readonly OracleColumn[]
}

const QUOTE = 'ask_amount:d ask_price:d bid_price:d bid_amount:d'
const TRADE = 'id:s side:s price:d amount:d'

/** What the vendor's documentation says of each data type after its four common columns: d number, t time, s text. */
const COLUMNS: Readonly<Record<string, string>> = {
  trades: TRADE,
  liquidations: TRADE,
  quotes: QUOTE,
  book_ticker: QUOTE,
  incremental_book_L2: 'is_snapshot:b side:s price:d amount:d',
  derivative_ticker:
    'funding_timestamp:t funding_rate:d predicted_funding_rate:d open_interest:d last_price:d index_price:d mark_price:d',
  book_snapshot_5: levels(5),
  book_snapshot_25: levels(25),
  options_chain:
    'type:s strike_price:d expiration:t open_interest:d last_price:d bid_price:d bid_amount:d bid_iv:d ask_price:d ' +
    'ask_amount:d ask_iv:d mark_price:d mark_iv:d underlying_index:s underlying_price:d delta:d gamma:d vega:d theta:d rho:d',
}
const COMMON = 'exchange:s symbol:s timestamp:t local_timestamp:t'
const TYPES: Readonly<Record<string, ColumnType>> = {
  d: 'DOUBLE',
  t: 'TIMESTAMP WITH TIME ZONE',
  s: 'VARCHAR',
  b: 'BOOLEAN',
}

function levels(count: number): string {
  const level = (i: number) => `asks[${i}].price:d asks[${i}].amount:d bids[${i}].price:d bids[${i}].amount:d`
  return Array.from({ length: count }, (_, i) => level(i)).join(' ')
}

/** The columns that the vendor documents for a data type, by their names in the CSV's header, in its order. */
export function documentedColumns(dataType: string): Map<string, ColumnType> {
  const columns = `${COMMON} ${COLUMNS[dataType] ?? ''}`.trim().split(' ')
  return new Map(columns.map(column => [column.slice(0, -2), TYPES[column.at(-1)!]!]))
}

/** Reads text whose first line is a header. */
export function readText(text: string, dataType: string): Oracle {
  const [header, ...rows] = splitCsv(text)
  const types = documentedColumns(dataType)
  const columns = header!.map((cell, c): OracleColumn => {
    const type = types.get(cell!) ?? 'VARCHAR'
    return { header: cell!, name: parquetName(cell!), type, values: rows.map(row => cellValue(row[c]!, type)) }
  })
  return { rows: rows.length, columns }
}

/** As `functions/ticks/README.md` says it, one character after the other. */
function parquetName(header: string): string {
  const [, side, level, what] = /^(ask|bid)s\[(\d+)\]\.(price|amount)$/.exec(header) ?? []
  if (side) return `${side}_${what}_${Number(level) + 1}`
  const escaped = Array.from(header, character =>
    /[a-z0-9_]/.test(character) ? character : `_x${character.codePointAt(0)!.toString(16).padStart(4, '0')}_`,
  ).join('')
  const isTaken = /^(date|venue|data_type|vendor_.*)$/.test(escaped)
  return /^[a-z]/.test(escaped) && !isTaken ? escaped : `vendor_${escaped}`
}

function cellValue(cell: string | null, type: ColumnType): Value {
  if (cell === null || (cell === '' && type !== 'VARCHAR')) return null
  switch (type) {
    case 'VARCHAR':
      return cell
    case 'DOUBLE':
      return Number(cell)
    case 'BOOLEAN':
      return cell === 'true'
    default:
      return BigInt(cell)
  }
}

/** Rows of cells; null is a cell with nothing in it, not even quotes. */
function splitCsv(text: string): (string | null)[][] {
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text
  if (!text.includes('"')) return lines.split(/\r?\n/).map(line => line.split(',').map(cell => cell || null))
  const rows: (string | null)[][] = [[]]
  for (const [, quoted, bare, end] of lines.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? bare || null : quoted.replaceAll('""', '"'))
    if (end === '') break
    if (end !== ',') rows.push([])
  }
  return rows
}
