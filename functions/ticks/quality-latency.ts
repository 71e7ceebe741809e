import type { RowGroup } from './csv.ts'
import type { Kernel } from './kernel.ts'
import { KIND } from './kernel-constants.ts'
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

/** How long rows were on their way, and rows that repeat the one above. */
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
    const { descriptors, columns } = group.layout
    const { rows } = group
    const [receivedIn, sentIn] = [presenceOf(kernel, received, rows), presenceOf(kernel, sent, rows)]
    // Of the numbers the last one differs most often from row to row: an amount.
    const number = columns.findLast(column => column.kind === KIND.DOUBLE)
    const first = number && presenceOf(kernel, number, rows) === 0 ? number.values : 0
    kernel.addLatencies(received.values, receivedIn, sent.values, sentIn, rows, descriptors, columns.length, first)
  }

  get found(): { exchangeRowsOutOfOrder: number; repeatedRows: number; latency?: Latency } {
    const { sentOutOfOrder, repeatedRows, smallestLatency, largestLatency } = this.kernel
    const latency = latencyOf(histogramOf(this.kernel), smallestLatency.value, largestLatency.value)
    return {
      exchangeRowsOutOfOrder: sentOutOfOrder.value,
      repeatedRows: repeatedRows.value,
      ...(latency && { latency }),
    }
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
  const counts = new Uint32Array(kernel.memory.buffer, kernel.LATENCIES.value, 2 * size)
  const negative = [...counts.subarray(size)].reverse()
  return {
    counts: [...negative, ...counts.subarray(0, size)],
    negative: negative.reduce((sum, count) => sum + count, 0),
    valueAt: bucket => (bucket < size ? -middleOf(size - 1 - bucket) : middleOf(bucket - size)),
  }
}

/** 32 buckets to each power of two: see `bucketOf` in kernel/latency.ts. */
function middleOf(bucket: number): bigint {
  if (bucket < 64) return BigInt(bucket)
  const shift = BigInt(Math.floor(bucket / 32) - 1)
  return (BigInt((bucket % 32) + 32) << shift) + (1n << shift) / 2n
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
