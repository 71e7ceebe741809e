import { judgeItem, type Thresholds } from '../../../ledger/condition.ts'
import type { Manifest, ManifestItem } from '../../../ledger/manifest.ts'
import { type CalendarDay, DAY_MS, dayStartMs } from '../../../market/days.ts'
import { count, counted, duration } from '../../terminal/human.ts'
import { gapsOf } from '../gaps.ts'
import type { GapSpan } from './model.ts'

/** One reason why an item is not simply available. */
export interface Finding {
  readonly reason: string
  /** What was seen, in one phrase. */
  readonly text: string
  /** The higher, the more of the data cannot be used: 0 to 200. */
  readonly score: number
}

/** How much each reason weighs before its size is added. */
const WEIGHTS: Readonly<Record<string, number>> = {
  failed: 95,
  forbidden: 90,
  gap: 80,
  'out-of-order': 70,
  'outside-day': 65,
  crossed: 60,
  'non-positive-price': 60,
  'negative-latency': 40,
  'repeated-rows': 40,
  'repeated-ids': 40,
  'suspicious-empty': 35,
  'gap-in-incident': 30,
  'empty-in-incident': 25,
  'not-at-vendor': 5,
}
const UNKNOWN_WEIGHT = 50

/**
 * The findings of an item, the worst first: the reasons that the manifest records, each with its figures; `gaps` are those of `gapSpansOf`. Pure. Items of
 * releases that did not judge have only what their status says.
 */
export function findingsOf(item: ManifestItem, date: CalendarDay, gaps: readonly GapSpan[]): Finding[] {
  const recorded = item.reasons ?? (item.condition === undefined ? reasonsOfStatus(item, date) : [])
  return recorded
    .map(reason => ({
      reason,
      text: textOf(reason, item, gaps),
      score: (WEIGHTS[reason] ?? UNKNOWN_WEIGHT) + 100 * shareOf(reason, item, gaps),
    }))
    .sort((a, b) => b.score - a.score)
}

function reasonsOfStatus(item: ManifestItem, date: CalendarDay): readonly string[] {
  return item.status === 'stored' || item.status === 'empty' ? [] : judgeItem(item, date, []).reasons
}

/** The gaps that count against an item, as the page draws them. */
export function gapSpansOf(
  item: ManifestItem,
  manifest: Pick<Manifest, 'date' | 'incidents'>,
  thresholds: Thresholds,
): GapSpan[] {
  const dayMs = dayStartMs(manifest.date)
  return gapsOf(item, manifest, thresholds).map(({ startMicros, micros, incident }) => [
    Math.round(startMicros / 1000 - dayMs),
    Math.round(micros / 1000),
    incident !== undefined,
  ])
}

/** The counts of an item's checks, by reason. */
function countsOf({ quality }: ManifestItem): Readonly<Record<string, number | undefined>> {
  return {
    crossed: quality?.crossed,
    'negative-latency': quality?.latency?.negative,
    'non-positive-price': quality?.nonPositivePrices,
    'out-of-order': quality?.rowsOutOfOrder,
    'outside-day': quality?.rowsOutsideDay,
    'repeated-ids': quality?.repeatedIds,
    'repeated-rows': quality?.repeatedRows,
  }
}

const PHRASES: Readonly<Record<string, string>> = {
  crossed: 'with a bid above the ask',
  'negative-latency': 'received before the exchange sent them',
  'non-positive-price': 'with a price that is not above zero',
  'out-of-order': 'received out of order',
  'outside-day': 'outside the day',
  'repeated-ids': 'with the id of the row before',
  'repeated-rows': 'equal to the row before',
}

function isOf(reason: string): (gap: GapSpan) => boolean {
  return ([, , isIn]) => isIn === (reason === 'gap-in-incident')
}

function shareOf(reason: string, item: ManifestItem, gaps: readonly GapSpan[]): number {
  if (reason === 'gap' || reason === 'gap-in-incident') return totalMs(gaps.filter(isOf(reason))) / DAY_MS
  return Math.min(1, (countsOf(item)[reason] ?? 0) / Math.max(1, item.rows ?? 0))
}

function totalMs(gaps: readonly GapSpan[]): number {
  return gaps.reduce((sum, [, ms]) => sum + ms, 0)
}

function textOf(reason: string, item: ManifestItem, gaps: readonly GapSpan[]): string {
  if (reason === 'gap' || reason === 'gap-in-incident') return gapText(gaps.filter(isOf(reason)))
  if (reason === 'empty-in-incident') return 'no rows on a day with an incident'
  if (reason === 'suspicious-empty') return 'no rows, though the neighbouring days have some'
  if (reason === 'not-at-vendor') return 'Tardis does not have the file'
  const found = countsOf(item)[reason]
  if (found !== undefined) return `${count(found)} of ${counted(item.rows ?? 0, 'row')} ${PHRASES[reason] ?? reason}`
  return item.error ?? reason
}

function gapText(gaps: readonly GapSpan[]): string {
  const [longest] = gaps.toSorted(([, a], [, b]) => b - a)
  if (!longest) return 'no rows for a while'
  const text = `no rows for ${duration(longest[1])} from ${timeOfDay(longest[0])} UTC`
  return gaps.length === 1 ? text : `${text}, ${gaps.length} gaps of ${duration(totalMs(gaps))} in all`
}

/** Milliseconds since the day began as `03:14:05`. */
function timeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}
