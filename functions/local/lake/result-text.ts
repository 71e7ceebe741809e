import type { Json } from '@duckdb/node-api'
import { csvCell } from '../report/status-csv.ts'
import { renderTable } from '../terminal/table.ts'
import type { QueryResult } from './duckdb.ts'

const MAX_CELL_CHARACTERS = 60

/** A result as a table for people, of at most `maxRows` rows. Reads no more of the result than it shows. */
export async function resultTable({ columns, chunks }: QueryResult, maxRows: number): Promise<string> {
  const rows: (readonly Json[])[] = []
  for await (const chunk of chunks) {
    rows.push(...chunk)
    if (rows.length > maxRows) break
  }
  const shown = rows.slice(0, maxRows).map(row => row.map(cell => cut(textOf(cell, '–'))))
  const texts = columns.findIndex(({ type }) => IS_NUMBER.test(type))
  const table = renderTable([columns.map(({ name }) => name), ...shown], texts === -1 ? columns.length : texts, '')
  const more = rows.length > maxRows ? [`… more rows: see --max-rows, --as and --out`] : []
  return [...table, ...more, ''].join('\n')
}

const IS_NUMBER = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/

/** A result as CSV after RFC 4180, a piece at a time. A null is an empty cell. */
export async function* resultCsv({ columns, chunks }: QueryResult): AsyncGenerator<string> {
  yield `${columns.map(({ name }) => quotedCell(name)).join(',')}\n`
  for await (const chunk of chunks) {
    yield chunk.map(row => `${row.map(cell => (cell === null ? '' : quotedCell(textOf(cell)))).join(',')}\n`).join('')
  }
}

/** A result as one JSON array of objects, a piece at a time. */
export async function* resultJson({ columns, chunks }: QueryResult): AsyncGenerator<string> {
  let before = '['
  for await (const chunk of chunks) {
    for (const row of chunk) {
      yield `${before}${JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])))}`
      before = ',\n'
    }
  }
  yield before === '[' ? '[]\n' : ']\n'
}

/** The empty text is quoted, so that it differs from a null. */
function quotedCell(text: string): string {
  return text === '' ? '""' : csvCell(text)
}

function textOf(cell: Json | undefined, ofNull = ''): string {
  if (cell === null || cell === undefined) return ofNull
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

function cut(text: string): string {
  return text.length > MAX_CELL_CHARACTERS ? `${text.slice(0, MAX_CELL_CHARACTERS - 1)}…` : text
}
