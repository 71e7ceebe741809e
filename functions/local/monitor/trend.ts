/**
 * Robust statistics of a trend: the median slope of all pairs (Theil–Sen, https://en.wikipedia.org/wiki/Theil–Sen_estimator)
 * and the rank test that goes with it (Mann–Kendall, with the variance stretched for values that resemble their
 * neighbours, after Hamed and Rao 1998, https://doi.org/10.1016/S0022-1694(97)00125-X).
 * Pure; time and memory grow with the square of the number of points: for tens of points, not thousands.
 */

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Trend {
  /** Median of the slopes of all pairs, y per x, and its 99 % confidence interval (Sen's, distribution-free). */
  readonly slope: number
  readonly lowSlope: number
  readonly highSlope: number
  /** Probability that points without any trend rise as steadily as these or more so (one-sided). */
  readonly chance: number
}

const Z_99 = 2.576

/** The trend of `points`, which are in order of `x`. Fewer than three points have none: slope 0, chance 1. */
export function trendOf(points: readonly Point[]): Trend {
  if (points.length < 3) return { slope: 0, lowSlope: 0, highSlope: 0, chance: 1 }
  const { slopes, score } = pairs(points)
  slopes.sort((a, b) => a - b)
  const slope = middle(slopes)
  const spread = Math.sqrt(scoreVariance(points.length) * stretch(points, slope))
  const reach = Z_99 * spread
  return {
    slope,
    lowSlope: slopes[Math.max(0, Math.floor((slopes.length - reach) / 2))]!,
    highSlope: slopes[Math.min(slopes.length - 1, Math.ceil((slopes.length + reach) / 2))]!,
    chance: upperTail((score - Math.sign(score)) / spread),
  }
}

/** The middle value; of an even number, the mean of the two middle ones. Does not change `values`. */
export function median(values: readonly number[]): number {
  return middle([...values].sort((a, b) => a - b))
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

function pairs(points: readonly Point[]): { slopes: number[]; score: number } {
  const slopes: number[] = []
  let score = 0
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const rise = points[j]!.y - points[i]!.y
      const run = points[j]!.x - points[i]!.x
      score += Math.sign(rise)
      if (run > 0) slopes.push(rise / run)
    }
  }
  return { slopes: slopes.length > 0 ? slopes : [0], score }
}

/** Variance of the Mann–Kendall score of `n` independent values. */
function scoreVariance(n: number): number {
  return (n * (n - 1) * (2 * n + 5)) / 18
}

/** The factor by which the score's variance exceeds that of independent values, from the ranks' autocorrelation. */
function stretch(points: readonly Point[], slope: number): number {
  const n = points.length
  const ranks = ranksOf(points.map(p => p.y - slope * p.x))
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0)
  if (variance === 0) return 1
  const significant = 1.645 / Math.sqrt(n)
  let sum = 0
  for (let lag = 1; lag < n / 3; lag++) {
    let product = 0
    for (let i = 0; i + lag < n; i++) product += ranks[i]! * ranks[i + lag]!
    const correlation = product / variance
    if (Math.abs(correlation) > significant) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation
  }
  return Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)))
}

/** Ranks minus their mean. Equal values share a rank, and so do values that differ by rounding only. */
function ranksOf(values: readonly number[]): number[] {
  const scale = 1e-9 * Math.max(...values.map(Math.abs))
  const rounded = values.map(value => (scale > 0 ? Math.round(value / scale) : 0))
  const sorted = [...rounded].sort((a, b) => a - b)
  const mean = (values.length - 1) / 2
  return rounded.map(value => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 - mean)
}

/** P(Z > z) of the normal distribution (Abramowitz and Stegun 26.2.17, error below 1e-7; an asymptote beyond). */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z)
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 4) return (density / z) * (1 - 1 / (z * z) + 3 / z ** 4)
  const t = 1 / (1 + 0.2316419 * z)
  return density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
}
