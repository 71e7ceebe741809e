import type { ReportData, Series, VenueRow } from '../model.ts'
import { conditions } from './conditions.ts'

/** What is shown now. Numbers point into the data; undefined: all. */
export interface View {
  venue: number | undefined
  dataType: number | undefined
  /** Days `from` to `to`, the last one excluded. */
  from: number
  to: number
  measure: 'condition' | 'complete' | 'bytes' | 'rows'
  rowsBy: 'venue' | 'dataType'
}

/** One line of the calendar. */
export interface CalendarRow {
  readonly label: string
  readonly venue: number | undefined
  readonly series: readonly Series[]
  /** Set where the row is a whole venue: what its manifests say, also of days without items. */
  readonly whole: VenueRow | undefined
}

/** A venue or data type over some days. */
export interface Cell {
  /** One of CONDITION_LETTERS: the worst of all. */
  readonly letter: string
  readonly items: number
  readonly open: number
  readonly rows: number
  readonly bytes: number
}

/** The series that the filters let through. */
export function chosenSeries(data: ReportData, view: View): Series[] {
  return data.series.filter(
    ({ venue, dataType }) =>
      (view.venue === undefined || venue === view.venue) && (view.dataType === undefined || dataType === view.dataType),
  )
}

export function calendarRows(data: ReportData, view: View): CalendarRow[] {
  const series = chosenSeries(data, view)
  if (view.rowsBy === 'dataType')
    return data.dataTypes.flatMap((label, at) => {
      const ofType = series.filter(({ dataType }) => dataType === at)
      return ofType.length > 0 ? [{ label, venue: view.venue, series: ofType, whole: undefined }] : []
    })
  return data.venues.flatMap((row, at) => {
    const isShown = view.venue === undefined || view.venue === at
    const ofVenue = series.filter(({ venue }) => venue === at)
    const whole = view.dataType === undefined ? row : undefined
    return isShown && (whole || ofVenue.length > 0) ? [{ label: row.venue, venue: at, series: ofVenue, whole }] : []
  })
}

/** Of several days or series the worst is shown. */
export function worstLetter(letters: string): string {
  return conditions().find(([letter]) => letters.includes(letter))?.[0] ?? ' '
}

export function cellOf({ series, whole }: CalendarRow, from: number, to: number): Cell {
  const sum = { items: 0, open: 0, rows: 0, bytes: 0 }
  let letters = whole ? whole.condition.slice(from, to) : ''
  for (const one of series) {
    if (!whole) letters += one.condition.slice(from, to)
    for (let day = from; day < to; day += 1) {
      sum.items += one.items[day] ?? 0
      sum.open += one.open[day] ?? 0
      sum.rows += one.rows[day] ?? 0
      sum.bytes += one.bytes[day] ?? 0
    }
  }
  return { letter: worstLetter(letters), ...sum }
}

/** The share of the items that are settled; undefined where there are none. */
export function shareComplete({ items, open }: Cell): number | undefined {
  return items > 0 ? (items - open) / items : undefined
}

/** How many days one cell stands for, so that it is at least `minPx` wide. */
export function daysPerCell(days: number, widthPx: number, minPx: number): number {
  const least = Math.ceil((days * minPx) / widthPx)
  return [1, 7, 14, 28, 91].find(size => size >= least) ?? least
}

/** Sums of a field over the chosen series, one per day of the view. */
export function daySums(series: readonly Series[], field: 'bytes' | 'rows', { from, to }: View): number[] {
  return dayList(from, to).map(day => series.reduce((sum, one) => sum + (one[field][day] ?? 0), 0))
}

export function dayList(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}

/** The latency of each day: the middle one of the series' medians, and their highest 99th percentile. */
export function dayLatencies(series: readonly Series[], { from, to }: View): [(number | null)[], (number | null)[]] {
  const known = (day: number, field: 'latencyMedianMs' | 'latencyP99Ms') =>
    series.flatMap(one => one[field][day] ?? []).sort((a, b) => a - b)
  const days = dayList(from, to)
  const middle = (values: number[]) => values[Math.floor((values.length - 1) / 2)] ?? null
  return [
    days.map(day => middle(known(day, 'latencyMedianMs'))),
    days.map(day => known(day, 'latencyP99Ms').at(-1) ?? null),
  ]
}

/** Months of the view as spans of days, for axes and tables: `2024-03` from 60 to 91. */
export function monthsOf(firstDay: string, from: number, to: number): { label: string; from: number; to: number }[] {
  const months: { label: string; from: number; to: number }[] = []
  const startMs = Date.parse(`${firstDay}T00:00:00Z`)
  for (let day = from; day < to; day += 1) {
    const label = new Date(startMs + day * 86_400_000).toISOString().slice(0, 7)
    const last = months.at(-1)
    if (last?.label === label) last.to = day + 1
    else months.push({ label, from: day, to: day + 1 })
  }
  return months
}
