import type { RowGroup } from './csv.ts'
import type { Kernel } from './kernel.ts'
import { KIND } from './kernel-constants.ts'

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
    const { kernel } = this
    const { values, validity } = column
    const isWhole = kernel.countValues(validity, 0, group.rows) === group.rows
    kernel.scanOrder(values, isWhole ? 0 : validity, group.rows, this.last ?? 0n, this.last !== undefined)
    if (kernel.timeCount.value === 0) return false
    const outOfOrder = kernel.outOfOrder.value
    const startsBehind = this.last !== undefined && kernel.firstTime.value < this.last
    this.rowsOutOfOrder += outOfOrder
    if (kernel.largestGap.value > this.gap) {
      this.gap = kernel.largestGap.value
      this.gapStart = kernel.gapStart.value
    }
    this.last = kernel.lastTime.value
    this.widen(kernel.smallestTime.value, kernel.largestTime.value)
    return isWhole && outOfOrder === (startsBehind ? 1 : 0)
  }

  get quality(): Quality {
    const none = this.gapStart === undefined || this.gap < 0n
    return {
      rowsOutOfOrder: this.rowsOutOfOrder,
      largestGapMicros: none ? 0n : this.gap,
      ...(none ? {} : { largestGapStartMicros: this.gapStart! }),
    }
  }

  private widen(smallest: bigint, largest: bigint): void {
    if (this.first === undefined || smallest < this.first) this.first = smallest
    if (this.latest === undefined || largest > this.latest) this.latest = largest
  }
}
