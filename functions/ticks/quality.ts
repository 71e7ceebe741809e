import { type CalendarDay, DAY_MS, dayStartMs } from '../market/days.ts'
import type { RowGroup } from './csv.ts'
import type { Kernel } from './kernel.ts'
import { KIND } from './kernel-constants.ts'

/** What a conversion finds out about a dataset's times. They are microseconds since 1970, UTC. */
export interface Quality {
  /** Rows whose local_timestamp is before that of the previous row. */
  readonly rowsOutOfOrder: number
  /** The longest time between two rows' local_timestamp, in microseconds, and where it begins. */
  readonly largestGapMicros: bigint
  readonly largestGapStartMicros?: bigint
  /** Rows whose local_timestamp is not of the day; absent where no day was named. Rows without a time do not count. */
  readonly rowsOutsideDay?: number
}

/** From the first microsecond of a UTC day to the first of the next. */
interface Span {
  readonly from: bigint
  readonly to: bigint
}

/** Collects the quality of a dataset, row group by row group. */
export class QualityCollector {
  private readonly kernel: Kernel
  private readonly day: Span | undefined
  private rowsOutOfOrder = 0
  private rowsOutsideDay = 0
  private gap = -1n
  private gapStart: bigint | undefined
  private last: bigint | undefined
  /** The smallest and largest local_timestamp so far. */
  first: bigint | undefined
  latest: bigint | undefined

  /** @throws RangeError where `day` is no day of the calendar */
  constructor(kernel: Kernel, day?: CalendarDay) {
    this.kernel = kernel
    this.day = day === undefined ? undefined : spanOf(day)
  }

  /** Adds a row group; returns whether its rows are in ascending order. */
  add(group: RowGroup): boolean {
    const { values, validity } = group.layout.columns.find(c => c.name === 'local_timestamp' && c.kind === KIND.TIME)!
    const { kernel } = this
    const isWhole = kernel.countValues(validity, 0, group.rows) === group.rows
    const present = isWhole ? 0 : validity
    kernel.scanOrder(values, present, group.rows, this.last ?? 0n, this.last !== undefined)
    if (kernel.timeCount.value === 0) return false
    const { day } = this
    if (day && (kernel.smallestTime.value < day.from || kernel.largestTime.value >= day.to))
      this.rowsOutsideDay += kernel.countOutside(values, present, group.rows, day.from, day.to)
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
      ...(this.day && { rowsOutsideDay: this.rowsOutsideDay }),
    }
  }

  private widen(smallest: bigint, largest: bigint): void {
    if (this.first === undefined || smallest < this.first) this.first = smallest
    if (this.latest === undefined || largest > this.latest) this.latest = largest
  }
}

function spanOf(day: CalendarDay): Span {
  const from = BigInt(dayStartMs(day)) * 1000n
  return { from, to: from + BigInt(DAY_MS) * 1000n }
}
