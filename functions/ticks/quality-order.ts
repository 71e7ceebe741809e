import { type CalendarDay, DAY_MS, dayStartMs } from '../market/days.ts'
import type { Encoder } from './kernel.ts'
import type { GroupRows } from './layout.ts'
import { columnOf, presenceOf } from './quality-columns.ts'

/** A span without rows, in microseconds; `startMicros` is the local_timestamp of the row before it, since 1970 UTC. */
export interface Gap {
  readonly startMicros: bigint
  readonly micros: bigint
}

/** From the first microsecond of a UTC day to the first of the next. */
interface Span {
  readonly from: bigint
  readonly to: bigint
}

/** Follows the local_timestamps of a dataset, row group by row group. */
export class OrderCheck {
  private readonly kernel: Encoder
  private readonly day: Span | undefined
  private rowsOutOfOrder = 0
  private rowsOutsideDay = 0
  private gap = -1n
  private gapStart: bigint | undefined
  private gaps: readonly Gap[] = []
  private last: bigint | undefined
  /** The smallest and largest local_timestamp so far. */
  first: bigint | undefined
  latest: bigint | undefined

  /** @throws RangeError where `day` is no day of the calendar */
  constructor(kernel: Encoder, day?: CalendarDay) {
    this.kernel = kernel
    this.day = day === undefined ? undefined : spanOf(day)
  }

  /** Adds a row group; returns whether its rows are in ascending order. */
  add(group: GroupRows): boolean {
    const { kernel } = this
    const times = columnOf(group, 'local_timestamp')!
    const present = presenceOf(kernel, times, group.rows)
    kernel.scanOrder(times.values, present, group.rows, this.last ?? 0n, this.last !== undefined)
    if (kernel.timeCount.value === 0) return false
    const { day } = this
    if (day && (kernel.smallestTime.value < day.from || kernel.largestTime.value >= day.to))
      this.rowsOutsideDay += kernel.countOutside(times.values, present, group.rows, day.from, day.to)
    const outOfOrder = kernel.outOfOrder.value
    const startsBehind = this.last !== undefined && kernel.firstTime.value < this.last
    this.rowsOutOfOrder += outOfOrder
    const largestGap = kernel.largestGap.value
    if (largestGap > this.gap) {
      this.gap = largestGap
      this.gapStart = kernel.gapStart.value
    }
    if (largestGap > (this.gaps[kernel.MAX_GAPS.value - 1]?.micros ?? 0n))
      this.gaps = longest([...this.gaps, ...gapsOf(kernel)], kernel.MAX_GAPS.value)
    this.last = kernel.lastTime.value
    this.widen(kernel.smallestTime.value, kernel.largestTime.value)
    return present === 0 && outOfOrder === (startsBehind ? 1 : 0)
  }

  get found() {
    const none = this.gapStart === undefined || this.gap < 0n
    return {
      rowsOutOfOrder: this.rowsOutOfOrder,
      largestGapMicros: none ? 0n : this.gap,
      ...(none ? {} : { largestGapStartMicros: this.gapStart! }),
      ...(this.day && { rowsOutsideDay: this.rowsOutsideDay }),
      gaps: this.gaps,
    }
  }

  private widen(smallest: bigint, largest: bigint): void {
    if (this.first === undefined || smallest < this.first) this.first = smallest
    if (this.latest === undefined || largest > this.latest) this.latest = largest
  }
}

/** The longest gaps of the row group that the kernel scanned last. */
function gapsOf(kernel: Encoder): Gap[] {
  const view = new DataView(kernel.memory.buffer, kernel.GAPS.value, kernel.MAX_GAPS.value * 16)
  const gaps: Gap[] = []
  for (let at = 0; at < view.byteLength; at += 16) {
    const micros = view.getBigInt64(at, true)
    if (micros > 0n) gaps.push({ micros, startMicros: view.getBigInt64(at + 8, true) })
  }
  return gaps
}

/** Of gaps of one length the earlier ones. */
function longest(gaps: readonly Gap[], count: number): Gap[] {
  return gaps.toSorted((a, b) => Number(b.micros - a.micros)).slice(0, count)
}

function spanOf(day: CalendarDay): Span {
  const from = BigInt(dayStartMs(day)) * 1000n
  return { from, to: from + BigInt(DAY_MS) * 1000n }
}
