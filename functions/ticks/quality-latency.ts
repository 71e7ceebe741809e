import type { RowGroup } from './csv.ts'
import type { Kernel } from './kernel.ts'
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
  private readonly kernel: Kernel

  constructor(kernel: Kernel) {
    this.kernel = kernel
    kernel.beginLatencies()
  }

  add(group: RowGroup): void {
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

/** The kernel's counts, in order of latency: the smallest first. */
interface Histogram {
  readonly counts: readonly number[]
  readonly negative: number
  /** The middle of a bucket. */
  valueAt(bucket: number): bigint
}

function histogramOf(kernel: Kernel): Histogram {
  const size = kernel.LATENCY_BUCKETS.value
  const kept = new Uint32Array(kernel.memory.buffer, kernel.LATENCIES.value, 4 * size)
  // Even and odd rows are counted apart.
  const counts = Array.from({ length: 2 * size }, (_, bucket) => kept[bucket]! + kept[2 * size + bucket]!)
  const negative = counts.slice(size).reverse()
  return {
    counts: [...negative, ...counts.slice(0, size)],
    negative: negative.reduce((sum, count) => sum + count, 0),
    valueAt: bucket => (bucket < size ? -middleOf(size - 1 - bucket) : middleOf(bucket - size)),
  }
}

/** 32 buckets to each power of two, behind that of 0: see `LATENCY_BUCKETS` in kernel/latency.ts. */
function middleOf(bucket: number): bigint {
  if (bucket < 32) return 0n
  const [power, top] = [Math.floor(bucket / 32) - 1, BigInt(32 + (bucket % 32))]
  if (power < 5) return top >> BigInt(5 - power)
  const width = 1n << BigInt(power - 5)
  return top * width + width / 2n
}

function latencyOf({ counts, negative, valueAt }: Histogram, min: bigint, max: bigint): Latency | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const quantile = (share: number) => {
    const value = valueAt(bucketAt(counts, Math.ceil(total * share)))
    return value < min ? min : value > max ? max : value
  }
  return { minMicros: min, medianMicros: quantile(0.5), p99Micros: quantile(0.99), maxMicros: max, negative }
}

/** The bucket of the nth row, counting from 1. */
function bucketAt(counts: readonly number[], nth: number): number {
  let rows = 0
  return counts.findIndex(count => {
    rows += count
    return rows >= nth
  })
}
