/**
 * Shapes that the floor of a process's memory takes over time, each fitted by least absolute error and rated by its fit
 * for the number of its parameters. Pure.
 */

import { median, type Point, type Trend, trendOf } from './trend.ts'

/** A shape with steady growth in it. */
export interface Growth {
  /** Of the steady part. */
  readonly trend: Trend
  readonly growthBytes: number
  /** The probability of such a trend where there is none, corrected for the freedom in fitting the shape. */
  readonly chance: number
  /** Bayesian information criterion: less is better. https://en.wikipedia.org/wiki/Bayesian_information_criterion */
  readonly bic: number
}

const LEVELING_SHARES = [0.05, 0.1, 0.2, 0.3, 0.45]
/** Fewer than the curve has, so that a straight line must be clearly better than a curve that levels off. */
const LEVELING_PARAMETERS = 2

/** A straight line. */
export function steady(floor: readonly Point[]): Growth {
  const trend = trendOf(floor)
  return growth(floor, trend, 1, spreadOf(off(floor, trend.slope)), 2)
}

/** A straight line with one step up or down in it, where that helps most. */
export function afterStep(floor: readonly Point[]): Growth {
  let best = { error: Infinity, rest: floor }
  for (let at = 2; at <= floor.length - 2; at++) {
    const [before, after] = [floor.slice(0, at), floor.slice(at)]
    const slope = (trendOf(before).slope * before.length + trendOf(after).slope * after.length) / floor.length
    const error = spreadOf(off(before, slope)) + spreadOf(off(after, slope))
    if (error >= best.error) continue
    const step = median(off(after, slope)) - median(off(before, slope))
    best = { error, rest: floor.map((p, i) => (i < at ? p : { x: p.x, y: p.y - step })) }
  }
  return growth(best.rest, trendOf(best.rest), floor.length, best.error, 4)
}

/** Level at first, a straight line from some time on. */
export function fromSomeTimeOn(floor: readonly Point[]): Growth {
  let best = { error: Infinity, rising: floor, trend: trendOf(floor) }
  for (let at = 4; at <= floor.length - MIN_RISING; at++) {
    const level = floor.slice(0, at).map(p => p.y)
    const rising = floor.slice(at)
    const trend = trendOf(rising)
    const error = spreadOf(level) + spreadOf(off(rising, trend.slope))
    if (error < best.error) best = { error, rising, trend }
  }
  return growth(best.rising, best.trend, floor.length, best.error, 4, floor.length)
}

const MIN_RISING = 10

function growth(
  points: readonly Point[],
  trend: Trend,
  choices: number,
  error: number,
  parameters: number,
  rated = points.length,
): Growth {
  return {
    trend,
    growthBytes: trend.slope * (points.at(-1)!.x - points[0]!.x),
    chance: Math.min(1, trend.chance * choices),
    bic: bic(error, rated, parameters),
  }
}

/** The shape without a leak that fits the floor best. `start`: when the process began. */
export function healthyShape(floor: readonly Point[], start: number): { bic: number; name: string } {
  const steps = bic(stepsError(floor.map(p => p.y)), floor.length, 5)
  const leveling = bic(levelingError(floor, start), floor.length, LEVELING_PARAMETERS)
  return steps < leveling
    ? { bic: steps, name: 'memory rose in one or two steps, not steadily' }
    : { bic: leveling, name: 'memory rises ever more slowly and levels off' }
}

function bic(absoluteError: number, points: number, parameters: number): number {
  return 2 * points * Math.log(Math.max(absoluteError / points, 1)) + parameters * Math.log(points)
}

/** The distances from a line of this slope through the origin. */
function off(points: readonly Point[], slope: number): number[] {
  return points.map(p => p.y - slope * p.x)
}

/** Sum of the distances from the median. */
function spreadOf(values: readonly number[]): number {
  const centre = median(values)
  return values.reduce((sum, value) => sum + Math.abs(value - centre), 0)
}

/** The least error of three levels with two steps between them. */
function stepsError(ys: readonly number[]): number {
  const n = ys.length
  const head = Array.from({ length: n + 1 }, (_, i) => (i === 0 ? 0 : spreadOf(ys.slice(0, i))))
  const tail = Array.from({ length: n + 1 }, (_, i) => (i === n ? 0 : spreadOf(ys.slice(i))))
  let least = Infinity
  for (let i = 1; i < n - 1; i++) {
    for (let j = i + 1; j < n; j++) {
      if (head[i]! + tail[j]! < least) least = Math.min(least, head[i]! + spreadOf(ys.slice(i, j)) + tail[j]!)
    }
  }
  return least
}

/**
 * The least error of a curve that levels off: `1 − e^(−x/τ)` with a τ below the judged time, or a logarithm, which is
 * how the maximum of random values grows.
 */
function levelingError(floor: readonly Point[], start: number): number {
  const span = floor.at(-1)!.x - floor[0]!.x
  const curves = LEVELING_SHARES.map(share => (x: number) => 1 - Math.exp(-(x - floor[0]!.x) / (share * span)))
  curves.push(x => Math.log(x - start))
  let least = Infinity
  for (const curve of curves) {
    const bent = floor.map(p => ({ x: curve(p.x), y: p.y }))
    least = Math.min(least, spreadOf(off(bent, trendOf(bent).slope)))
  }
  return least
}
