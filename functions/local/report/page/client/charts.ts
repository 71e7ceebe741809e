import type uPlot from 'uplot'
import { asTable, colour, el, table } from './dom.ts'
import { formatDay, formatDays } from './format.ts'
import { monthsOf, type View } from './view.ts'

/** A line or bars over the days of the view. */
export interface ChartSeries {
  readonly label: string
  /** The colour's name in the style sheet. */
  readonly colour: string
  /** One per day of the view; null: nothing known. */
  readonly values: readonly (number | null)[]
  readonly isArea?: boolean
}

export interface ChartOptions {
  readonly title: string
  readonly firstDay: string
  readonly view: View
  readonly series: readonly ChartSeries[]
  readonly format: (value: number) => string
  readonly isLogarithmic?: boolean
  /** How days of a month come together in the table. */
  readonly monthly: 'sum' | 'highest'
}

/** A chart of uPlot, which shows the values at the pointer in its legend; the arrow keys move it. And a table of it. */
export function chart(Plot: typeof uPlot, options: ChartOptions, widthPx: number): HTMLElement {
  const { title, series, firstDay, view } = options
  const known = series.flatMap(({ values }) => values.filter(value => value !== null))
  const box = el('figure', {}, el('figcaption', {}, title))
  if (known.length === 0 || known.every(value => value === 0)) {
    box.append(el('p', { class: 'none' }, 'Nothing recorded for this choice.'))
    return box
  }
  const days = series[0]!.values.map((_, at) => Date.parse(`${formatDay(firstDay, view.from + at)}T00:00:00Z`) / 1000)
  const lines = series.map(({ values }) =>
    options.isLogarithmic ? values.map(value => (value !== null && value > 0 ? value : null)) : [...values],
  )
  const span = `${formatDays(firstDay, view.from, view.to)}`
  const holder = el('div', {
    class: 'plot',
    tabindex: 0,
    role: 'img',
    'aria-label': `${title}, ${span}. ${spoken(options)}`,
  })
  box.append(
    holder,
    asTable(() => chartTable(options)),
  )
  let plot: uPlot | undefined
  const draw = () => {
    plot?.destroy()
    plot = new Plot(plotOptions(Plot, options, widthPx), [days, ...lines], holder)
  }
  draw()
  box.addEventListener('redraw', draw)
  holder.addEventListener('keydown', event => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (step === 0 || !plot) return
    const next = Math.max(0, Math.min(days.length - 1, (plot.cursor.idx ?? (step > 0 ? -1 : days.length)) + step))
    plot.setCursor({ left: plot.valToPos(days[next]!, 'x'), top: 10 })
    event.preventDefault()
  })
  return box
}

/** The range of each line, for those who do not see it. */
export function spoken({ series, format }: ChartOptions): string {
  return series
    .map(({ label, values }) => {
      const known = values.filter(value => value !== null)
      const least = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
      const most = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
      return known.length === 0 ? `${label}: nothing` : `${label}: ${format(least)} to ${format(most)}`
    })
    .join('; ')
}

export function plotOptions(Plot: typeof uPlot, options: ChartOptions, widthPx: number): uPlot.Options {
  const { series, format, isLogarithmic } = options
  const days = series[0]?.values.length ?? 0
  const [isSingle, isShort] = [days === 1, days <= 62]
  const axis = {
    stroke: colour('soft'),
    grid: { stroke: colour('rule'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: widthPx,
    height: 220,
    tzDate: seconds => Plot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { sync: { key: 'days' }, y: false, points: { size: 7 } },
    scales: {
      // A single day is a point in the middle.
      x: {
        time: true,
        range: (_plot, first, last) => (isSingle ? [first - 86_400, first + 86_400] : [first, last]),
      },
      y: isLogarithmic ? { distr: 3 } : { range: (_plot, _least, most) => [0, most * 1.1] },
    },
    axes: [
      { ...axis, space: 64, values: (_plot, splits) => axisDays(splits) },
      {
        ...axis,
        size: 70,
        ...(isLogarithmic && {
          filter: (_plot, splits) => powersOfTen(splits),
          grid: { ...axis.grid, filter: (_plot, splits) => powersOfTen(splits) },
        }),
        values: (_plot, splits) => splits.map(value => (value === null ? '' : format(value))),
      },
    ],
    series: [
      {
        label: 'Day',
        value: (_plot, seconds) => (seconds === null ? '–' : new Date(seconds * 1000).toISOString().slice(0, 10)),
      },
      ...series.map(({ label, colour: name, isArea }) => ({
        label,
        stroke: colour(name),
        width: 1.5,
        ...(isArea && { fill: `${colour(name)}33` }),
        points: { show: isShort, size: 5 },
        value: (_plot: uPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ],
  }
}

/** Lines of a logarithmic axis: one per power of ten. */
export function powersOfTen(splits: readonly number[]): (number | null)[] {
  return splits.map(value => (Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9) ? value : null))
}

/** Days as `1 Mar`, with the year where it begins and at the first. */
export function axisDays(seconds: readonly number[]): string[] {
  const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  let year = 0
  return seconds.map(at => {
    const date = new Date(at * 1000)
    if (date.getUTCHours() !== 0) return ''
    const isNewYear = date.getUTCFullYear() !== year
    year = date.getUTCFullYear()
    const day = `${date.getUTCDate()} ${names[date.getUTCMonth()]}`
    return isNewYear ? `${day}\n${year}` : day
  })
}

/** Days where there are few, or else months. */
export function chartTable(options: ChartOptions): HTMLElement {
  const { title, series, firstDay, view, format, monthly } = options
  const isShort = view.to - view.from <= 62
  const spans = isShort
    ? Array.from({ length: view.to - view.from }, (_, at) => ({
        label: formatDay(firstDay, view.from + at),
        from: view.from + at,
        to: view.from + at + 1,
      }))
    : monthsOf(firstDay, view.from, view.to)
  const together = (values: readonly (number | null)[]) => {
    const known = values.filter(value => value !== null)
    if (known.length === 0) return '–'
    return format(known.reduce((a, b) => (monthly === 'sum' ? a + b : Math.max(a, b))))
  }
  const heads = series.map(({ label }) => ({ head: isShort ? label : `${label}, ${monthly} of the month` }))
  return table(
    title,
    [{ head: isShort ? 'Day' : 'Month', isText: true }, ...heads],
    spans.map(({ label, from, to }) => [
      label,
      ...series.map(({ values }) => together(values.slice(from - view.from, to - view.from))),
    ]),
  )
}
