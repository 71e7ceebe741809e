import { count, counted } from '../terminal/human.ts'
import { shellWord } from '../terminal/shell-word.ts'
import { type Looks, paint, printable, wrapText } from '../terminal/style.ts'
import { endsOf } from './ends.ts'
import type { Stored } from './queries.ts'
import { isDegraded, type VenueDayReport } from './venue-days.ts'

/** What is degraded of many venue-days. */
export interface Degraded {
  readonly venueDays: number
  /** By name, with the number of items that have it. */
  readonly reasons: readonly { readonly reason: string; readonly items: number }[]
  /** The command that shows more. */
  readonly command: string
}

/** Undefined where none is degraded. Pure. */
export function degradedOf(reports: readonly VenueDayReport[], stored: Stored): Degraded | undefined {
  const degraded = reports.filter(isDegraded)
  if (degraded.length === 0) return undefined
  const counts = new Map<string, number>()
  for (const { reasons = [] } of degraded)
    for (const { reason, items } of reasons) counts.set(reason, (counts.get(reason) ?? 0) + items)
  const reasons = [...counts].map(([reason, items]) => ({ reason, items }))
  reasons.sort((a, b) => (a.reason < b.reason ? -1 : 1))
  return { venueDays: degraded.length, reasons, command: commandOf(degraded, stored, counts) }
}

function commandOf(
  degraded: readonly VenueDayReport[],
  { shown, prefix }: Stored,
  reasons: ReadonlyMap<string, number>,
): string {
  const place = shown.startsWith('gs://') ? `${shown.replace(/\/+$/, '')}/${prefix}` : shown
  const venues = [...new Set(degraded.map(({ venue }) => venue))].sort()
  const [first, last] = endsOf(degraded.toSorted((a, b) => (a.date < b.date ? -1 : 1)))
  const range = `--venues ${venues.join(',')} --start-date ${first.date} --end-date ${last.date}`
  const hasGaps = reasons.has('gap') || reasons.has('gap-in-incident')
  return `tick-handler status ${shellWord(place)} ${range} --quality${hasGaps ? ' --gaps' : ''}`
}

/** The lines of a summary, with a blank line after them; the command stays whole. None where nothing is degraded. Pure. */
export function degradedLines(reports: readonly VenueDayReport[], stored: Stored, looks: Looks, width: number) {
  const degraded = degradedOf(reports, stored)
  if (!degraded) return []
  const reasons = degraded.reasons.map(({ reason, items }) => `${reason} (${counted(items, 'item')})`).join(', ')
  const text = `Degraded: ${count(degraded.venueDays)} of ${counted(reports.length, 'venue-day')}: ${reasons}`
  return [
    ...wrapText(printable(text), width).map(line => paint(line, 'yellow', looks)),
    `  ${printable(degraded.command)}`,
    '',
  ]
}
