import { count, counted } from '../terminal/human.ts'
import { type Looks, paint, printable } from '../terminal/style.ts'
import { isDegraded, titleOf, type VenueDayReport } from './venue-days.ts'

const MAX_DAYS = 100

/** The reports that are degraded, each with its reasons: lines for a terminal or a file. Pure. */
export function qualityLines(reports: readonly VenueDayReport[], looks: Looks): string[] {
  const degraded = reports.filter(isDegraded)
  const unknown = reports.filter(({ condition, counts }) => counts !== undefined && condition === undefined).length
  const notJudged = unknown > 0 ? [`Quality is unknown of ${count(unknown)}: an older release recorded them.`] : []
  if (degraded.length === 0) return ['None is recorded as degraded.', ...notJudged]
  const more = degraded.length - MAX_DAYS
  return [
    paint('Degraded:', 'bold', looks),
    ...degraded.slice(0, MAX_DAYS).map(report => `  ${printable(lineOf(report))}`),
    ...(more > 0 ? [`  and ${count(more)} more (--json lists all)`] : []),
    ...notJudged,
  ]
}

function lineOf(report: VenueDayReport): string {
  const reasons = (report.reasons ?? []).map(({ reason, items }) => `${reason} (${counted(items, 'item')})`)
  return `${titleOf(report)} ${report.date}  ${reasons.join(', ')}`
}
