import type { Encoder } from './kernel.ts'
import type { GroupRows } from './layout.ts'
import { columnOf, presenceOf } from './quality-columns.ts'

/** local_timestamp − timestamp in microseconds. Median and 99th percentile are at most 1.6 % off, the others are exact. */
export interface Latency {
  readonly minMicros: bigint
  readonly medianMicros: bigint
  readonly p99Micros: bigint
  readonly maxMicros: bigint
  /** Rows that were received before they were sent. */
  readonly negative: number
}

/** How long rows were on their way. */
export class LatencyCheck {
  private readonly kernel: Encoder

  constructor(kernel: Encoder) {
    this.kernel = kernel
    kernel.beginLatencies()
  }

  add(group: GroupRows): void {
    const { kernel } = this
    const received = columnOf(group, 'local_timestamp')
    const sent = columnOf(group, 'timestamp')
    if (!received || !sent) return
    const { rows } = group
    kernel.addLatencies(
      received.values,
      presenceOf(kernel, received, rows),
      sent.values,
      presenceOf(kernel, sent, rows),
      rows,
    )
  }

  get found(): { exchangeRowsOutOfOrder: number; latency?: Latency } {
    const { sentOutOfOrder, smallestLatency, largestLatency } = this.kernel
    const latency = latencyOf(histogramOf(this.kernel), smallestLatency.value, largestLatency.value)
    return { exchangeRowsOutOfOrder: sentOutOfOrder.value, ...(latency && { latency }) }
  }
}

/** The kernel's counts: of each latency, and of each one below 0, which is as long. */
interface Histogram {
  readonly size: number
  /** Even and odd rows are counted apart, one half behind the other. */
  readonly kept: Uint32Array
}

function histogramOf({ memory, LATENCIES, LATENCY_BUCKETS }: Encoder): Histogram {
  const size = LATENCY_BUCKETS.value
  return { size, kept: new Uint32Array(memory.buffer, LATENCIES.value, 4 * size) }
}

/** How many rows are in a bucket: those of latencies below 0 stand behind the others. */
function countAt({ size, kept }: Histogram, bucket: number): number {
  return kept[bucket]! + kept[2 * size + bucket]!
}

/** 32 buckets to each power of two, behind that of 0: see `LATENCY_BUCKETS` in kernel/latency.ts. */
function middleOf(bucket: number): bigint {
  if (bucket < 32) return 0n
  const [power, top] = [Math.floor(bucket / 32) - 1, BigInt(32 + (bucket % 32))]
  if (power < 5) return top >> BigInt(5 - power)
  const width = 1n << BigInt(power - 5)
  return top * width + width / 2n
}

function latencyOf(histogram: Histogram, min: bigint, max: bigint): Latency | undefined {
  let negative = 0
  let total = 0
  for (let bucket = 0; bucket < histogram.size; bucket += 1) {
    negative += countAt(histogram, histogram.size + bucket)
    total += countAt(histogram, bucket)
  }
  total += negative
  if (total === 0) return undefined
  const quantile = (share: number) => {
    const value = latencyAt(histogram, Math.ceil(total * share))
    return value < min ? min : value > max ? max : value
  }
  return { minMicros: min, medianMicros: quantile(0.5), p99Micros: quantile(0.99), maxMicros: max, negative }
}

/** The middle of the bucket of the nth row in order of latency, counting from 1. */
function latencyAt(histogram: Histogram, nth: number): bigint {
  const { size } = histogram
  let rows = 0
  for (let place = -size; place < size; place += 1) {
    const isNegative = place < 0
    const bucket = isNegative ? -1 - place : place
    rows += countAt(histogram, isNegative ? size + bucket : bucket)
    if (rows >= nth) return isNegative ? -middleOf(bucket) : middleOf(bucket)
  }
  throw new RangeError(`row ${nth} is behind the ${rows} rows counted`)
}
