import { isKnownDataType, type KnownDataType } from '../../market/names.ts'

/** SQL for DuckDB over what is stored, as a whole command line to paste into a shell. */

export interface Stored {
  /** The folder as the person named it, or `gs://NAME`. */
  readonly shown: string
  readonly prefix: string
}

/** Rows, times and, where the type has one, prices of each symbol: of one data type, over all venues and days. */
export function rowsQuery(stored: Stored, dataType: string): string {
  const files = sqlText(`${base(stored)}/${stored.prefix}/data_type=${dataType}/**/*.parquet`)
  const price = isKnownDataType(dataType) ? PRICE_COLUMN[dataType] : undefined
  const prices = price ? `, min(${price}) AS low, max(${price}) AS high` : ''
  const select = 'venue, date, symbol, count(*) AS rows, min(local_timestamp) AS first, max(local_timestamp) AS last'
  return command(
    `SELECT ${select}${prices} FROM read_parquet(${files}, hive_partitioning=true) GROUP BY ALL ORDER BY rows DESC LIMIT 10`,
  )
}

/** What each manifest says of its venue-day. */
export function manifestsQuery(stored: Stored): string {
  const files = sqlText(`${base(stored)}/${ledgerOf(stored.prefix)}/venue=*/date=*/manifest.json`)
  // The names hold venue and date too: as hive columns they would clash with the manifest's own. DuckDB refuses larger
  // documents than 33.5 MB (63,000 items) by default; it reserves twice the size for each thread.
  const read = `read_json(${files}, hive_partitioning=false, union_by_name=true, maximum_object_size=100000000)`
  return command(
    `SELECT venue, date, status, counts.items AS items, totals.rows AS rows, totals.bytes AS bytes FROM ${read} ORDER BY ALL`,
  )
}

const PRICE_COLUMN: Readonly<Record<KnownDataType, string>> = {
  trades: 'price',
  liquidations: 'price',
  incremental_book_L2: 'price',
  derivative_ticker: 'last_price',
  quotes: 'ask_price',
  book_ticker: 'ask_price',
  book_snapshot_5: 'ask_price_1',
  book_snapshot_25: 'ask_price_1',
  options_chain: 'mark_price',
}

function base({ shown }: Stored): string {
  return shown.replace(/\/+$/, '')
}

/** The ledger stands beside the prefix. */
export function ledgerOf(prefix: string): string {
  return [...prefix.split('/').slice(0, -1), '_ledger'].join('/')
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Within double quotes a POSIX shell still looks at these: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_03 */
function command(sql: string): string {
  return `duckdb -c "${sql.replace(/[\\$`"]/g, '\\$&')}"`
}
