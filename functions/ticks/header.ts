import { columnName, vendorName } from './column-name.ts'
import { COMMON_COLUMNS, columnsNamed, standardColumns } from './columns.ts'
import { badUtf8, expected, hasLoneReturn, LINE_END } from './csv-errors.ts'
import { DamagedSourceError, MalformedDataError } from './errors.ts'
import { quoteBytes, quoteText } from './excerpt.ts'
import type { ColumnType } from './layout.ts'

/** Column names that an error lists; a book has a hundred. */
const MAX_LISTED = 10

/**
 * The columns of a file by its first line, which is a header, or a row where the file has no header.
 * @param bytes the line without its newline
 * @param utf8Bytes how many of them are UTF-8
 */
export function readFirstLine(
  dataType: string,
  bytes: Uint8Array,
  utf8Bytes: number,
): { readonly columns: readonly ColumnType[]; readonly isHeader: boolean } {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new DamagedSourceError(
      'line 1: found gzip within the gzip, expected CSV: the file was compressed once more on its way',
    )
  if (hasLoneReturn(bytes)) throw expected({ line: 1, column: '1' }, bytes, LINE_END)
  const line = Buffer.from(bytes).toString('utf8').replace(/\r$/, '')
  const columns = standardColumns(dataType)
  if (isHeader(line)) {
    if (utf8Bytes < bytes.length) throw badUtf8({ line: 1, column: columnAt(bytes, utf8Bytes) }, bytes, utf8Bytes)
    return { columns: columnsOfHeader(dataType, line), isHeader: true }
  }
  if (looksLikeRow(line, columns)) return { columns, isHeader: false }
  throw new MalformedDataError(
    `line 1: found ${quoteBytes(bytes)}, expected a header with ${COMMON_COLUMNS.join(', ')}, or a row of ${columns.length} columns`,
    { line: 1 },
  )
}

/**
 * The columns of a file with this header line (without its line end). They are taken by name, in the file's order;
 * one that the data type does not have is text.
 * @throws MalformedDataError if a name stands twice, a column has none, or one that the data type must have is missing
 */
export function columnsOfHeader(dataType: string, header: string): ColumnType[] {
  const cells = splitHeader(header)
  const names = new Set<string>()
  for (const cell of cells) {
    const name = columnName(cell)
    if (cell === '') throw badHeader(header, 'a column without a name', 'a name for each column', '')
    if (names.has(name)) throw badHeader(header, `column ${quoteText(cell)} twice`, 'each name once', name)
    names.add(name)
  }
  const missing = columnNames(standardColumns(dataType)).filter(name => !names.has(name))
  if (missing.length > 0)
    throw badHeader(header, `no ${list(missing.map(vendorName))}`, `the columns of ${dataType}`, missing[0]!)
  return columnsNamed(dataType, [...names])
}

/** Whether a file's first line names columns: one of those that every data type has. If not, it is a row already. */
export function isHeader(line: string): boolean {
  return splitHeader(line).some(cell => COMMON_COLUMNS.includes(cell))
}

function looksLikeRow(line: string, columns: readonly ColumnType[]): boolean {
  const cells = splitHeader(line)
  const isTime = (name: string) => /^\d+$/.test(cells[columnNames(columns).indexOf(name)] ?? '')
  return cells.length === columns.length && isTime('timestamp') && isTime('local_timestamp')
}

function columnNames(columns: readonly ColumnType[]): string[] {
  return columns.map(({ name }) => name)
}

function list(names: readonly string[]): string {
  const more = names.length - MAX_LISTED
  return more > 0 ? `${names.slice(0, MAX_LISTED).join(', ')} and ${more} more` : names.join(', ')
}

function badHeader(header: string, found: string, expected: string, column: string): MalformedDataError {
  return new MalformedDataError(
    `line 1: found ${found} in the header ${quoteText(header, 200)}, expected ${expected}`,
    {
      line: 1,
      column,
    },
  )
}

/** Cells without their quotes, and without blanks around them. */
function splitHeader(header: string): string[] {
  const cells = header.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? []
  if (!header.endsWith(',')) cells.pop()
  return cells.map(cell => {
    const bare = cell.replace(/,$/, '')
    const text = /^"(?:[^"]|"")*"$/.test(bare) ? bare.slice(1, -1).replaceAll('""', '"') : bare
    return text.replace(/^[ \t]+|[ \t]+$/g, '')
  })
}

/** The number of the header's column that a byte belongs to, counting from 1. */
function columnAt(header: Uint8Array, at: number): string {
  return `${header.subarray(0, at).filter(byte => byte === COMMA).length + 1}`
}

const COMMA = 0x2c
