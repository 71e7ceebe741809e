import type { Config } from '../../runtime/config/config.ts'
import type { ProgressView } from '../progress/progress.ts'
import { bytes, count, counted, duration } from '../terminal/human.ts'
import { cells, type Looks, paint, printable } from '../terminal/style.ts'
import { renderTable } from '../terminal/table.ts'
import { ledgerOf, manifestsQuery, rowsQuery } from './queries.ts'
import { notComplete } from './reasons.ts'
import { allComplete, type VenueDayReport } from './venue-days.ts'

export interface Summary {
  readonly reports: readonly VenueDayReport[]
  readonly progress: ProgressView
  readonly interrupted: boolean
  readonly where: { readonly shown: string; readonly prefix: string; readonly isBucket: boolean }
  /** A data type that has rows, to show queries on. */
  readonly dataType: string | undefined
}

const MOST_DAYS = 30
const MOST_OPEN_DAYS = 20

/** The summary after a download, for people: what was asked and is there, what this run did, what is missing, how to query. Pure. */
export function renderSummary(summary: Summary, config: Pick<Config, 'tardisApiKey'>, looks: Looks): string {
  const { reports, interrupted, where, dataType } = summary
  const lines = [...daysTable(reports, looks), '', ranLine(summary), ...placeLines(where), '']
  if (interrupted) lines.push(paint('Stopped before the end; run the same again to go on.', 'yellow', looks), '')
  if (!allComplete(reports)) {
    lines.push(...notComplete(reports, MOST_OPEN_DAYS, config.tardisApiKey !== undefined, looks), '')
  }
  lines.push(...missingLines(reports, looks))
  if (dataType !== undefined) lines.push(...queryLines(where, dataType, looks))
  return `\n${lines.join('\n').trimEnd()}\n`
}

const HEAD = ['venue', 'date', 'status', 'stored', 'empty', 'missing', 'forbidden', 'failed', 'rows', 'size', 'time']
const STATUS = 2
/** Columns that tell of exceptions: only shown where there are any. */
const EXCEPTIONS: readonly number[] = ['empty', 'missing', 'forbidden', 'failed'].map(name => HEAD.indexOf(name))

function daysTable(reports: readonly VenueDayReport[], looks: Looks): string[] {
  const byDay = reports.length <= MOST_DAYS
  const days = reports.map(report => [report.venue, report.date, report.status, ...figures([report])])
  const venues = [...Map.groupBy(reports, ({ venue }) => venue)].map(venueRow)
  const total = reports.length > 1 ? [['total', '', completeOf(reports), ...figures(reports)]] : []
  const body = [...(byDay ? days : venues), ...total]
  const idle = new Set(EXCEPTIONS.filter(column => body.every(row => row[column] === '0')))
  const rows = [HEAD, ...body].map(row => row.filter((_, column) => !idle.has(column)))
  const [head, ...lines] = renderTable(rows, STATUS + 1)
  const widest = (column: number) => Math.max(...rows.map(row => cells(row[column]!)))
  const at = 2 + widest(0) + 2 + widest(1) + 2
  return [
    paint(head!, 'dim', looks),
    ...lines.map((line, index) => colourStatus(line, at, body[index]![STATUS]!, looks)),
  ]
}

function venueRow([venue, reports]: [string, VenueDayReport[]]): string[] {
  return [venue, `${reports[0]!.date} … ${reports.at(-1)!.date}`, completeOf(reports), ...figures(reports)]
}

function completeOf(reports: readonly VenueDayReport[]): string {
  const complete = reports.filter(({ status }) => status === 'complete').length
  return `${count(complete)} of ${count(reports.length)}`
}

function figures(reports: readonly VenueDayReport[]): string[] {
  const sums = { stored: 0, empty: 0, missing: 0, forbidden: 0, failed: 0, rows: 0, bytes: 0, seconds: 0 }
  for (const { counts, totals } of reports) {
    for (const name of ['stored', 'empty', 'missing', 'forbidden', 'failed'] as const) sums[name] += counts?.[name] ?? 0
    for (const name of ['rows', 'bytes', 'seconds'] as const) sums[name] += totals?.[name] ?? 0
  }
  const { stored, empty, missing, forbidden, failed, rows } = sums
  const counts = [stored, empty, missing, forbidden, failed, rows].map(count)
  return [...counts, bytes(sums.bytes), duration(sums.seconds * 1000)]
}

function colourStatus(line: string, at: number, status: string, looks: Looks): string {
  const style = status === 'complete' ? 'green' : status === 'pending' ? 'yellow' : 'red'
  if (!STATUSES.has(status) || line.slice(at, at + status.length) !== status) return line
  return line.slice(0, at) + paint(status, style, looks) + line.slice(at + status.length)
}

const STATUSES: ReadonlySet<string> = new Set(['complete', 'incomplete', 'pending', 'absent', 'unreadable'])

function ranLine({ progress, reports, interrupted }: Summary): string {
  const { byStatus, adopted, sourceBytes, textBytes, rows, elapsedMs } = progress
  const settled = (byStatus.stored ?? 0) + (byStatus.empty ?? 0)
  const taken = adopted > 0 ? `; ${counted(adopted, 'file')} found stored already` : ''
  const { venueDays } = progress
  if (venueDays && venueDays.alreadyComplete === venueDays.total && allComplete(reports))
    return 'This run: everything was complete already, nothing was downloaded.'
  if (sourceBytes === 0 && !interrupted) return `This run: nothing was downloaded${taken} (${duration(elapsedMs)}).`
  const what = `${counted(settled - adopted, 'file')}, ${bytes(sourceBytes)} of gzip holding ${bytes(textBytes)} of text`
  return `This run: downloaded ${what}, ${counted(rows, 'row')} in ${duration(elapsedMs)}${taken}.`
}

function placeLines({ shown, prefix }: Summary['where']): string[] {
  const base = shown.replace(/\/+$/, '')
  return [
    `Parquet:   ${base}/${prefix}/data_type=…/venue=…/date=…/SYMBOL.parquet`,
    `Manifests: ${base}/${ledgerOf(prefix)}/venue=…/date=…/manifest.json`,
  ]
}

const MOST_MISSING = 10

/** Complete or not: what the vendor does not have, a person wants to be told. */
function missingLines(reports: readonly VenueDayReport[], looks: Looks): string[] {
  const missing = reports.flatMap(({ venue, date, missing = [] }) =>
    missing.map(
      ({ dataType, symbol, error }) => `  ${venue} ${date} ${dataType} ${symbol}${error ? `: ${error}` : ''}`,
    ),
  )
  if (missing.length === 0) return []
  const more =
    missing.length > MOST_MISSING ? [`  and ${count(missing.length - MOST_MISSING)} more; --json tells all`] : []
  return [paint('Missing at the vendor:', 'bold', looks), ...missing.slice(0, MOST_MISSING).map(printable), ...more, '']
}

function queryLines(where: Summary['where'], dataType: string, looks: Looks): string[] {
  const hint = where.isBucket
    ? ' (needs a secret for the bucket: https://duckdb.org/docs/stable/guides/network_cloud_storage/gcs_import)'
    : ''
  return [
    `${paint('Query it with DuckDB', 'bold', looks)}${hint}:`,
    `  ${rowsQuery(where, dataType)}`,
    `  ${manifestsQuery(where)}`,
  ]
}
