import type { PartKind } from './parts.ts'
import type { VenueDayReport } from './venue-days.ts'

const COUNTS = ['items', 'stored', 'empty', 'missing', 'forbidden', 'failed', 'pending'] as const
const TOTALS = ['rows', 'bytes'] as const
const PART_NAMES = { 'data-type': ['data_type'], symbol: ['data_type', 'symbol'] } as const

/**
 * What `status --csv` prints: a head, and a line per report. A count is empty where no manifest records it, and so is a
 * condition that is unknown. Reasons are `gap:2 out-of-order:1`, each with its number of items. Quoted by RFC 4180; lines
 * end with a line feed. Pure.
 */
export function* statusCsv(reports: Iterable<VenueDayReport>, by?: PartKind): Generator<string> {
  const names = by ? PART_NAMES[by] : []
  yield csvLine(['venue', ...names, 'date', 'status', ...COUNTS, ...TOTALS, 'condition', 'reasons'])
  for (const { venue, dataType, symbol, date, status, counts, totals, condition, reasons } of reports) {
    yield csvLine([
      ...[venue, dataType, symbol].slice(0, 1 + names.length),
      ...[date, status],
      ...COUNTS.map(name => counts?.[name]),
      ...TOTALS.map(name => totals?.[name]),
      ...[condition, reasons?.map(({ reason, items }) => `${reason}:${items}`).join(' ')],
    ])
  }
}

/** A line of CSV, quoted by RFC 4180, with its line feed. An undefined cell is empty. */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(cell => csvCell(String(cell ?? ''))).join(',')}\n`
}

/** A cell of CSV, quoted by RFC 4180 where it must be. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
