import { asTable, el, svg, table } from './dom.ts'
import { formatMs } from './format.ts'

/** A line of the timeline: spans without rows. */
export interface TimelineRow {
  readonly label: string
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly isInIncident: boolean }[]
  /** Drawn behind the gaps. */
  readonly incidents: readonly { readonly from: number; readonly to: number; readonly text: string }[]
  /** Where rows are, if known. */
  readonly span?: readonly [number, number] | undefined
}

export interface TimelineOptions {
  readonly title: string
  readonly rows: readonly TimelineRow[]
  /** In milliseconds of one axis. */
  readonly from: number
  readonly to: number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
  readonly when: (at: number) => string
}

/** Labels stand above their lines instead of beside them. */
export function isNarrow(widthPx: number): boolean {
  return widthPx < 560
}

export function labelPx(widthPx: number): number {
  return isNarrow(widthPx) ? 0 : 210
}

/** How many labels such as 2024-01 stand beside each other. */
export function mostTicks(widthPx: number): number {
  return Math.max(2, Math.min(12, Math.floor((widthPx - labelPx(widthPx)) / 84)))
}

/** Gaps with the vendor's incidents behind them, and a table of both. */
export function timeline(options: TimelineOptions, widthPx: number): HTMLElement {
  const { title, rows, from, to, ticks, when } = options
  const narrow = isNarrow(widthPx)
  const left = labelPx(widthPx)
  const rowHeight = narrow ? 36 : 22
  const height = 24 + rows.length * rowHeight + 4
  const x = (at: number) => left + ((Math.max(from, Math.min(at, to)) - from) / (to - from)) * (widthPx - left)
  const bar = (row: number, start: number, end: number, name: string, text: string) => {
    const y = 24 + row * rowHeight + (narrow ? 18 : 3)
    const width = Math.max(2, x(end) - x(start))
    return svg(
      'rect',
      { x: Math.min(x(start), widthPx - width), y, width, height: 15, rx: 2, class: name },
      svg('title', {}, text),
    )
  }
  const drawing = svg('svg', {
    viewBox: `0 0 ${widthPx} ${height}`,
    width: widthPx,
    height,
    role: 'img',
    'aria-label': `${title}: ${rows.length} lines`,
  })
  ticks.forEach(({ at, label }, index) => {
    const anchor = index === 0 ? 'start' : at >= to ? 'end' : 'middle'
    drawing.append(
      svg('path', { class: 'grid', d: `M${x(at)} 20V${height}` }),
      svg('text', { class: 'axis', x: x(at), y: 13, 'text-anchor': anchor }, label),
    )
  })
  rows.forEach((row, index) => {
    const { label, gaps, incidents, span } = row
    const y = 24 + index * rowHeight + (narrow ? 13 : 15)
    const most = Math.floor((narrow ? widthPx : left - 12) / 6.6)
    drawing.append(
      svg('text', { class: 'axis', x: 0, y }, label.length > most ? `${label.slice(0, most - 1)}…` : label),
    )
    if (span)
      drawing.append(bar(index, span[0], span[1], 'data', `${label}: rows from ${when(span[0])} to ${when(span[1])}`))
    for (const { from: start, to: end, text } of incidents) drawing.append(bar(index, start, end, 'incident', text))
    for (const gap of gaps) drawing.append(bar(index, gap.from, gap.to, gapClass(gap), gapText(label, gap, when)))
  })
  return el(
    'figure',
    {},
    el('figcaption', {}, title),
    timelineLegend(rows.some(({ span }) => span)),
    drawing,
    asTable(() => timelineTable(options)),
  )
}

export function gapClass({ isInIncident }: TimelineRow['gaps'][number]): string {
  return isInIncident ? 'gap-in' : 'gap-out'
}

export function gapText(
  label: string,
  { from, to, isInIncident }: TimelineRow['gaps'][number],
  when: (at: number) => string,
): string {
  const why = isInIncident ? 'within an incident' : 'no incident explains it'
  return `${label}: no rows for ${formatMs(to - from)} from ${when(from)}, ${why}`
}

export function timelineLegend(hasData: boolean): HTMLElement {
  const keys = [
    ...(hasData ? [['data', 'rows']] : []),
    ['gap-out', 'gap, unexplained'],
    ['gap-in', 'gap within an incident'],
    ['incident', 'incident that Tardis reports'],
  ]
  return el(
    'div',
    { class: 'legend' },
    ...keys.map(([name, means]) => el('span', {}, el('i', { class: `key ${name}` }), means)),
  )
}

export function timelineTable({ title, rows, when }: TimelineOptions): HTMLElement {
  const lines = rows.flatMap(({ label, gaps, incidents }) => [
    ...gaps.map(gap => [
      label,
      gap.isInIncident ? 'gap within an incident' : 'gap',
      when(gap.from),
      when(gap.to),
      formatMs(gap.to - gap.from),
      '',
    ]),
    ...incidents.map(({ from, to, text }) => [label, 'incident', when(from), when(to), formatMs(to - from), text]),
  ])
  const columns = [
    ...['Where', 'What', 'From', 'To'].map(head => ({ head, isText: true })),
    { head: 'Length' },
    { head: 'Details', isText: true },
  ]
  return table(title, columns, lines)
}
