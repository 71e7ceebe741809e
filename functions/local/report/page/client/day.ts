import type { ItemRow, ReportData } from '../model.ts'
import { conditionOfLetter } from './conditions.ts'
import { el, table } from './dom.ts'
import { formatBytes, formatCount, formatDay, formatMs, formatShare, formatTime, formatWhole } from './format.ts'
import { timeline } from './timeline.ts'

/** One day of one venue: its data types, the gaps in its hours, and its items, the worst first. */
export function dayPanel(
  data: ReportData,
  chosen: { readonly venue: number; readonly day: number },
  actions: { readonly close: () => void; readonly step: (days: number) => void },
  widthPx: number,
): HTMLElement {
  const { venue, day } = chosen
  const row = data.venues[venue]!
  const [, name, means] = conditionOfLetter(row.condition[day] ?? ' ')
  const items = data.items.filter(item => item.venue === venue && item.day === day)
  const series = data.series.filter(one => one.venue === venue && (one.items[day] ?? 0) > 0)
  const total = series.reduce((sum, { items: counts }) => sum + (counts[day] ?? 0), 0)
  const button = (text: string, does: () => void) => {
    const made = el('button', { type: 'button' }, text)
    made.addEventListener('click', does)
    return made
  }
  const head = el('h2', { tabindex: -1 }, `${row.venue}, ${formatDay(data.firstDay, day)}`)
  return el(
    'div',
    {},
    el(
      'div',
      { class: 'bar' },
      head,
      el('span', { class: 'badge' }, el('i', { class: `key ${name}` }), means),
      el('span', { class: 'spring' }),
      button('‹ Day before', () => actions.step(-1)),
      button('Next day ›', () => actions.step(1)),
      button('Close', actions.close),
    ),
    ...(series.length === 0
      ? [el('p', { class: 'none' }, 'No items are recorded for this day.')]
      : [typesTable(data, series, day)]),
    items.some(({ gaps, span }) => gaps || span) && dayTimeline(data, venue, day, items, widthPx),
    items.length > 0 && itemTable(data, items),
    items.some(({ isPartlyChecked }) => isPartlyChecked) &&
      el(
        'p',
        { class: 'soft' },
        `${partlyChecked(items)} of these items were converted without the checks of latency, books and repeats: what they would find is unknown.`,
      ),
    total > items.length &&
      el(
        'p',
        { class: 'soft' },
        `${formatWhole(total - items.length)} further items of the day have lower ranks and are not in this page; their manifest has them.`,
      ),
  )
}

export function partlyChecked(items: readonly ItemRow[]): string {
  return formatWhole(items.filter(({ isPartlyChecked }) => isPartlyChecked).length)
}

export function typesTable(data: ReportData, series: ReportData['series'], day: number): HTMLElement {
  const time = (value: number | null | undefined) => (value === null || value === undefined ? '–' : formatMs(value))
  return table(
    'Data types of the day',
    [
      ...['Data type', 'Condition'].map(head => ({ head, isText: true })),
      ...['Items', 'Complete', 'Rows', 'Bytes', 'Latency, median', '99%'].map(head => ({ head })),
    ],
    series.map(one => {
      const [items, open] = [one.items[day]!, one.open[day]!]
      const [, name, means] = conditionOfLetter(one.condition[day]!)
      return [
        data.dataTypes[one.dataType],
        el('span', {}, el('i', { class: `key ${name}` }), means),
        ...[
          formatWhole(items),
          formatShare((items - open) / items),
          formatCount(one.rows[day]!),
          formatBytes(one.bytes[day]!),
        ],
        ...[time(one.latencyMedianMs[day]), time(one.latencyP99Ms[day])],
      ]
    }),
  )
}

export function dayTimeline(
  data: ReportData,
  venue: number,
  day: number,
  items: readonly ItemRow[],
  widthPx: number,
): HTMLElement {
  const dayMs = 86_400_000
  const startMs = Date.parse(`${formatDay(data.firstDay, day)}T00:00:00Z`)
  const incidents = data.incidents
    .filter(
      one => one.venue === venue && one.fromMs < startMs + dayMs && (one.toMs ?? Number.POSITIVE_INFINITY) > startMs,
    )
    .map(({ fromMs, toMs, status, details }) => ({
      from: Math.max(0, fromMs - startMs),
      to: Math.min(dayMs, (toMs ?? Number.POSITIVE_INFINITY) - startMs),
      text: `Incident (${status}): ${details}`,
    }))
  const shown = items.filter(({ gaps, span }) => gaps || span).slice(0, 30)
  return timeline(
    {
      title: 'Hours of the day, UTC',
      rows: shown.map(item => ({
        label: `${data.dataTypes[item.dataType]} ${item.symbol}`,
        incidents,
        span: item.span,
        gaps: (item.gaps ?? []).map(([from, ms, isInIncident]) => ({ from, to: from + ms, isInIncident })),
      })),
      from: 0,
      to: dayMs,
      ticks: (widthPx < 560 ? [0, 8, 16, 24] : [0, 4, 8, 12, 16, 20, 24]).map(hour => ({
        at: hour * 3_600_000,
        label: `${String(hour).padStart(2, '0')}:00`,
      })),
      when: at => formatTime(at),
    },
    widthPx,
  )
}

export function itemTable(data: ReportData, items: readonly ItemRow[]): HTMLElement {
  return table(
    'Items of the day, the worst first',
    [
      ...['Item', 'Status', 'What was found'].map(head => ({ head, isText: true })),
      ...['Rows', 'Bytes', 'Latency, median', '99%'].map(head => ({ head })),
    ],
    items.map(item => [
      el('span', {}, el('b', {}, item.symbol), el('br'), el('span', { class: 'soft' }, data.dataTypes[item.dataType])),
      item.condition === 'unknown' ? item.status : `${item.status}, ${item.condition}`,
      foundIn(item),
      item.rows === undefined ? '–' : formatWhole(item.rows),
      item.bytes === undefined ? '–' : formatBytes(item.bytes),
      item.latencyMs ? formatMs(item.latencyMs[1]) : '–',
      item.latencyMs ? formatMs(item.latencyMs[2]) : '–',
    ]),
  )
}

/** The findings, and on demand every figure of the item's checks. */
export function foundIn({ findings, checks, span, latencyMs }: ItemRow): HTMLElement {
  const figures: [string, string][] = Object.entries(checks ?? {}).map(([name, count]) => [name, formatWhole(count)])
  if (span) figures.push(['first and last row', `${formatTime(span[0])} to ${formatTime(span[1])}`])
  if (latencyMs) figures.push(['latency, least and most', `${formatMs(latencyMs[0])} to ${formatMs(latencyMs[3])}`])
  const list = el('dl', {}, ...figures.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]))
  return el(
    'div',
    {},
    ...(findings.length === 0
      ? ['nothing']
      : findings.map(({ reason, text }) => el('div', {}, el('b', {}, reason), `: ${text}`))),
    figures.length > 0 && el('details', {}, el('summary', {}, 'Figures'), list),
  )
}
