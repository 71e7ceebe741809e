import { addDays } from '../../market/days.ts'
import { counted } from '../terminal/human.ts'
import { type Looks, paint, printable } from '../terminal/style.ts'
import type { Problem, VenueDayReport } from './venue-days.ts'

/** Why a venue-day is not complete, in a few lines, and what a person can do about it. */
export interface Reasons {
  /** In one phrase: `2 of 40 items forbidden, 1 failed`. */
  readonly short: string
  /** Single items, at most `most` of them, the last line saying how many more. */
  readonly items: readonly string[]
}

export function reasonsOf(report: VenueDayReport, most: number): Reasons {
  return { short: shortReason(report), items: itemLines(report.problems, most) }
}

function shortReason({ status, counts, problems, error }: VenueDayReport): string {
  if (status === 'complete') return 'complete'
  if (status === 'absent') return error ?? 'no manifest'
  if (status === 'unreadable') return error ?? 'the manifest cannot be read'
  if (status === 'pending') return 'the vendor has not exported the day yet'
  const kinds = (['forbidden', 'failed', 'pending'] as const).flatMap(kind => {
    const found = problems.filter(problem => problem.status === kind).length
    return found > 0 ? [`${found} ${kind === 'pending' ? 'not done yet' : kind}`] : []
  })
  const what = kinds.length > 0 ? `${kinds.join(', ')} of ${counted(counts?.items ?? problems.length, 'item')}` : ''
  return [what, error].filter(Boolean).join('; ') || 'incomplete'
}

/** Failures first: they say something; items merely not done yet are all alike. */
function itemLines(problems: readonly Problem[], most: number): string[] {
  const told = problems.filter(({ status }) => status !== 'pending')
  const lines = told.slice(0, most).map(({ dataType, symbol, status, error }) => {
    return `${dataType} ${symbol}: ${status}${error ? `: ${error}` : ''}`
  })
  if (told.length > most) lines.push(`and ${counted(told.length - most, 'more item')}`)
  return lines
}

/** What to do about whatever is not complete: one line per kind of trouble there is, in order of use. */
export function advice(reports: readonly VenueDayReport[], hasKey: boolean): string[] {
  const lines: string[] = []
  const problems = reports.flatMap(report => report.problems)
  if (problems.some(({ status }) => status === 'forbidden')) {
    lines.push(
      hasKey
        ? 'forbidden: TARDIS_API_KEY is not valid for these; check the key, its venues, data types and dates at https://tardis.dev'
        : 'forbidden: set TARDIS_API_KEY (environment or .env); without a key only the first day of each month is free',
    )
  }
  if (reports.some(({ status }) => status === 'pending')) {
    lines.push(
      'pending: run the download again after the vendor has exported the day, around 06:00 UTC of the next one',
    )
  }
  if (problems.some(({ status, retryable }) => status === 'failed' && retryable !== false)) {
    lines.push('failed: run the download again; what is stored already is not downloaded again')
  }
  if (problems.some(({ status, retryable }) => status === 'failed' && retryable === false)) {
    lines.push('failed for good: the source itself is malformed (see the error); try --force later, or tell the vendor')
  }
  if (problems.some(({ status }) => status === 'pending')) {
    lines.push('not done yet: run the download again to go on where it stopped')
  }
  if (reports.some(({ status }) => status === 'absent')) {
    lines.push('absent: nobody has asked for these days, or the work on them has not begun; download them (again)')
  }
  if (reports.some(({ status }) => status === 'unreadable')) {
    lines.push('unreadable: look at the manifest named above; it was written by another version, or is damaged')
  }
  return lines
}

/** The venue-days that are not complete, each with why, and what to do: lines for a terminal or a file. Pure. */
export function notComplete(
  reports: readonly VenueDayReport[],
  mostDays: number,
  hasKey: boolean,
  looks: Looks,
): string[] {
  const open = reports.filter(({ status }) => status !== 'complete')
  const runs = joinAlike(open)
  const lines = [paint('Not complete:', 'bold', looks)]
  for (const { first, lastDate, reasons } of runs.slice(0, mostDays)) {
    const days = lastDate === first.date ? first.date : `${first.date} … ${lastDate}`
    const status = paint(first.status, first.status === 'pending' ? 'yellow' : 'red', looks)
    lines.push(`  ${first.venue} ${days}  ${status}: ${printable(reasons.short)}`)
    lines.push(...reasons.items.map(item => `      ${printable(item)}`))
  }
  if (runs.length > mostDays) lines.push(`  and ${counted(runs.length - mostDays, 'more')}; --json tells all`)
  return [...lines, '', paint('What to do:', 'bold', looks), ...advice(open, hasKey).map(line => `  ${line}`)]
}

const MOST_ITEMS = 5

interface Run {
  readonly first: VenueDayReport
  readonly reasons: Reasons
  lastDate: string
}

/** Days in a row that say the same become one line. */
function joinAlike(reports: readonly VenueDayReport[]): Run[] {
  const runs: Run[] = []
  for (const report of reports) {
    const reasons = reasonsOf(report, MOST_ITEMS)
    const last = runs.at(-1)
    const alike = last && last.first.venue === report.venue && last.first.status === report.status
    if (alike && addDays(last.lastDate, 1) === report.date && sameReasons(last.reasons, reasons))
      last.lastDate = report.date
    else runs.push({ first: report, reasons, lastDate: report.date })
  }
  return runs
}

function sameReasons(a: Reasons, b: Reasons): boolean {
  return a.short === b.short && a.items.join('\n') === b.items.join('\n')
}
