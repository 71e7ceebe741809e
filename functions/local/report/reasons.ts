import { addDays } from '../../market/days.ts'
import { count, counted } from '../terminal/human.ts'
import { type Looks, paint, printable } from '../terminal/style.ts'
import { advice } from './advice.ts'
import { type Problem, titleOf, type VenueDayReport } from './venue-days.ts'

/** Why a venue-day is not complete, in a few lines. */
export interface Reasons {
  /** In one phrase: `6 of 10 items not downloaded yet`. */
  readonly short: string
  /** Single items, at most `most` lines, the last one saying how many more. */
  readonly items: readonly string[]
}

export function reasonsOf(report: VenueDayReport, most: number): Reasons {
  return { short: shortReason(report), items: itemLines(report.problems, most) }
}

function shortReason({ status, counts, problems, error }: VenueDayReport): string {
  if (status === 'complete') return 'complete'
  if (status === 'absent') return error ?? 'no manifest'
  if (status === 'unreadable') return error ?? 'the manifest cannot be read'
  if (status === 'pending') return 'Tardis has not exported the day yet'
  return [kindsText(problems, counts?.items), error].filter(Boolean).join('; ') || 'incomplete'
}

const KINDS: readonly (readonly [Problem['status'], string])[] = [
  ['forbidden', 'forbidden'],
  ['failed', 'failed'],
  ['gone', 'gone from the bucket'],
  ['changed', 'changed in the bucket'],
  ['pending', 'not downloaded yet'],
]

/** `2 of 40 items forbidden, 1 failed`. */
function kindsText(problems: readonly Problem[], items = problems.length): string {
  const kinds = KINDS.flatMap(([kind, words]) => {
    const found = problems.filter(({ status }) => status === kind).length
    return found > 0 ? [{ found, words }] : []
  })
  const [first, ...others] = kinds
  if (!first) return ''
  const more = others.map(({ found, words }) => `, ${count(found)} ${words}`).join('')
  return `${count(first.found)} of ${counted(items, 'item')} ${first.words}${more}`
}

const MAX_NAMES = 3

/** One line per reason, which names the first items. Items that are not downloaded yet have no line. */
function itemLines(problems: readonly Problem[], most: number): string[] {
  const toName = problems.filter(({ status }) => status !== 'pending')
  const groups = [...Map.groupBy(toName, ({ status, error = '' }) => `${status} ${withoutAddress(error)}`).values()]
  const lines = groups.slice(0, most).map(groupLine)
  if (groups.length > most) lines.push(`and ${count(groups.length - most)} more (--json lists all)`)
  return lines
}

function groupLine(group: readonly Problem[]): string {
  const [{ dataType, symbol, status, error }] = group as [Problem]
  if (group.length === 1) return `${dataType} ${symbol}: ${status}${error ? `: ${error}` : ''}`
  const names = group.slice(0, MAX_NAMES).map(item => `${item.dataType} ${item.symbol}`)
  const all = `${names.join(', ')}${group.length > MAX_NAMES ? ', …' : ''}`
  return `${counted(group.length, 'item')} ${status}${error ? `: ${withoutAddress(error)}` : ''} (${all})`
}

/** An error without the addresses of requests, so that equal responses give equal texts. */
export function withoutAddress(error: string): string {
  return error
    .replace(/GET \S+? (with(?:out)? an API key): answered (\d+)/g, 'Tardis answered $2 $1')
    .replace(/GET \S+?: answered (\d+)/g, 'Tardis answered $1')
    .replace(/GET \S+/g, 'GET …')
}

/** The venue-days that are not complete, each with why, and what to do: lines for a terminal or a file. Pure. */
export function notComplete(
  reports: readonly VenueDayReport[],
  maxDays: number,
  hasKey: boolean,
  looks: Looks,
): string[] {
  const open = reports.filter(({ status }) => status !== 'complete')
  const runs = joinAlike(open)
  const lines = [paint('Not complete:', 'bold', looks)]
  for (const { first, lastDate, reasons } of runs.slice(0, maxDays)) {
    const days = lastDate === first.date ? first.date : `${first.date} … ${lastDate}`
    const status = paint(first.status, first.status === 'pending' ? 'yellow' : 'red', looks)
    lines.push(`  ${printable(titleOf(first))} ${days}  ${status}: ${printable(reasons.short)}`)
    lines.push(...reasons.items.map(item => `      ${printable(item)}`))
  }
  if (runs.length > maxDays) lines.push(`  and ${count(runs.length - maxDays)} more (--json lists all)`)
  return [...lines, '', paint('What to do:', 'bold', looks), ...advice(open, hasKey).map(line => `  ${line}`)]
}

const MAX_ITEMS = 5

interface Run {
  readonly first: VenueDayReport
  readonly reasons: Reasons
  lastDate: string
}

/** Days in a row that say the same become one line. */
function joinAlike(reports: readonly VenueDayReport[]): Run[] {
  const runs: Run[] = []
  for (const report of reports) {
    const reasons = reasonsOf(report, MAX_ITEMS)
    const last = runs.at(-1)
    const alike = last && titleOf(last.first) === titleOf(report) && last.first.status === report.status
    if (alike && addDays(last.lastDate, 1) === report.date && sameReasons(last.reasons, reasons))
      last.lastDate = report.date
    else runs.push({ first: report, reasons, lastDate: report.date })
  }
  return runs
}

function sameReasons(a: Reasons, b: Reasons): boolean {
  return a.short === b.short && a.items.join('\n') === b.items.join('\n')
}
