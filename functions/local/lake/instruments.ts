import { instrumentKey, type NamedInstrument, parseInstrumentName } from '../../market/instrument-name.ts'
import { INSTRUMENTS } from '../../market/names.ts'
import { isGrouped } from '../../market/symbols.ts'
import { sqlText } from '../report/queries.ts'
import type { StoredFile } from './stored-files.ts'

/** An instrument that has a file of its own. */
export interface InstrumentRow extends NamedInstrument {
  readonly venue: string
  readonly symbol: string
  readonly key: string | null
}

/** The instruments of a list of files, each once, in the order of the files. Grouped symbols are none. Pure. */
export function instrumentsOf(files: readonly StoredFile[]): InstrumentRow[] {
  const rows = new Map<string, InstrumentRow>()
  for (const { venue, symbol } of files) {
    const name = `${venue} ${symbol}`
    if (rows.has(name) || isGrouped(symbol)) continue
    const instrument = parseInstrumentName(venue, symbol)
    rows.set(name, { venue, symbol, key: instrumentKey(venue, instrument), ...instrument })
  }
  return [...rows.values()]
}

const COLUMNS = {
  venue: 'VARCHAR',
  symbol: 'VARCHAR',
  key: 'VARCHAR',
  type: 'VARCHAR',
  base: 'VARCHAR',
  quote: 'VARCHAR',
  expiry: 'DATE',
  strike: 'DOUBLE',
  side: 'VARCHAR',
} as const satisfies Record<keyof InstrumentRow, string>

/**
 * A view for DuckDB with what the instruments' names say of them; what a name does not say for sure is null. Empty where
 * the files have the data type `instruments`, which is the view then.
 */
export function instrumentsView(files: readonly StoredFile[]): string {
  if (files.some(({ dataType }) => dataType === INSTRUMENTS)) return ''
  const names = Object.keys(COLUMNS) as (keyof InstrumentRow)[]
  const rows = instrumentsOf(files).map(row => `  (${names.map(name => literal(row[name])).join(', ')}),`)
  if (rows.length === 0) return ''
  const columns = Object.entries(COLUMNS).map(([name, type]) => `"${name}"::${type} AS "${name}"`)
  return `CREATE OR REPLACE VIEW instruments AS SELECT ${columns.join(', ')} FROM (VALUES
${rows.join('\n').slice(0, -1)}
) AS named(${names.map(name => `"${name}"`).join(', ')});
`
}

function literal(value: string | number | null): string {
  return value === null ? 'NULL' : typeof value === 'number' ? String(value) : sqlText(value)
}
