import type uPlot from 'uplot'
import type { ReportData } from '../model.ts'
import { chart } from './charts.ts'
import { el } from './dom.ts'
import { formatBytes, formatCount, formatDay, formatDays, formatMs, formatShare, formatWhole } from './format.ts'
import { mostTicks, timeline } from './timeline.ts'
import {
  calendarRows,
  cellOf,
  chosenSeries,
  dayLatencies,
  dayList,
  daySums,
  monthsOf,
  shareComplete,
  type View,
} from './view.ts'

/** The figures at the top. */
export function tiles(data: ReportData, view: View): HTMLElement {
  const rows = calendarRows(data, { ...view, rowsBy: 'venue' })
  const days = rows.flatMap(row => dayList(view.from, view.to).map(day => cellOf(row, day, day + 1)))
  const known = days.filter(({ letter }) => letter !== ' ')
  const count = (letter: string) => days.filter(cell => cell.letter === letter).length
  const sum = (field: 'items' | 'open' | 'rows' | 'bytes') => days.reduce((all, cell) => all + cell[field], 0)
  const all = { letter: ' ', items: sum('items'), open: sum('open'), rows: sum('rows'), bytes: sum('bytes') }
  const share = shareComplete(all)
  const tile = (value: string, name: string) => el('div', { class: 'tile' }, el('b', {}, value), el('span', {}, name))
  return el(
    'div',
    { class: 'tiles' },
    tile(share === undefined ? '–' : formatShare(share), `complete, ${formatCount(all.items)} items`),
    tile(formatWhole(known.length), 'venue-days'),
    tile(formatWhole(count('a')), 'available'),
    tile(formatWhole(count('d')), 'degraded'),
    tile(formatWhole(count('m') + count('-') + count('?')), 'missing or absent'),
    tile(formatCount(all.rows), 'rows'),
    tile(formatBytes(all.bytes), 'Parquet'),
  )
}

/** The width of one of two charts side by side, or of each below the other on narrow screens; see `.pair` of the style. */
export function halfOf(widthPx: number): number {
  return widthPx >= 824 ? Math.floor((widthPx - 24) / 2) : widthPx
}

/** Colours of lines that are told apart, by the names in the style sheet. */
export function lineColours(): readonly string[] {
  return ['line-1', 'line-2', 'line-3', 'line-4', 'line-5', 'line-6']
}

export function volumes(Plot: typeof uPlot, data: ReportData, view: View, widthPx: number): HTMLElement {
  const series = chosenSeries(data, view)
  const sizes = data.dataTypes.map((label, at) => {
    const ofType = series.filter(({ dataType }) => dataType === at)
    const [bytes, rows] = [daySums(ofType, 'bytes', view), daySums(ofType, 'rows', view)]
    return { label, bytes, rows, size: bytes.reduce((a, b) => a + b, 0) }
  })
  const colours = lineColours()
  const largest = sizes.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size)
  const lines = (field: 'bytes' | 'rows') =>
    largest.slice(0, colours.length).map(({ label, [field]: values }, at) => ({ label, values, colour: colours[at]! }))
  const common = { firstDay: data.firstDay, view, isLogarithmic: true, monthly: 'sum' } as const
  const more = largest.length - colours.length
  return el(
    'div',
    { class: 'pair' },
    chart(Plot, { ...common, title: 'Parquet per day', series: lines('bytes'), format: formatBytes }, halfOf(widthPx)),
    chart(Plot, { ...common, title: 'Rows per day', series: lines('rows'), format: formatCount }, halfOf(widthPx)),
    more > 0 &&
      el('p', { class: 'soft' }, `The ${colours.length} largest data types; ${more} more can be chosen above.`),
  )
}

export function latency(Plot: typeof uPlot, data: ReportData, view: View, widthPx: number): HTMLElement {
  const [medians, p99] = dayLatencies(chosenSeries(data, view), view)
  const series = [
    { label: '99th percentile', values: p99, colour: 'line-2' },
    { label: 'median', values: medians, colour: 'line-1' },
  ]
  const common = { firstDay: data.firstDay, view, isLogarithmic: true, monthly: 'highest', format: formatMs } as const
  return chart(
    Plot,
    { ...common, title: 'local_timestamp − timestamp per day; the highest percentile of all items', series },
    widthPx,
  )
}

export function work(Plot: typeof uPlot, data: ReportData, view: View, widthPx: number): HTMLElement {
  const venues = data.venues.filter((_, at) => view.venue === undefined || view.venue === at)
  const total = (field: 'workSeconds' | 'downloadedBytes', day: number) =>
    venues.reduce((sum, row) => sum + (row[field][day] ?? 0), 0)
  const days = dayList(view.from, view.to)
  const rates = days.map(day =>
    total('workSeconds', day) > 0 ? total('downloadedBytes', day) / total('workSeconds', day) : null,
  )
  const peaks = days.map(day => venues.reduce((most, row) => Math.max(most, row.peakMemoryBytes[day] ?? 0), 0) || null)
  const common = { firstDay: data.firstDay, view, monthly: 'highest' } as const
  return el(
    'div',
    { class: 'pair' },
    chart(
      Plot,
      {
        ...common,
        title: 'Downloaded per second of work',
        series: [{ label: 'download', values: rates, colour: 'line-1', isArea: true }],
        format: value => `${formatBytes(value)}/s`,
      },
      halfOf(widthPx),
    ),
    chart(
      Plot,
      {
        ...common,
        title: 'Highest memory of a process',
        series: [{ label: 'resident memory', values: peaks, colour: 'line-3', isArea: true }],
        format: formatBytes,
      },
      halfOf(widthPx),
    ),
  )
}

/** Each venue with a gap or an incident in the view, over its days. */
export function gapsAndIncidents(data: ReportData, view: View, widthPx: number): HTMLElement {
  const dayMs = 86_400_000
  const startMs = Date.parse(`${data.firstDay}T00:00:00Z`)
  const [from, to] = [startMs + view.from * dayMs, startMs + view.to * dayMs]
  const rows = data.venues.flatMap(({ venue }, at) => {
    if (view.venue !== undefined && view.venue !== at) return []
    const incidents = data.incidents
      .map(one => ({
        venue: one.venue,
        from: one.fromMs,
        to: one.toMs ?? to,
        text: `Incident (${one.status}): ${one.details}`,
      }))
      .filter(one => one.venue === at && one.from < to && one.to > from)
    const gaps = data.items
      .filter(item => item.venue === at && (view.dataType === undefined || item.dataType === view.dataType))
      .flatMap(({ day, gaps = [] }) =>
        gaps.map(([start, ms, isInIncident]) => ({
          from: startMs + day * dayMs + start,
          to: startMs + day * dayMs + start + ms,
          isInIncident,
        })),
      )
      .filter(gap => gap.from < to && gap.to > from)
    return gaps.length + incidents.length > 0 ? [{ label: venue, gaps: gaps.slice(0, 400), incidents }] : []
  })
  if (rows.length === 0) return el('p', { class: 'none' }, 'No gaps and no incidents on these days.')
  const when = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  const ticks = timelineTicks(data, view, mostTicks(widthPx))
  return timeline({ title: formatDays(data.firstDay, view.from, view.to), rows, from, to, ticks, when }, widthPx)
}

/** Hours of one day, a few days of a month, or months. */
export function timelineTicks({ firstDay }: ReportData, view: View, most: number): { at: number; label: string }[] {
  const dayMs = 86_400_000
  const at = (day: number) => Date.parse(`${firstDay}T00:00:00Z`) + day * dayMs
  const days = view.to - view.from
  if (days === 1)
    return [0, 6, 12, 18, 24].map(hour => ({
      at: at(view.from) + (hour * dayMs) / 24,
      label: `${String(hour).padStart(2, '0')}:00`,
    }))
  const spans =
    days <= 31
      ? dayList(view.from, view.to).map(day => ({ label: formatDay(firstDay, day).slice(5), from: day }))
      : monthsOf(firstDay, view.from, view.to)
  const step = Math.ceil(spans.length / most)
  return spans.filter((_, index) => index % step === 0).map(({ label, from }) => ({ at: at(from), label }))
}
