import { addDays } from '../../market/days.ts'
import { compareText } from '../../market/items.ts'
import { count, counted } from '../terminal/human.ts'
import { type Looks, paint, printable, type Style } from '../terminal/style.ts'
import { endsOf } from './ends.ts'
import { scopeLines } from './scope-text.ts'
import { hasNoData, isDegraded, titleOf, type VenueDayReport } from './venue-days.ts'

interface Mark {
  readonly letter: string
  readonly style: Style
  readonly means: string
}

/** The letters distinguish the days without colour. */
const MARKS: Readonly<Record<VenueDayReport['status'] | 'no data' | 'degraded', Mark>> = {
  complete: { letter: 'C', style: 'green', means: 'complete' },
  degraded: { letter: 'D', style: 'yellow', means: 'complete, but degraded (--quality says why)' },
  'no data': { letter: 'N', style: 'yellow', means: 'complete, but Tardis has no data' },
  incomplete: { letter: 'I', style: 'red', means: 'incomplete' },
  pending: { letter: 'P', style: 'yellow', means: 'not exported by Tardis yet' },
  absent: { letter: '-', style: 'magenta', means: 'no manifest' },
  unreadable: { letter: '?', style: 'red', means: 'manifest unreadable' },
}

function markOf(report: VenueDayReport): Mark {
  if (hasNoData(report)) return MARKS['no data']
  return MARKS[report.status === 'complete' && isDegraded(report) ? 'degraded' : report.status]
}

const RULER = '1   5    10   15   20   25   30'
const MAX_SCOPES = 3

/**
 * A calendar per venue (or part of it), a line per month and a letter per day, with a legend. Months in a row whose days all have one
 * letter become one line. Reports in any order; pure.
 */
export function renderGrid(reports: readonly VenueDayReport[], looks: Looks): string[] {
  const venues = [...Map.groupBy(reports, titleOf)].sort(([a], [b]) => compareText(a, b))
  const lines = venues.flatMap(([title, days]) => [...calendarLines(title, days, looks), ''])
  return [...lines, legend(reports, looks)]
}

function calendarLines(title: string, days: readonly VenueDayReport[], looks: Looks): string[] {
  const complete = days.filter(({ status }) => status === 'complete').length
  const noData = days.filter(hasNoData).length
  const share = `${count(complete)} of ${counted(days.length, 'day')} complete${noData > 0 ? `, ${count(noData)} without data` : ''}`
  const months = [...Map.groupBy(days, ({ date }) => date.slice(0, 7))].sort(([a], [b]) => compareText(a, b))
  return [
    `${paint(printable(title), 'bold', looks)}  ${paint(share, complete === days.length && noData === 0 ? 'green' : 'yellow', looks)}`,
    ...scopeLines(days, MAX_SCOPES).map(line => paint(`  ${printable(line)}`, 'dim', looks)),
    paint(`           ${RULER}`, 'dim', looks),
    ...joinAlike(months.map(([month, ofMonth]) => monthOf(month, ofMonth))).map(run => runLine(run, looks)),
  ]
}

interface Month {
  readonly month: string
  /** The mark of every day, if the month is whole and all its days have the same. */
  readonly alike: Mark | undefined
  readonly days: readonly VenueDayReport[]
}

function monthOf(month: string, days: readonly VenueDayReport[]): Month {
  const marks = new Set(days.map(markOf))
  const isWhole = days.length === daysIn(month)
  return { month, days, alike: isWhole && marks.size === 1 ? [...marks][0] : undefined }
}

function daysIn(month: string): number {
  return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()
}

/** Fewer months stay lines of their own. */
const MIN_JOINED = 3

/** Joins months that follow each other and have the same mark. Every other month is a run of its own. */
function joinAlike(months: readonly Month[]): Month[][] {
  const runs: Month[][] = []
  for (const month of months) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const follows = last && last.alike !== undefined && last.alike === month.alike && isNext(last, month)
    if (run && follows) run.push(month)
    else runs.push([month])
  }
  return runs.flatMap(run => (run.length >= MIN_JOINED ? [run] : run.map(month => [month])))
}

function isNext({ days }: Month, next: Month): boolean {
  const last = days
    .map(({ date }) => date)
    .sort(compareText)
    .at(-1)!
  return addDays(last, 1) === `${next.month}-01`
}

function runLine(run: readonly Month[], looks: Looks): string {
  const [first, last] = endsOf(run)
  if (run.length === 1) return `  ${first.month}  ${monthCells(first.days, looks)}`
  const { letter, style } = first.alike!
  const days = run.reduce((sum, { days }) => sum + days.length, 0)
  return `  ${first.month} … ${last.month}  ${paint(letter, style, looks)} on all ${count(days)} days`
}

/** Days outside the requested range stay blank, and those on which a part is not recorded. */
function monthCells(days: readonly VenueDayReport[], looks: Looks): string {
  const byDay = new Map(days.map(day => [Number(day.date.slice(8)), markOf(day)]))
  const last = Math.max(...byDay.keys())
  let line = ''
  for (let at = 1; at <= last; at += 1) {
    const mark = byDay.get(at)
    line += mark ? paint(mark.letter, mark.style, looks) : ' '
  }
  return line
}

function legend(reports: readonly VenueDayReport[], looks: Looks): string {
  const present = new Set(reports.map(markOf))
  return Object.values(MARKS)
    .filter(mark => present.has(mark))
    .map(({ letter, style, means }) => `${paint(letter, style, looks)} ${means}`)
    .join('   ')
}
