import type { ReportData } from '../model.ts'
import { conditionOfLetter, conditions } from './conditions.ts'
import { asTable, colour, el, table } from './dom.ts'
import { formatBytes, formatCount, formatDay, formatDays, formatShare } from './format.ts'
import { heatMap } from './heat-map.ts'
import { mix, type Scale, scaleOf } from './scale.ts'
import {
  type CalendarRow,
  type Cell,
  calendarRows,
  cellOf,
  dayList,
  daysPerCell,
  monthsOf,
  shareComplete,
  type View,
} from './view.ts'

export interface CalendarActions {
  readonly zoom: (from: number, to: number) => void
  readonly open: (venue: number, day: number) => void
  /** A data type, or a venue where the rows are data types. */
  readonly pickRow: (row: CalendarRow) => void
  readonly back: () => void
}

/** The heat map of the view. A cell of several days opens those days, a cell of one day opens the day. */
export function calendar(data: ReportData, view: View, actions: CalendarActions, widthPx: number): HTMLElement {
  const rows = calendarRows(data, view)
  if (rows.length === 0) return el('p', { class: 'none' }, 'Nothing recorded for this choice.')
  const days = view.to - view.from
  const size = daysPerCell(days, widthPx - Math.min(150, widthPx * 0.36), 3)
  const columns = Math.ceil(days / size)
  const spanOf = (column: number): [number, number] => [
    view.from + column * size,
    Math.min(view.to, view.from + (column + 1) * size),
  ]
  const cells = rows.map(row => dayList(0, columns).map(column => cellOf(row, ...spanOf(column))))
  const format = view.measure === 'bytes' ? formatBytes : formatCount
  const scale = scaleOf(view.measure, cells.flat(), format)
  const colourOf = colourer(view, scale)
  const coloursAt = (row: number, column: number): (readonly [string, number])[] => {
    const [from, to] = spanOf(column)
    if (size === 1 || view.measure !== 'condition') return [[colourOf(cells[row]![column]!), 1]]
    const letters = dayList(from, to).map(day => cellOf(rows[row]!, day, day + 1))
    return letters.sort((a, b) => rankOf(a) - rankOf(b)).map(cell => [colourOf(cell), 1 / (to - from)])
  }
  const grid = heatMap(
    {
      label: `${measureName(view)} by ${view.rowsBy === 'venue' ? 'venue' : 'data type'} and day`,
      rows: rows.map(({ label }) => label),
      columns,
      marks: marksOf(data, view, size),
      coloursAt,
      letterAt: (row, column) =>
        view.measure === 'condition' && size === 1 ? conditionOfLetter(cells[row]![column]!.letter)[3] : '',
      describe: (row, column) => [
        `${rows[row]!.label}, ${formatDays(data.firstDay, ...spanOf(column))}`,
        ...describeCell(cells[row]![column]!),
      ],
      onOpen(row, column) {
        const [from, to] = spanOf(column)
        const venue = rows[row]!.venue
        if (to - from > 1) actions.zoom(from, to)
        else if (venue === undefined) actions.pickRow(rows[row]!)
        else actions.open(venue, from)
      },
      onBack: actions.back,
    },
    widthPx,
  )
  const note = size > 1 ? `One cell is ${size} days; open it to see each of them.` : ''
  return el(
    'div',
    {},
    legend(view, scale, note),
    grid,
    asTable(() => calendarTable(data, view, rows)),
  )
}

/** The worst first. */
export function rankOf({ letter }: Cell): number {
  return conditions().findIndex(([one]) => one === letter)
}

export function measureName({ measure }: View): string {
  return { condition: 'Condition', complete: 'Completeness', bytes: 'Parquet bytes', rows: 'Rows' }[measure]
}

export function colourer(view: View, scale: Scale): (cell: Cell) => string {
  const named = new Map(conditions().map(([letter, name]) => [letter, colour(name)]))
  const [low, high, none] = [colour('scale-low'), colour('scale-high'), colour('card')]
  if (view.measure === 'condition') return ({ letter }) => named.get(letter) ?? none
  const [bad, absent] = [colour('degraded'), colour('absent')]
  return cell => {
    const at = scale.at(cell)
    if (at === undefined) return cell.letter === '-' ? absent : none
    // One open item among thousands must be seen.
    if (view.measure === 'complete') return at === 1 ? colour('available') : mix(bad, colour('missing'), 1 - at)
    return mix(low, high, at)
  }
}

export function describeCell(cell: Cell): string[] {
  const [, , means] = conditionOfLetter(cell.letter)
  const share = shareComplete(cell)
  if (share === undefined) return [means]
  return [
    means,
    `${formatShare(share)} complete: ${formatCount(cell.items - cell.open)} of ${formatCount(cell.items)} items`,
    `${formatCount(cell.rows)} rows, ${formatBytes(cell.bytes)}`,
  ]
}

/** Months, or days where a day has room for its number. */
export function marksOf(data: ReportData, view: View, size: number): { at: number; label: string }[] {
  const days = view.to - view.from
  if (days <= 31)
    return dayList(view.from, view.to).map(day => {
      const text = formatDay(data.firstDay, day)
      return { at: day - view.from, label: day === view.from || text.endsWith('-01') ? text.slice(5) : text.slice(8) }
    })
  return monthsOf(data.firstDay, view.from, view.to).map(({ label, from }, index) => ({
    at: (from - view.from) / size,
    label: index === 0 || label.endsWith('-01') ? label : label.slice(5),
  }))
}

export function legend(view: View, { low, high }: Scale, note: string): HTMLElement {
  const key = (name: string, means: string) => el('span', {}, el('i', { class: `key ${name}` }), means)
  const keys =
    view.measure === 'condition'
      ? conditions()
          .toReversed()
          .map(([, name, means]) => key(name, means))
      : view.measure === 'complete'
        ? [
            key('available', 'complete'),
            el('span', {}, el('i', { class: 'ramp open' }), 'the more is open, the darker'),
            key('absent', 'no manifest'),
          ]
        : [el('span', {}, low, el('i', { class: 'ramp' }), high), el('span', { class: 'soft' }, 'logarithmic')]
  return el('div', { class: 'legend' }, ...keys, note !== '' && el('span', { class: 'soft' }, note))
}

/** A row's figures over the view, with its days by condition. */
export function calendarTable(data: ReportData, view: View, rows: readonly CalendarRow[]): HTMLElement {
  const letters = conditions()
  const counted = (row: CalendarRow) => {
    const days = dayList(view.from, view.to).map(day => cellOf(row, day, day + 1).letter)
    return letters.map(([letter]) => days.filter(one => one === letter).length || '')
  }
  return table(
    `${formatDays(data.firstDay, view.from, view.to)}: days by condition`,
    [
      { head: view.rowsBy === 'venue' ? 'Venue' : 'Data type', isText: true },
      ...letters.map(([, , means]) => ({ head: `${means}, days` })),
      ...['Complete', 'Rows', 'Bytes'].map(head => ({ head })),
    ],
    rows.map(row => {
      const all = cellOf(row, view.from, view.to)
      const share = shareComplete(all)
      return [
        row.label,
        ...counted(row),
        share === undefined ? '–' : formatShare(share),
        formatCount(all.rows),
        formatBytes(all.bytes),
      ]
    }),
  )
}
