import type { ReportData } from '../model.ts'
import { el } from './dom.ts'
import { formatDay } from './format.ts'
import type { View } from './view.ts'

/** Filters for the whole page. */
export function controls(
  data: ReportData,
  view: View,
  draw: () => void,
  zoom: (from: number, to: number) => void,
): { element: HTMLElement; update: () => void } {
  const updates: (() => void)[] = []
  const choose = <K extends 'measure' | 'rowsBy' | 'venue' | 'dataType'>(
    label: string,
    key: K,
    options: readonly (readonly [View[K], string])[],
  ) => {
    const select = el('select', {}, ...options.map(([, text], at) => el('option', { value: at }, text)))
    select.addEventListener('change', () => {
      view[key] = options[Number(select.value)]![0]
      draw()
    })
    updates.push(() => {
      select.value = String(options.findIndex(([value]) => value === view[key]))
    })
    return el('label', {}, el('span', {}, label), select)
  }
  const numbered = (all: string, names: readonly string[]) => [
    [undefined, all] as const,
    ...names.map((name, at) => [at, name] as const),
  ]
  const day = (label: string, read: () => number, write: (day: number) => void) => {
    const input = el('input', {
      type: 'date',
      min: formatDay(data.firstDay, 0),
      max: formatDay(data.firstDay, data.days - 1),
    })
    input.addEventListener('change', () => {
      const at = Math.round(
        (Date.parse(`${input.value}T00:00:00Z`) - Date.parse(`${data.firstDay}T00:00:00Z`)) / 86_400_000,
      )
      if (at >= 0 && at < data.days) write(at)
      draw()
    })
    updates.push(() => {
      input.value = formatDay(data.firstDay, read())
    })
    return el('label', {}, el('span', {}, label), input)
  }
  const whole = el('button', { type: 'button' }, 'All days')
  whole.addEventListener('click', () => zoom(0, data.days))
  updates.push(() => {
    whole.disabled = view.to - view.from === data.days
  })
  const measures = [
    ['condition', 'Condition'],
    ['complete', 'Completeness'],
    ['bytes', 'Bytes'],
    ['rows', 'Rows'],
  ] as const
  const rows = [
    ['venue', 'Venues'],
    ['dataType', 'Data types'],
  ] as const
  const venues = data.venues.map(({ venue }) => venue)
  const element = el(
    'form',
    { class: 'controls', 'aria-label': 'What the page shows' },
    choose('Show', 'measure', measures),
    choose('Rows', 'rowsBy', rows),
    choose('Venue', 'venue', numbered('All venues', venues)),
    choose('Data type', 'dataType', numbered('All data types', data.dataTypes)),
    day(
      'From',
      () => view.from,
      at => {
        view.from = at
        view.to = Math.max(view.to, at + 1)
      },
    ),
    day(
      'To',
      () => view.to - 1,
      at => {
        view.to = at + 1
        view.from = Math.min(view.from, at)
      },
    ),
    whole,
  )
  element.addEventListener('submit', event => event.preventDefault())
  return {
    element,
    update: () => {
      for (const update of updates) update()
    },
  }
}
