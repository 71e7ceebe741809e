import { type Condition, judgeDay, judgeItem } from '../../../ledger/condition.ts'
import type { Manifest, ManifestItem } from '../../../ledger/manifest.ts'
import { CONDITION_LETTERS, type Series } from './model.ts'

/** Writable lists of one series, before they are written. */
export interface OpenSeries extends Pick<Series, 'venue'> {
  readonly dataType: string
  readonly letters: string[]
  readonly items: number[]
  readonly open: number[]
  readonly rows: number[]
  readonly bytes: number[]
  readonly latencyMedianMs: (number | null)[]
  readonly latencyP99Ms: (number | null)[]
}

export function openSeries(venue: number, dataType: string, days: number): OpenSeries {
  const zeros = () => new Array<number>(days).fill(0)
  const nulls = () => new Array<number | null>(days).fill(null)
  return {
    ...{ venue, dataType, letters: new Array<string>(days).fill(CONDITION_LETTERS.none) },
    ...{ items: zeros(), open: zeros(), rows: zeros(), bytes: zeros() },
    ...{ latencyMedianMs: nulls(), latencyP99Ms: nulls() },
  }
}

/** Sets one day of a series from the items of its data type. */
export function setDay(series: OpenSeries, day: number, manifest: Manifest, items: readonly ManifestItem[]): void {
  series.letters[day] = letterOf(manifest, items)
  series.items[day] = items.length
  series.open[day] = items.filter(({ status }) => OPEN.has(status)).length
  series.rows[day] = rounded(items.reduce((sum, { rows = 0 }) => sum + rows, 0))
  series.bytes[day] = rounded(items.reduce((sum, { bytes = 0 }) => sum + bytes, 0))
  const latencies = items.flatMap(({ rows = 0, quality }) =>
    quality?.latency ? [{ rows, median: ms(quality.latency.medianMicros), p99: ms(quality.latency.p99Micros) }] : [],
  )
  if (latencies.length === 0) return
  series.latencyMedianMs[day] = rounded(weightedMedian(latencies))
  series.latencyP99Ms[day] = rounded(latencies.reduce((most, { p99 }) => Math.max(most, p99), Number.NEGATIVE_INFINITY))
}

const OPEN: ReadonlySet<string> = new Set(['failed', 'forbidden', 'pending'])

/** The condition of some items of a day; unknown where nothing is against them, but some of them were not judged. */
export function letterOf({ date, status }: Manifest, items: readonly ManifestItem[]): string {
  const judged = items.map(item => conditionOf(item, date)).map(condition => (condition ? { condition } : {}))
  const { condition } = judgeDay(status !== 'pending', judged)
  const isUnknown = condition === 'available' && judged.some(item => !('condition' in item))
  return CONDITION_LETTERS[isUnknown ? 'unknown' : condition]
}

/** As recorded. Of an item without data the status says it. */
export function conditionOf(item: ManifestItem, date: string): Condition | undefined {
  if (item.condition !== undefined) return item.condition
  return item.status === 'stored' || item.status === 'empty' ? undefined : judgeItem(item, date, []).condition
}

/** The median of the medians, each counted as often as its item has rows. */
function weightedMedian(latencies: readonly { readonly rows: number; readonly median: number }[]): number {
  const sorted = latencies.toSorted((a, b) => a.median - b.median)
  const half = sorted.reduce((sum, { rows }) => sum + rows, 0) / 2
  let seen = 0
  const at = sorted.findIndex(({ rows }) => {
    seen += rows
    return seen >= half
  })
  return sorted[Math.max(0, at)]!.median
}

/** Milliseconds of a text of microseconds. */
export function ms(micros: string): number {
  return Number(micros) / 1000
}

/** Three digits, which is more than a picture shows. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
