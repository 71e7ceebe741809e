/**
 * Whether memory that was sampled over time leaks. Pure.
 *
 * It looks at the floor: the lowest value of each of a few dozen stretches of time. Garbage makes teeth that fall back
 * to the floor; a leak raises the floor. A leak is a floor that rises steadily until the end. Where one or two steps,
 * or a curve that levels off, fit the floor at least as well as a straight line, the process is healthy: it loaded
 * something or is warming up.
 */

import type { SampleRing } from '../../runtime/memory/sample-ring.ts'
import { afterStep, fromSomeTimeOn, type Growth, healthyShape, steady } from './leak-shapes.ts'
import { median, type Point } from './trend.ts'

/** `at` is in whatever unit the caller counts: batches, seconds. Samples are in order of `at`. */
export interface MemorySample {
  readonly at: number
  readonly bytes: number
}

export interface LeakVerdict {
  readonly verdict: 'none' | 'suspected' | 'leak'
  /** 0 to 1: how sure the steady growth is. 0 where there are too few samples. */
  readonly confidence: number
  /** Growth of the floor per unit of `at`, and its 99 % confidence interval. */
  readonly bytesPerUnit: number
  readonly lowBytesPerUnit: number
  readonly highBytesPerUnit: number
  /** Growth along the trend over what was judged. */
  readonly growthBytes: number
  /** Samples judged, those of the warm-up left out. */
  readonly samples: number
  /** The reason of the verdict, for people. */
  readonly reason: string
}

export interface LeakOptions {
  /** Share of the time that counts as warm-up and is left out; 0.2 by default. */
  readonly warmUpShare?: number
  /** Less growth than this is no leak. By default 4 MiB, or 2 % of the level if that is more. */
  readonly minGrowthBytes?: number
}

const MIB = 1048576
const MIN_SAMPLES = 80
const BLOCK_COUNTS = [30, 24, 18, 14]
const MIN_BLOCKS = 10
/** Above this chance there is no growth to explain. */
const GROWTH_CHANCE = 0.01
const SUSPECTED_CHANCE = 1e-3
const LEAK_CHANCE = 1e-5
/** Strong and very strong evidence on the scale of Kass and Raftery (https://doi.org/10.2307/2291091). */
const SUSPECTED_LEAD = 4
const LEAK_LEAD = 10

/**
 * Judges samples in order of `at`, fewer than a few thousand of them (`SampleRing` keeps it so). Takes a few
 * milliseconds at most. Never throws.
 */
export function judgeGrowth(samples: readonly MemorySample[], options: LeakOptions = {}): LeakVerdict {
  const judged = afterWarmUp(samples, options.warmUpShare ?? 0.2)
  if (judged.length < MIN_SAMPLES) return { ...NOTHING, samples: judged.length, reason: 'too few samples to judge by' }
  const floor = floorOf(judged)
  if (floor.length === 0) return { ...NOTHING, reason: 'too few samples spread over the time' }
  const least = options.minGrowthBytes ?? Math.max(4 * MIB, 0.02 * median(floor.map(p => p.y)))
  const plain = steady(floor)
  if (plain.growthBytes < least) return { ...finding(plain, judged.length), reason: 'no growth that matters' }
  if (plain.chance > GROWTH_CHANCE) return { ...finding(plain, judged.length), reason: 'no steady growth' }
  const healthy = healthyShape(floor, samples[0]!.at)
  for (const growth of [plain, afterStep(floor), fromSomeTimeOn(floor)]) {
    const lead = healthy.bic - growth.bic
    if (lead >= SUSPECTED_LEAD && isClear(growth, least)) return guilty(growth, lead, judged.length)
  }
  return { ...finding(plain, judged.length), reason: healthy.name }
}

/** The verdict on a series in a ring: the lows of its buckets are what a floor is made of. */
export function judgeRing(ring: SampleRing): LeakVerdict {
  return judgeGrowth(ring.buckets.map(({ to, lowest }) => ({ at: to, bytes: lowest })))
}

const NOTHING: LeakVerdict = {
  verdict: 'none',
  confidence: 0,
  bytesPerUnit: 0,
  lowBytesPerUnit: 0,
  highBytesPerUnit: 0,
  growthBytes: 0,
  samples: 0,
  reason: '',
}

function finding({ trend, growthBytes }: Growth, samples: number): LeakVerdict {
  return {
    ...NOTHING,
    bytesPerUnit: trend.slope,
    lowBytesPerUnit: trend.lowSlope,
    highBytesPerUnit: trend.highSlope,
    growthBytes,
    samples,
  }
}

/** `lead`: by how much the information criterion of steady growth is better than that of any healthy shape. */
function guilty(growth: Growth, lead: number, samples: number): LeakVerdict {
  const verdict = growth.chance <= LEAK_CHANCE && lead >= LEAK_LEAD ? 'leak' : 'suspected'
  const confidence = Math.min(1 - growth.chance, 1 / (1 + Math.exp(-lead / 2)))
  const reason = 'the floor of the memory in use rises steadily'
  return { ...finding(growth, samples), verdict, confidence, reason }
}

function isClear({ trend, chance, growthBytes }: Growth, minBytes: number): boolean {
  return growthBytes >= minBytes && chance <= SUSPECTED_CHANCE && trend.lowSlope > 0
}

function afterWarmUp(samples: readonly MemorySample[], share: number): readonly MemorySample[] {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return []
  const from = first.at + share * (last.at - first.at)
  return samples.filter(sample => sample.at > from)
}

/**
 * The floor, in the number of stretches that shows a slope best: short stretches are many, long ones hold the foot of every
 * tooth. The noise is the distance of each stretch from the line between its neighbours, which steady growth does not change.
 * Empty where too many stretches have no sample.
 */
function floorOf(samples: readonly MemorySample[]): Point[] {
  let best: { floor: Point[]; variance: number } = { floor: [], variance: Infinity }
  for (const blocks of BLOCK_COUNTS) {
    const floor = lowestOf(samples, blocks)
    if (floor.length < MIN_BLOCKS) continue
    const off = floor.slice(1, -1).map((p, i) => Math.abs(p.y - (floor[i]!.y + floor[i + 2]!.y) / 2))
    const noise = Math.max(1e-3 * floor[0]!.y, off.reduce((sum, d) => sum + d, 0) / off.length)
    const variance = noise ** 2 / blocks
    if (variance < best.variance) best = { floor, variance }
  }
  return best.floor
}

/** The lowest value of each of `blocks` stretches of equal time, at its middle. Stretches without a sample are left out. */
function lowestOf(samples: readonly MemorySample[], blocks: number): Point[] {
  const start = samples[0]!.at
  const width = (samples.at(-1)!.at - start) / blocks
  const lowest = new Array<number>(blocks).fill(Infinity)
  for (const { at, bytes } of samples) {
    const block = Math.min(blocks - 1, Math.floor((at - start) / width) || 0)
    lowest[block] = Math.min(lowest[block]!, bytes)
  }
  return lowest.map((y, block) => ({ x: start + (block + 0.5) * width, y })).filter(({ y }) => y < Infinity)
}
