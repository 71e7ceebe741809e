import { bytes, count } from '../terminal/human.ts'
import { cells, type Looks, paint, type Style } from '../terminal/style.ts'
import { renderTable } from '../terminal/table.ts'
import { endsOf } from './ends.ts'
import { hasNoData, type VenueDayReport } from './venue-days.ts'

const MAX_DAYS = 30
const HEAD = ['venue', 'date', 'status', 'stored', 'empty', 'missing', 'forbidden', 'failed', 'rows', 'size']
const STATUS = 2
/** Columns that are shown only if some count in them is not 0. */
const EXCEPTIONS: ReadonlySet<string> = new Set(['empty', 'missing', 'forbidden', 'failed'])
/** Columns that a narrow terminal leaves out, in this order. */
const DISPENSABLE = ['date', 'size', 'empty']

/**
 * One line per venue-day (per venue if there are many days) and a total. Leaves out columns to fit `width` cells. Pure.
 */
export function renderDays(reports: readonly VenueDayReport[], looks: Looks, width: number): string[] {
  const days = reports.map(report => [report.venue, report.date, statusOf(report), ...figures([report])])
  const venues = [...Map.groupBy(reports, ({ venue }) => venue)].map(venueRow)
  const total = reports.length > 1 ? [['total', '', completeOf(reports), ...figures(reports)]] : []
  const body = [...(reports.length <= MAX_DAYS ? days : venues), ...total]
  const shown = HEAD.filter((name, column) => !EXCEPTIONS.has(name) || body.some(row => row[column] !== '0'))
  const isOneDay = new Set(reports.map(({ date }) => date)).size === 1
  for (const name of DISPENSABLE) {
    if (widest(tableOf(shown, body)) <= width) break
    if (name !== 'date' || isOneDay) shown.splice(shown.indexOf(name), shown.includes(name) ? 1 : 0)
  }
  const [head, ...lines] = tableOf(shown, body)
  return [paint(head!, 'dim', looks), ...lines.map((line, at) => colourStatus(line, body[at]![STATUS]!, looks))]
}

function tableOf(shown: readonly string[], body: readonly (readonly string[])[]): string[] {
  const columns = shown.map(name => HEAD.indexOf(name))
  return renderTable(
    [HEAD, ...body].map(row => columns.map(column => row[column]!)),
    shown.indexOf('status') + 1,
  )
}

const widest = (lines: readonly string[]) => Math.max(...lines.map(cells))

function statusOf(report: VenueDayReport): string {
  return hasNoData(report) ? 'no data' : report.status
}

function venueRow([venue, reports]: [string, VenueDayReport[]]): string[] {
  const [first, last] = endsOf(reports)
  return [venue, `${first.date} … ${last.date}`, completeOf(reports), ...figures(reports)]
}

function completeOf(reports: readonly VenueDayReport[]): string {
  const complete = reports.filter(({ status }) => status === 'complete').length
  return `${count(complete)} of ${count(reports.length)}`
}

function figures(reports: readonly VenueDayReport[]): string[] {
  const sums = { stored: 0, empty: 0, missing: 0, forbidden: 0, failed: 0, rows: 0, bytes: 0 }
  for (const { counts, totals } of reports) {
    for (const name of ['stored', 'empty', 'missing', 'forbidden', 'failed'] as const) sums[name] += counts?.[name] ?? 0
    for (const name of ['rows', 'bytes'] as const) sums[name] += totals?.[name] ?? 0
  }
  const { stored, empty, missing, forbidden, failed, rows } = sums
  return [...[stored, empty, missing, forbidden, failed, rows].map(count), bytes(sums.bytes)]
}

const STYLES: Readonly<Record<string, Style>> = {
  complete: 'green',
  'no data': 'yellow',
  pending: 'yellow',
  incomplete: 'red',
  absent: 'red',
  unreadable: 'red',
}

/** Colours the status in a line. The two spaces before it and the one after it are found in no other place. */
function colourStatus(line: string, status: string, looks: Looks): string {
  const style = Object.hasOwn(STYLES, status) ? STYLES[status] : undefined
  return line.replace(`  ${status} `, `  ${paint(status, style, looks)} `)
}
