import type { CalendarDay } from '../market/days.ts'
import type { Encoder } from './kernel.ts'
import type { GroupRows } from './layout.ts'
import { type Content, ContentCheck } from './quality-content.ts'
import { type Latency, LatencyCheck } from './quality-latency.ts'
import { type Gap, OrderCheck } from './quality-order.ts'
import { RepeatCheck } from './quality-repeats.ts'

export type { Gap, Latency }

/** The version of the checks. */
const QUALITY_VERSION = 2

/**
 * What a conversion finds out about a dataset's rows: QUALITY.md explains each check. Times are microseconds since 1970
 * UTC. Nothing is changed because of it. `convert` makes all checks; where there is no `version`, the optional ones were
 * not made.
 */
export interface Quality extends Partial<Content> {
  readonly version?: typeof QUALITY_VERSION
  /** Rows whose local_timestamp is before that of the previous row. */
  readonly rowsOutOfOrder: number
  /** The longest time between two rows' local_timestamp, in microseconds, and where it begins. */
  readonly largestGapMicros: bigint
  readonly largestGapStartMicros?: bigint
  /** Rows whose local_timestamp is not of the day; absent where no day was named. Rows without a time do not count. */
  readonly rowsOutsideDay?: number
  /** At most five, the longest first. */
  readonly gaps?: readonly Gap[]
  /** Rows whose timestamp is before that of the previous row. */
  readonly exchangeRowsOutOfOrder?: number
  /** Rows equal to the previous one in every column. */
  readonly repeatedRows?: number
  readonly latency?: Latency
}

/** Collects the quality of a dataset, row group by row group. */
export class QualityCollector {
  private readonly order: OrderCheck
  private readonly latency: LatencyCheck
  private readonly content: ContentCheck
  private readonly repeats: RepeatCheck

  /** @throws RangeError where `day` is no day of the calendar */
  constructor(kernel: Encoder, dataType: string, day?: CalendarDay) {
    this.order = new OrderCheck(kernel, day)
    this.latency = new LatencyCheck(kernel)
    this.content = new ContentCheck(kernel, dataType)
    this.repeats = new RepeatCheck(kernel)
  }

  /** The smallest and largest local_timestamp so far. */
  get first(): bigint | undefined {
    return this.order.first
  }

  get latest(): bigint | undefined {
    return this.order.latest
  }

  /** Adds a row group; returns whether its rows are in ascending order. */
  add(group: GroupRows): boolean {
    this.latency.add(group)
    this.repeats.add(group, this.content.add(group).idsDiffer)
    return this.order.add(group)
  }

  get quality(): Quality {
    const content = this.content.found
    const { latency, exchangeRowsOutOfOrder } = this.latency.found
    const repeatedIdsAcross = this.content.hasIds ? this.repeats.repeatedIdsAcross : 0
    return {
      ...this.order.found,
      version: QUALITY_VERSION,
      exchangeRowsOutOfOrder,
      repeatedRows: this.repeats.repeatedRows,
      ...(latency && { latency }),
      ...content,
      repeatedIds: content.repeatedIds + repeatedIdsAcross,
    }
  }
}
