import type { RowGroup } from './csv.ts'
import type { Kernel } from './kernel.ts'
import { type Column, KIND } from './layout.ts'

/** What is seen in passing of a dataset's order. Times are microseconds since 1970, UTC. */
export interface Quality {
  /** Rows whose local_timestamp is before the row above's. */
  readonly rowsOutOfOrder: number
  /** The longest time between two rows' local_timestamp, in microseconds, and where it begins. */
  readonly largestGapMicros: bigint
  readonly largestGapStartMicros?: bigint
}

/** Follows local_timestamp through a dataset's row groups. */
export class OrderWatch {
  private readonly kernel: Kernel
  private rowsOutOfOrder = 0
  private gap = -1n
  private gapStart: bigint | undefined
  private last: bigint | undefined
  /** The smallest and largest local_timestamp so far. */
  first: bigint | undefined
  latest: bigint | undefined

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  /** Looks at a row group; returns whether its rows are in ascending order. */
  see(group: RowGroup): boolean {
    const column = group.layout.columns.find(c => c.name === 'local_timestamp' && c.kind === KIND.TIME)
    if (!column) return false
    const { address, count } = this.presentTimes(group, column)
    if (count === 0) return false
    this.widen(address, count)
    const first = this.timeAt(address)
    // The dataset's first time has none before it.
    if (this.last === undefined) this.kernel.scanOrder(address + 8, count - 1, first)
    else this.kernel.scanOrder(address, count, this.last)
    const outOfOrder = this.kernel.outOfOrder.value
    const startsBehind = this.last !== undefined && first < this.last
    this.rowsOutOfOrder += outOfOrder
    if (this.kernel.largestGap.value > this.gap) {
      this.gap = this.kernel.largestGap.value
      this.gapStart = this.kernel.gapStart.value
    }
    this.last = this.timeAt(address + (count - 1) * 8)
    return count === group.rows && outOfOrder === (startsBehind ? 1 : 0)
  }

  get quality(): Quality {
    const none = this.gapStart === undefined || this.gap < 0n
    return {
      rowsOutOfOrder: this.rowsOutOfOrder,
      largestGapMicros: none ? 0n : this.gap,
      ...(none ? {} : { largestGapStartMicros: this.gapStart! }),
    }
  }

  private presentTimes(group: RowGroup, column: Column): { address: number; count: number } {
    const count = this.kernel.countValues(column.validity, 0, group.rows)
    if (count === group.rows) return { address: column.values, count }
    const { gathered } = group.layout.scratch
    this.kernel.gather64(column.values, column.validity, group.rows, gathered)
    return { address: gathered, count }
  }

  private widen(address: number, count: number): void {
    this.kernel.integerRange(address, count)
    const smallest = this.kernel.smallestInteger.value
    const largest = this.kernel.largestInteger.value
    if (this.first === undefined || smallest < this.first) this.first = smallest
    if (this.latest === undefined || largest > this.latest) this.latest = largest
  }

  private timeAt(address: number): bigint {
    return new DataView(this.kernel.memory.buffer).getBigInt64(address, true)
  }
}
