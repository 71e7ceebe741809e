import { counted } from '../terminal/human.ts'
import { type Looks, paint, printable, type Style } from '../terminal/style.ts'
import type { VenueDayReport } from './venue-days.ts'

interface Mark {
  readonly letter: string
  readonly style: Style
  readonly means: string
}

/** Letters tell the days apart where there is no colour. */
const MARKS: Readonly<Record<VenueDayReport['status'], Mark>> = {
  complete: { letter: 'C', style: 'green', means: 'complete' },
  incomplete: { letter: 'I', style: 'red', means: 'incomplete' },
  pending: { letter: 'P', style: 'yellow', means: 'not exported by the vendor yet' },
  absent: { letter: '-', style: 'magenta', means: 'no manifest' },
  unreadable: { letter: '?', style: 'red', means: 'manifest unreadable' },
}

const RULER = '1   5    10   15   20   25   30'

/** A calendar per venue, a line per month and a letter per day, with a legend. Reports in any order; pure. */
export function renderGrid(reports: readonly VenueDayReport[], looks: Looks): string[] {
  const venues = [...Map.groupBy(reports, ({ venue }) => venue)].sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = venues.flatMap(([venue, days]) => [...venueLines(venue, days, looks), ''])
  return [...lines, legend(reports, looks)]
}

function venueLines(venue: string, days: readonly VenueDayReport[], looks: Looks): string[] {
  const complete = days.filter(({ status }) => status === 'complete').length
  const share = `${complete} of ${counted(days.length, 'day')} complete`
  const months = [...Map.groupBy(days, ({ date }) => date.slice(0, 7))].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    `${paint(printable(venue), 'bold', looks)}  ${paint(share, complete === days.length ? 'green' : 'yellow', looks)}`,
    paint(`           ${RULER}`, 'dim', looks),
    ...months.map(([month, ofMonth]) => `  ${month}  ${monthCells(ofMonth, looks)}`),
  ]
}

/** Days that were not asked about stay blank. */
function monthCells(days: readonly VenueDayReport[], looks: Looks): string {
  const byDay = new Map(days.map(day => [Number(day.date.slice(8)), MARKS[day.status]]))
  const last = Math.max(...byDay.keys())
  let line = ''
  for (let at = 1; at <= last; at += 1) {
    const mark = byDay.get(at)
    line += mark ? paint(mark.letter, mark.style, looks) : ' '
  }
  return line
}

function legend(reports: readonly VenueDayReport[], looks: Looks): string {
  const present = new Set(reports.map(({ status }) => status))
  return Object.entries(MARKS)
    .filter(([status]) => present.has(status as VenueDayReport['status']))
    .map(([, { letter, style, means }]) => `${paint(letter, style, looks)} ${means}`)
    .join('   ')
}
