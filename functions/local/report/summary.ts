import type { VenueDay } from '../../market/items.ts'
import type { ProgressView } from '../progress/progress.ts'
import { bytes, count, counted, duration } from '../terminal/human.ts'
import { type Looks, paint, printable, wrapText } from '../terminal/style.ts'
import { blockText } from './block-text.ts'
import { renderDays } from './days-table.ts'
import { degradedLines } from './degraded.ts'
import { endsOf } from './ends.ts'
import type { DownloadEnd } from './json.ts'
import { ledgerOf, manifestsQuery, rowsQuery } from './queries.ts'
import { notComplete } from './reasons.ts'
import { scopeLines } from './scope-text.ts'
import { allComplete, hasNoData, type Problem, type VenueDayReport } from './venue-days.ts'

export interface Summary {
  readonly reports: readonly VenueDayReport[]
  readonly progress: ProgressView
  readonly interrupted: boolean
  readonly where: { readonly shown: string; readonly prefix: string; readonly isBucket: boolean }
  /** A data type that has rows, to show queries on. */
  readonly dataType: string | undefined
  readonly failedVenues: DownloadEnd['failedVenues']
  readonly unknownSymbols: DownloadEnd['unknownSymbols']
  readonly notes: readonly string[]
  readonly block?: DownloadEnd['block']
}

/** How the summary is shown. */
export interface SummaryLooks extends Looks {
  readonly width: number
}

const MAX_OPEN_DAYS = 20
const MAX_SCOPES = 3

/**
 * The summary of a download, for people: what is recorded, what this run did, what is missing, and how to query. All
 * figures are of what is in the bucket. Pure.
 */
export function renderSummary(summary: Summary, hasKey: boolean, looks: SummaryLooks): string {
  const { reports, interrupted, where, dataType, notes, block } = summary
  const lines = [...renderDays(reports, looks, looks.width), '']
  const prose = [...scopeLines(reports, MAX_SCOPES).map(line => `Data: ${line}`), ...notes, ...ranLines(summary)]
  lines.push(...prose.flatMap(line => wrapText(printable(line), looks.width)), ...placeLines(where), '')
  if (interrupted) lines.push(paint('Interrupted. Run the same command to resume.', 'yellow', looks), '')
  if (allComplete(reports) && reports.every(hasNoData)) {
    lines.push(paint('Tardis has no data for this request.', 'yellow', looks), '')
  }
  if (block)
    lines.push(
      ...wrapText(printable(`${blockText(block)}.`), looks.width).map(line => paint(line, 'yellow', looks)),
      '',
    )
  const failures = failureLines(summary).map(line => `  ${printable(line)}`)
  if (failures.length > 0) lines.push(paint(NOT_DOWNLOADED, 'bold', looks), ...failures, '')
  const open = openDays(summary)
  if (open.length > 0) lines.push(...notComplete(open, MAX_OPEN_DAYS, hasKey, looks), '')
  lines.push(...degradedLines(reports, where, looks, looks.width), ...missingLines(reports, looks))
  if (dataType !== undefined) lines.push(...queryLines(where, dataType, looks))
  return `\n${lines.join('\n').trimEnd()}\n`
}

const NOT_DOWNLOADED = 'Not downloaded; run download again when this is mended:'

/** The venue-days to explain: days without a manifest of a venue that failed as a whole are explained with the venue. */
function openDays({ reports, failedVenues }: Summary): VenueDayReport[] {
  const failed = new Set(failedVenues.map(({ venue }) => venue))
  return reports.filter(({ status, venue }) => status !== 'complete' && !(status === 'absent' && failed.has(venue)))
}

/** What could not be requested at all: venues that failed, and symbols that no venue has. One line each. */
export function failureLines({ failedVenues, unknownSymbols }: Pick<DownloadEnd, 'failedVenues' | 'unknownSymbols'>) {
  const hint = (names: readonly string[]) => (names.length > 0 ? ` (did you mean ${names.join(' or ')}?)` : '')
  return [
    ...failedVenues.map(({ venue, error }) => `${venue}: ${error}`),
    ...unknownSymbols.map(({ symbol, nearest }) => `${symbol}: none of the venues has this symbol${hint(nearest)}`),
  ]
}

function ranLines({ progress, reports }: Summary): string[] {
  const { stored, sourceBytes, elapsedMs, venueDays } = progress
  if (venueDays && venueDays.alreadyComplete === venueDays.total && allComplete(reports))
    return ['Everything was complete already: nothing downloaded.']
  const already =
    reports.reduce((sum, { counts }) => sum + (counts ? counts.stored + counts.empty : 0), 0) - stored.files
  const taken = already > 0 ? `; ${counted(already, 'file')} stored already` : ''
  const repeatedBytes = sourceBytes - stored.sourceBytes
  const repeated =
    repeatedBytes > 0 ? [`Not kept: ${bytes(repeatedBytes)} of damaged, failed or interrupted transfers.`] : []
  if (stored.files === 0) return [`Nothing downloaded (${duration(elapsedMs)})${taken}.`, ...repeated]
  const size = `${bytes(stored.sourceBytes)} compressed (${bytes(stored.textBytes)} CSV), ${counted(stored.rows, 'row')}`
  return [`Downloaded ${counted(stored.files, 'file')} in ${duration(elapsedMs)}: ${size}${taken}.`, ...repeated]
}

function placeLines({ shown, prefix }: Summary['where']): string[] {
  const base = shown.replace(/\/+$/, '')
  return [
    `Parquet:   ${base}/${prefix}/data_type=…/venue=…/date=…/SYMBOL.parquet`,
    `Manifests: ${base}/${ledgerOf(prefix)}/venue=…/date=…/manifest.json`,
  ]
}

const MAX_MISSING = 10
const MAX_NAMES = 3

/** What Tardis does not have, also of complete venue-days: one line per venue and reason. */
function missingLines(reports: readonly VenueDayReport[], looks: Looks): string[] {
  const missing = reports.flatMap(({ venue, date, missing = [] }) => missing.map(item => ({ venue, date, ...item })))
  if (missing.length === 0) return []
  const groups = [...Map.groupBy(missing, ({ venue, error }) => `${venue} ${error}`).values()]
  const more = groups.length - MAX_MISSING
  return [
    paint('Not at Tardis:', 'bold', looks),
    ...groups.slice(0, MAX_MISSING).map(group => printable(`  ${missingLine(group)}`)),
    ...(more > 0 ? [`  and ${count(more)} more (--json lists all)`] : []),
    '',
  ]
}

function missingLine(group: readonly (Problem & VenueDay)[]): string {
  const [first, last] = endsOf(group)
  const why = first.error ? `: ${first.error}` : ''
  if (group.length === 1) return `${first.venue} ${first.date} ${first.dataType} ${first.symbol}${why}`
  const days = first.date === last.date ? first.date : `${first.date} … ${last.date}`
  const names = [...new Set(group.map(({ dataType, symbol }) => `${dataType} ${symbol}`))]
  const shown = `${names.slice(0, MAX_NAMES).join(', ')}${names.length > MAX_NAMES ? ', …' : ''}`
  return `${first.venue} ${days} ${counted(group.length, 'file')}${why} (${shown})`
}

function queryLines(where: Summary['where'], dataType: string, looks: Looks): string[] {
  const hint = where.isBucket
    ? ' (needs a secret for the bucket: https://duckdb.org/docs/stable/guides/network_cloud_storage/gcs_import)'
    : ''
  return [
    `${paint('Query with DuckDB', 'bold', looks)}${hint}:`,
    `  ${rowsQuery(where, dataType)}`,
    `  ${manifestsQuery(where)}`,
  ]
}
