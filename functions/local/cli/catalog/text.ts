import { csvLine } from '../../report/status-csv.ts'
import { count } from '../../terminal/human.ts'
import { type Looks, paint, printable, shorten } from '../../terminal/style.ts'
import { renderTable } from '../../terminal/table.ts'
import type { ListedSymbol, VenueSummary } from './listing.ts'

/** Rows with a name for each column. The last column is the one that a narrow terminal cuts. */
interface Columns {
  readonly names: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A symbol and its venue. */
export type VenueSymbol = ListedSymbol & { readonly venue: string }

const INDENT = '  '

export function venueColumns(venues: readonly VenueSummary[]): Columns {
  const names = ['venue', 'first day', 'last day', 'symbols', 'types', 'data types']
  const rows = venues.map(({ venue, since, until, symbols, types, dataTypes }) => [
    ...[venue, since, until ?? '', String(symbols), types.join(' '), dataTypes.join(' ')],
  ])
  return { names, rows }
}

export function symbolColumns(symbols: readonly VenueSymbol[]): Columns {
  const names = ['venue', 'symbol', 'type', 'first day', 'last day', 'data types']
  const rows = symbols.map(({ venue, symbol, type, since, until, dataTypes }) => [
    ...[venue, symbol, type, since, until ?? '', dataTypes.join(' ')],
  ])
  return { names, rows }
}

/** A table whose lines have at most `width` cells, if its first columns alone fit. Pure. */
export function renderColumns({ names, rows }: Columns, looks: Looks, width: number): string {
  const figures = names.indexOf('symbols')
  const shown = rows.map(row => row.map((cell, at) => (at === figures ? count(Number(cell)) : printable(cell) || '–')))
  const lines = renderTable([names, ...shown], names.length, INDENT).map(line => shorten(line, width, looks.unicode))
  return `${[paint(lines[0]!, 'dim', looks), ...lines.slice(1)].join('\n')}\n`
}

/** The same as CSV, with names of columns that SQL takes; an empty last day: still recorded. */
export function* csvOf({ names, rows }: Columns): Generator<string> {
  yield csvLine(names.map(name => name.replace(' ', '_')))
  for (const row of rows) yield csvLine(row)
}
