import type uPlot from 'uplot'
import type { ReportData } from '../model.ts'
import { calendar } from './calendar.ts'
import { controls } from './controls.ts'
import { dayPanel } from './day.ts'
import { el, wholeDates } from './dom.ts'
import { findingsList } from './findings-list.ts'
import { formatDays, formatWhole } from './format.ts'
import { gapsAndIncidents, latency, tiles, volumes, work } from './sections.ts'
import type { View } from './view.ts'

/** Unpacks the data of the page and draws it. */
export async function startReport(Plot: typeof uPlot): Promise<void> {
  const packed = Uint8Array.from(atob(document.getElementById('data')!.textContent), letter => letter.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  showReport(Plot, await new Response(stream).json())
}

export function showReport(Plot: typeof uPlot, data: ReportData): void {
  const view: View = {
    venue: undefined,
    dataType: undefined,
    from: 0,
    to: data.days,
    measure: 'condition',
    rowsBy: 'venue',
  }
  let day: { venue: number; day: number } | undefined
  const main = document.querySelector('main')!
  const section = (id: string, title: string) => {
    const body = el('div', {})
    const made = el('section', { id, 'aria-label': title }, title !== '' && el('h2', {}, title), body)
    return { made, body }
  }
  const parts = {
    tiles: el('div', {}),
    calendar: section('calendar', 'Calendar'),
    day: el('section', { id: 'day', hidden: true, 'aria-label': 'Day' }),
    findings: section('findings', 'Findings'),
    gaps: section('gaps', 'Gaps and incidents'),
    volumes: section('volumes', 'Volumes'),
    latency: section('latency', 'Latency'),
    work: section('work', 'Download'),
  }
  const width = () => Math.floor(parts.calendar.body.getBoundingClientRect().width)
  const zoom = (from: number, to: number) => {
    view.from = from
    view.to = to
    draw()
    document.querySelector<HTMLElement>('canvas.heat')?.focus()
  }
  const back = () => (view.to - view.from < data.days ? zoom(0, data.days) : undefined)
  const open = (venue: number, at: number) => {
    day = { venue, day: at }
    drawDay()
    parts.day.querySelector('h2')!.focus()
    parts.day.scrollIntoView({ block: 'nearest' })
  }
  const close = () => {
    day = undefined
    drawDay()
    document.querySelector<HTMLElement>('canvas.heat')?.focus()
  }
  const step = (days: number) => {
    if (day) open(day.venue, Math.max(0, Math.min(data.days - 1, day.day + days)))
  }
  const bar = controls(data, view, () => draw(), zoom)
  const drawDay = () => {
    parts.day.hidden = day === undefined
    parts.day.replaceChildren(...(day ? [dayPanel(data, day, { close, step }, width())] : []))
  }
  const draw = () => {
    bar.update()
    parts.tiles.replaceChildren(tiles(data, view))
    const pickRow = ({ label }: { label: string }) => {
      view.dataType = data.dataTypes.indexOf(label)
      view.rowsBy = 'venue'
      draw()
    }
    parts.calendar.body.replaceChildren(calendar(data, view, { zoom, open, pickRow, back }, width()))
    parts.findings.body.replaceChildren(findingsList(data, view, open))
    parts.gaps.body.replaceChildren(gapsAndIncidents(data, view, width()))
    parts.volumes.body.replaceChildren(volumes(Plot, data, view, width()))
    parts.latency.body.replaceChildren(latency(Plot, data, view, width()))
    parts.work.body.replaceChildren(work(Plot, data, view, width()))
    drawDay()
  }
  main.replaceChildren(heading(data), parts.tiles, bar.element, parts.calendar.made, parts.day, parts.findings.made)
  main.append(...[parts.gaps, parts.volumes, parts.latency, parts.work].map(({ made }) => made), notes(data))
  draw()
  redrawOn(main, width, draw)
}

/** Draws again where the width, the colours or the medium changes. */
export function redrawOn(main: HTMLElement, width: () => number, draw: () => void): void {
  let drawn = width()
  new ResizeObserver(() => {
    if (width() === drawn) return
    drawn = width()
    draw()
  }).observe(main)
  const recolour = () => {
    for (const box of main.querySelectorAll('.heat-box, figure')) box.dispatchEvent(new Event('redraw'))
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour)
  const root = document.documentElement
  addEventListener('beforeprint', () => {
    root.dataset.theme = 'light'
    recolour()
  })
  addEventListener('afterprint', () => {
    delete root.dataset.theme
    recolour()
  })
}

export function heading(data: ReportData): HTMLElement {
  const { where, prefix, firstDay, days, venues, dataTypes, madeAt } = data
  const counted = (count: number, one: string) => `${formatWhole(count)} ${one}${count === 1 ? '' : 's'}`
  const parts = [formatDays(firstDay, 0, days), counted(venues.length, 'venue'), counted(dataTypes.length, 'data type')]
  return el(
    'header',
    {},
    el('h1', {}, 'Tick data in ', el('code', {}, `${where}/${prefix}`)),
    el(
      'p',
      { class: 'soft' },
      wholeDates(`${parts.join(' · ')} · as recorded in the manifests, ${madeAt.slice(0, 16).replace('T', ' ')} UTC`),
    ),
  )
}

export function notes(data: ReportData): HTMLElement {
  const { notes: faults, omitted } = data
  const left = [
    omitted.items > 0 &&
      `${formatWhole(omitted.items)} items with the lowest ranks are in the calendar and the sums, but not listed one by one.`,
    omitted.incidents > 0 && `${formatWhole(omitted.incidents)} older incidents are not drawn.`,
  ].filter(text => text !== false)
  return el(
    'footer',
    {},
    faults.length > 0 &&
      el('section', {}, el('h2', {}, 'Could not be read'), el('ul', {}, ...faults.map(fault => el('li', {}, fault)))),
    el('p', {}, [...left, 'Drawn with uPlot (MIT licence, © Leon Sorokin). Made by tick-handler report.'].join(' ')),
  )
}
