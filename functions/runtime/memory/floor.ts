import { type Bucket, SampleRing } from './sample-ring.ts'

/** How the floor of a process's memory rises. */
export interface FloorGrowth {
  /** `leak`: the floor rises nearly without exception. */
  readonly verdict: 'suspected' | 'leak'
  /** Over all pairs of stretches: the share where the later one is higher, less the share where it is lower. */
  readonly confidence: number
  readonly bytesPerBatch: number
  /** From the first to the last quarter of what was judged. */
  readonly growthBytes: number
}

const MIB = 1024 ** 2
const MAX_STRETCHES = 32
const MIN_BATCHES = 80
/** The first batches load code and fill buffers. */
const WARM_UP_SHARE = 0.25
/** Growth by less than 4 MiB, or by less than this share, is no leak. */
const MIN_GROWTH_BYTES = 4 * MIB
const MIN_GROWTH_SHARE = 0.02
/** A step rises in one place only: each rise must be at least this share of their mean. */
const MIN_RISE_SHARE = 0.2
/** A warm-up slows down: the last rise must be at least this share of the first. */
const MIN_LAST_RISE_SHARE = 0.55
const SUSPECTED_CONFIDENCE = 0.8
const LEAK_CONFIDENCE = 0.9

/**
 * Looks for a leak in resident memory, batch by batch. Garbage makes teeth that fall back to a floor, and a leak raises that
 * floor: so it compares the lowest values of up to 32 equal stretches of the process's life. Memory: those stretches.
 * A warm-up of hundreds of batches looks like a leak until it slows down. `tick-handler monitor` judges more finely.
 */
export class MemoryFloor {
  readonly #ring = new SampleRing(MAX_STRETCHES)
  #batches = 0

  add(residentBytes: number): void {
    this.#ring.add(++this.#batches, residentBytes)
  }

  /** Undefined where there is no sign of a leak, or too little to judge by. */
  get growth(): FloorGrowth | undefined {
    if (this.#batches < MIN_BATCHES) return undefined
    const full = this.#ring.buckets.slice(0, -1)
    return growthOf(full.slice(Math.ceil(full.length * WARM_UP_SHARE)))
  }
}

function growthOf(stretches: readonly Bucket[]): FloorGrowth | undefined {
  const lows = stretches.map(({ lowest }) => lowest)
  const lowestOf = (quarter: number) => {
    const [from, to] = [Math.floor((quarter * lows.length) / 4), Math.floor(((quarter + 1) * lows.length) / 4)]
    return Math.min(...lows.slice(from, to))
  }
  const [first, second, third, last] = [lowestOf(0), lowestOf(1), lowestOf(2), lowestOf(3)]
  const [firstRise, middleRise, lastRise] = [second - first, third - second, last - third]
  const growthBytes = last - first
  if (growthBytes < Math.max(MIN_GROWTH_BYTES, MIN_GROWTH_SHARE * first)) return undefined
  if (Math.min(firstRise, middleRise, lastRise) < (MIN_RISE_SHARE * growthBytes) / 3) return undefined
  if (lastRise < MIN_LAST_RISE_SHARE * firstRise) return undefined
  const confidence = concordance(lows)
  if (confidence < SUSPECTED_CONFIDENCE) return undefined
  return {
    verdict: confidence >= LEAK_CONFIDENCE ? 'leak' : 'suspected',
    confidence,
    bytesPerBatch: growthBytes / (0.75 * (stretches.at(-1)!.to - stretches[0]!.from)),
    growthBytes,
  }
}

/** Kendall's tau against time: https://en.wikipedia.org/wiki/Kendall_rank_correlation_coefficient */
function concordance(values: readonly number[]): number {
  const signs = values.flatMap((later, at) => values.slice(0, at).map(earlier => Math.sign(later - earlier)))
  return signs.reduce((sum, sign) => sum + sign, 0) / signs.length
}
