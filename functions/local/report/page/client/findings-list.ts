import type { DayFinding, ReportData } from '../model.ts'
import { el, table, wholeDates } from './dom.ts'
import { formatDay, formatWhole } from './format.ts'
import type { View } from './view.ts'

/** Findings shown before "more". */
export function pageSize(): number {
  return 25
}

/** The findings of the view by reason, and the worst venue-days of the reason that is chosen. */
export function findingsList(data: ReportData, view: View, open: (venue: number, day: number) => void): HTMLElement {
  const shown = data.dayFindings.filter(
    ({ venue, day }) => day >= view.from && day < view.to && (view.venue === undefined || venue === view.venue),
  )
  if (shown.length === 0) return el('p', { class: 'none' }, 'Nothing was found on these days.')
  const list = el('div', {})
  let reason: string | undefined
  let most = pageSize()
  const chips = el('div', { class: 'chips', role: 'group', 'aria-label': 'Reason' })
  const draw = () => {
    chips.replaceChildren(
      ...reasonChips(shown, reason, next => {
        reason = next
        most = pageSize()
        draw()
      }),
    )
    const chosen = shown.filter(finding => reason === undefined || finding.reason === reason)
    list.replaceChildren(findingsTable(data, chosen.slice(0, most), open))
    if (chosen.length <= most) return
    const more = el('button', { type: 'button' }, `Show more (${formatWhole(chosen.length - most)} left)`)
    more.addEventListener('click', () => {
      most += 4 * pageSize()
      draw()
    })
    list.append(more)
  }
  draw()
  const { dayFindings } = data.omitted
  const left =
    dayFindings > 0 && el('p', { class: 'soft' }, `${formatWhole(dayFindings)} lesser findings are not in this page.`)
  return el('div', {}, chips, list, left)
}

export function reasonChips(
  findings: readonly DayFinding[],
  chosen: string | undefined,
  pick: (reason: string | undefined) => void,
): HTMLElement[] {
  const counts = new Map<string, number>()
  for (const { reason } of findings) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const all = [...counts].sort(([, a], [, b]) => b - a)
  return [[undefined, findings.length] as const, ...all].map(([reason, count]) => {
    const chip = el(
      'button',
      { type: 'button', class: 'chip', 'aria-pressed': String(reason === chosen) },
      reason ?? 'all',
      el('span', {}, formatWhole(count)),
    )
    chip.addEventListener('click', () => pick(reason))
    return chip
  })
}

export function findingsTable(
  data: ReportData,
  findings: readonly DayFinding[],
  open: (venue: number, day: number) => void,
): HTMLElement {
  return table(
    'Findings, the worst first',
    [
      ...['Day', 'Reason'].map(head => ({ head, isText: true })),
      { head: 'Items' },
      { head: 'The worst', isText: true },
    ],
    findings.map(({ venue, day, reason, items, worst }) => {
      const link = el(
        'button',
        { type: 'button', class: 'link' },
        wholeDates(`${data.venues[venue]!.venue} ${formatDay(data.firstDay, day)}`),
      )
      link.addEventListener('click', () => open(venue, day))
      return [link, reason, formatWhole(items), worst]
    }),
  )
}
