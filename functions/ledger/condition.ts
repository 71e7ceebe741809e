import { z } from 'zod'
import { type CalendarDay, DAY_MS, dayStartMs } from '../market/days.ts'
import type { DataType } from '../market/names.ts'
import type { Incident } from './fields.ts'
import type { Quality } from './quality.ts'

/** Whether data can be used, in the words of data vendors. */
export const condition = z.enum(['available', 'degraded', 'pending', 'missing'])
export type Condition = z.infer<typeof condition>

/** Goes up when the same items get another condition than before. */
export const CONDITION_VERSION = 1

/** Why an item is not simply available. */
export const REASONS = [
  'crossed',
  'empty-in-incident',
  'failed',
  'forbidden',
  'gap',
  'gap-in-incident',
  'negative-latency',
  'non-positive-price',
  'not-at-vendor',
  'out-of-order',
  'outside-day',
  'repeated-ids',
  'repeated-rows',
] as const
export type Reason = (typeof REASONS)[number]

/** From which value on something counts against an item. */
export interface Thresholds {
  /** A gap is at least so long … */
  readonly gapSeconds: number
  /** … and so many times as long as the item's rows are apart on average. `null`: gaps do not count. */
  readonly gapFactor: number | null
  /** Share of the rows: crossed books, negative latency, repeated rows and ids, prices that are not above zero. */
  readonly share: number
}

/** Snapshots and quotes come regularly; trades and changes of a book in bursts; liquidations tell nothing by their absence. */
const REGULAR: Thresholds = { gapSeconds: 300, gapFactor: 50, share: 0.01 }
const BURSTS: Thresholds = { gapSeconds: 300, gapFactor: 200, share: 0.01 }
const RARE: Thresholds = { gapSeconds: 300, gapFactor: null, share: 0.01 }
const THRESHOLDS: ReadonlyMap<DataType, Thresholds> = new Map([
  ['trades', BURSTS],
  ['options_chain', BURSTS],
  ['incremental_book_L2', BURSTS],
  ['liquidations', RARE],
])

/** Those of CONDITION_VERSION. */
export function thresholdsOf(dataType: DataType): Thresholds {
  return THRESHOLDS.get(dataType) ?? REGULAR
}

export interface Judged {
  readonly condition: Condition
  /** In order of name. */
  readonly reasons: readonly string[]
}

/** What the condition of an item depends on: these fields of a manifest's item. */
export interface JudgedItem {
  readonly dataType: DataType
  readonly status: 'stored' | 'empty' | 'missing' | 'forbidden' | 'failed' | 'pending'
  readonly rows?: number | undefined
  readonly firstTimestampMicros?: string | undefined
  readonly lastTimestampMicros?: string | undefined
  readonly quality?: Quality | undefined
}

/** The condition of an item, by its own day alone. Pure. What was not checked does not count against it. */
export function judgeItem(
  item: JudgedItem,
  date: CalendarDay,
  incidents: readonly Incident[],
  thresholds: Thresholds = thresholdsOf(item.dataType),
): Judged {
  if (item.status === 'pending') return { condition: 'pending', reasons: [] }
  if (item.status === 'failed' || item.status === 'forbidden') return { condition: 'missing', reasons: [item.status] }
  if (item.status === 'missing') return { condition: 'missing', reasons: ['not-at-vendor'] }
  const reasons =
    item.status === 'empty' ? reasonsOfEmpty(date, incidents) : reasonsOf(item, date, incidents, thresholds)
  return { condition: reasons.length > 0 ? 'degraded' : 'available', reasons }
}

function reasonsOfEmpty(date: CalendarDay, incidents: readonly Incident[]): Reason[] {
  const from = dayStartMs(date) * 1000
  return incidents.some(incident => overlap(incident, from, from + DAY_MS * 1000) > 0) ? ['empty-in-incident'] : []
}

function reasonsOf(
  item: JudgedItem,
  date: CalendarDay,
  incidents: readonly Incident[],
  thresholds: Thresholds,
): Reason[] {
  const { quality, rows = 0 } = item
  if (!quality) return []
  const gaps = longGaps(item, date, thresholds)
  const areIn = gaps.map(gap => isInIncident(gap, incidents))
  const found: Partial<Record<Reason, boolean>> = {
    crossed: exceeds(quality.crossed, rows, thresholds),
    gap: areIn.includes(false),
    'gap-in-incident': areIn.includes(true),
    'negative-latency': exceeds(quality.latency?.negative, rows, thresholds),
    'non-positive-price': exceeds(quality.nonPositivePrices, rows, thresholds),
    'out-of-order': quality.rowsOutOfOrder > 0,
    'outside-day': (quality.rowsOutsideDay ?? 0) > 0,
    'repeated-ids': exceeds(quality.repeatedIds, rows, thresholds),
    'repeated-rows': exceeds(quality.repeatedRows, rows, thresholds),
  }
  return (Object.keys(found) as Reason[]).filter(reason => found[reason])
}

function exceeds(count: number | undefined, rows: number, { share }: Thresholds): boolean {
  return (count ?? 0) > share * rows
}

/** A span without rows, in microseconds since 1970 UTC. */
export interface Gap {
  readonly startMicros: number
  readonly micros: number
}

/** The gaps that count against an item, the time before its first row and after its last included, in order of time. */
export function longGaps(item: JudgedItem, date: CalendarDay, { gapSeconds, gapFactor }: Thresholds): Gap[] {
  const { quality, rows = 0, firstTimestampMicros: first, lastTimestampMicros: last } = item
  if (gapFactor === null || !quality || rows === 0 || first === undefined || last === undefined) return []
  const dayMicros = DAY_MS * 1000
  const from = dayStartMs(date) * 1000
  const leastMicros = Math.max(gapSeconds * 1_000_000, (gapFactor * dayMicros) / rows)
  const to = from + dayMicros
  const begin = Math.min(Math.max(Number(first), from), to)
  const end = Math.min(Math.max(Number(last), from), to)
  const edges = [
    { startMicros: from, micros: begin - from },
    { startMicros: end, micros: to - end },
  ]
  return [...edges, ...gapsWithin(quality)]
    .filter(({ micros }) => micros >= leastMicros)
    .sort((a, b) => a.startMicros - b.startMicros)
}

/** What the converter kept: up to five, or the longest one only where it was an older release. */
function gapsWithin({ gaps, largestGapMicros, largestGapStartMicros }: Quality): Gap[] {
  if (gaps) return gaps.map(({ startMicros, micros }) => ({ startMicros: Number(startMicros), micros: Number(micros) }))
  if (largestGapStartMicros === undefined) return []
  return [{ startMicros: Number(largestGapStartMicros), micros: Number(largestGapMicros) }]
}

/** True where an incident that the vendor reports explains at least half of the gap. */
export function isInIncident(gap: Gap, incidents: readonly Incident[]): boolean {
  return incidentOf(gap, incidents) !== undefined
}

/** The first incident that explains at least half of the gap. */
export function incidentOf({ startMicros, micros }: Gap, incidents: readonly Incident[]): Incident | undefined {
  return incidents.find(incident => overlap(incident, startMicros, startMicros + micros) >= micros / 2)
}

/** How many microseconds of a span an incident covers. One without an end goes on. */
function overlap({ from, to }: Incident, startMicros: number, endMicros: number): number {
  const start = Math.max(startMicros, Date.parse(from) * 1000)
  const end = Math.min(endMicros, to === undefined ? endMicros : Date.parse(to) * 1000)
  return Math.max(0, end - start)
}

/** A reason, and how many items have it. */
export const reasonCount = { reason: z.string(), items: z.int().min(0) }

/** The condition of a venue-day out of those of its items. Missing: nothing of it is there. */
export function judgeDay(
  isExported: boolean,
  items: readonly Partial<Judged>[],
): { condition: Condition; reasons: { reason: string; items: number }[] } {
  const counts = new Map<string, number>()
  for (const { reasons = [] } of items) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const reasons = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, items]) => ({ reason, items }))
  const has = (condition: Condition) => items.some(item => item.condition === condition)
  if (!isExported || has('pending')) return { condition: 'pending', reasons }
  if (items.every(item => item.condition === 'missing')) return { condition: 'missing', reasons }
  return { condition: has('degraded') || has('missing') ? 'degraded' : 'available', reasons }
}
