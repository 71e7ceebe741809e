import type { Bucket } from '../../runtime/memory/sample-ring.ts'
import { byteTicks, cores, mib, time, timeTicks } from './format.ts'
import { escapeHtml } from './html.ts'
import { median } from './trend.ts'

/** A curve over the time of a run, as SVG. Colours come from the page's classes. Pure. */
export interface Chart {
  readonly label: string
  readonly buckets: readonly Bucket[]
  readonly endSeconds: number
  readonly height: number
  readonly top: number
  readonly ticks: readonly number[]
  readonly format: (value: number) => string
  /** Lines across, with a class and a label each. */
  readonly lines?: readonly { readonly at: number; readonly name: string; readonly className: string }[]
  readonly peak?: { readonly atSeconds: number; readonly value: number; readonly name: string }
  /** A straight line from the first to the last time, in the chart's values. */
  readonly trend?: { readonly from: Point; readonly to: Point; readonly name: string } | undefined
}

interface Point {
  readonly x: number
  readonly y: number
}

const WIDTH = 1000
const LEFT = 78
const RIGHT = 18
const ABOVE = 18
const BELOW = 26
/** Columns that show their value when pointed at. */
const MAX_HINTS = 250

export function memoryChart(run: {
  readonly buckets: readonly Bucket[]
  readonly endSeconds: number
  readonly peakBytes: number
  readonly peakAtSeconds: number
  readonly limitBytes: number | undefined
  /** Bytes per second, where there is something to show. */
  readonly growth: number | undefined
}): string {
  const { buckets, endSeconds, peakBytes, peakAtSeconds, limitBytes, growth } = run
  const limitShown = limitBytes !== undefined && limitBytes <= peakBytes * 4
  const top = Math.max(peakBytes * 1.12, limitShown ? limitBytes * 1.06 : 0)
  return drawChart({
    label: 'Resident memory over time',
    buckets: withPeak(buckets, peakAtSeconds, peakBytes),
    endSeconds,
    height: 360,
    top,
    ticks: byteTicks(top, 6),
    format: mib,
    lines: limitShown ? [{ at: limitBytes, name: `limit ${mib(limitBytes)}`, className: 'limit' }] : [],
    peak: { atSeconds: peakAtSeconds, value: peakBytes, name: `peak ${mib(peakBytes)}` },
    trend: growth === undefined ? undefined : trendLine(buckets, growth),
  })
}

/** A peak between two samples is known from the system, not from the samples: the curve goes through it too. */
function withPeak(buckets: readonly Bucket[], atSeconds: number, bytes: number): readonly Bucket[] {
  return buckets.map(bucket =>
    bucket.from <= atSeconds && atSeconds <= bucket.to
      ? { ...bucket, highest: Math.max(bucket.highest, bytes) }
      : bucket,
  )
}

export function cpuChart(buckets: readonly Bucket[], endSeconds: number): string {
  const top = Math.max(1, ...buckets.map(bucket => bucket.mean)) * 1.1
  const step = Math.max(0.5, Math.ceil(top / 4))
  const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step)
  const means = buckets.map(bucket => ({ ...bucket, highest: bucket.mean, lowest: bucket.mean }))
  return drawChart({ label: 'CPU over time', buckets: means, endSeconds, height: 150, top, ticks, format: cores })
}

function trendLine(buckets: readonly Bucket[], growth: number): NonNullable<Chart['trend']> {
  const last = buckets.at(-1)!.to
  const later = buckets.filter(({ to }) => to > 0.2 * last)
  const foot = median(later.map(({ lowest, to }) => lowest - growth * to))
  const at = (x: number) => ({ x, y: foot + growth * x })
  return { from: at(0.2 * last), to: at(last), name: `${mib(growth * 60)} a minute` }
}

function drawChart(chart: Chart): string {
  const { height, top, endSeconds, buckets, label } = chart
  const x = (seconds: number) => LEFT + (seconds / Math.max(endSeconds, 1e-3)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => height - BELOW - (Math.min(value, top) / top) * (height - ABOVE - BELOW)
  const upper = points(buckets, x, bucket => y(bucket.highest))
  const lower = points(buckets, x, bucket => y(bucket.lowest))
  const ends = [`${n(x(buckets.at(-1)!.to))},${n(y(0))}`, `${n(x(buckets[0]!.from))},${n(y(0))}`]
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">`,
    ...chart.ticks.map(value => grid(y(value), short(chart.format(value)))),
    ...timeTicks(endSeconds, 10).map(seconds => mark(x(seconds), height, short(time(seconds)))),
    `<polygon class="floor" points="${[...lower, ...ends].join(' ')}"/>`,
    `<polygon class="band" points="${[...upper, ...lower.toReversed()].join(' ')}"/>`,
    `<polyline class="curve" points="${upper.join(' ')}"/>`,
    ...(chart.lines ?? []).map(line => across(y(line.at), line.name, line.className)),
    ...(chart.trend === undefined ? [] : [sloping(chart.trend, x, y)]),
    ...(chart.peak === undefined ? [] : [spot(x(chart.peak.atSeconds), y(chart.peak.value), chart.peak.name)]),
    ...hints(chart, x),
    '</svg>',
  ].join('\n')
}

function points(buckets: readonly Bucket[], x: (seconds: number) => number, y: (bucket: Bucket) => number): string[] {
  return buckets.flatMap(bucket => {
    const left = `${n(x(bucket.from))},${n(y(bucket))}`
    return bucket.to > bucket.from ? [left, `${n(x(bucket.to))},${n(y(bucket))}`] : [left]
  })
}

/** `5.0s` as `5s`, `0 B` as `0`. */
function short(text: string): string {
  return text.replace(/\.0(?=s$)/, '').replace(/^0\D*$/, '0')
}

function grid(y: number, text: string): string {
  return `<path class="grid" d="M${LEFT} ${n(y)}H${WIDTH - RIGHT}"/><text class="axis" x="${LEFT - 8}" y="${n(y + 4)}" text-anchor="end">${text}</text>`
}

function mark(x: number, height: number, text: string): string {
  const base = height - BELOW
  return `<path class="tick" d="M${n(x)} ${base}v5"/><text class="axis" x="${n(x)}" y="${base + 19}" text-anchor="middle">${text}</text>`
}

function across(y: number, name: string, className: string): string {
  return `<path class="${className}" d="M${LEFT} ${n(y)}H${WIDTH - RIGHT}"/><text class="${className}-name" x="${LEFT + 8}" y="${n(y - 6)}">${name}</text>`
}

function sloping(trend: NonNullable<Chart['trend']>, x: (at: number) => number, y: (value: number) => number): string {
  const { from, to, name } = trend
  const path = `M${n(x(from.x))} ${n(y(from.y))}L${n(x(to.x))} ${n(y(to.y))}`
  return `<path class="trend" d="${path}"/><text class="trend-name" x="${n(x((from.x + to.x) / 2) + 10)}" y="${n(y((from.y + to.y) / 2) + 24)}">+${name}</text>`
}

/** The label stays inside the picture, whichever end the peak is at. */
function spot(x: number, y: number, name: string): string {
  const anchor = x > WIDTH * 0.8 ? 'end' : x < WIDTH * 0.2 ? 'start' : 'middle'
  return `<circle class="peak" cx="${n(x)}" cy="${n(y)}" r="4"/><text class="peak-name" x="${n(x)}" y="${n(y - 9)}" text-anchor="${anchor}">${name}</text>`
}

/** Invisible columns with a title each: browsers show it when pointed at, without a script. */
function hints({ buckets, height, format }: Chart, x: (seconds: number) => number): string[] {
  const step = Math.ceil(buckets.length / MAX_HINTS)
  const shown = buckets.filter((_, at) => at % step === 0)
  return shown.map(({ from, highest }, at) => {
    const left = x(from)
    const right = at + 1 < shown.length ? x(shown[at + 1]!.from) : WIDTH - RIGHT
    const size = `x="${n(left)}" y="${ABOVE}" width="${n(Math.max(0.5, right - left))}" height="${height - ABOVE - BELOW}"`
    return `<rect class="hint" ${size}><title>${time(from)}: ${format(highest)}</title></rect>`
  })
}

function n(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}
