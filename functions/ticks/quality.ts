import type { CalendarDay } from '../market/days.ts'
import type { RowGroup } from './csv.ts'
import { bytesOf, type Kernel } from './kernel.ts'
import { KIND } from './kernel-constants.ts'
import type { Column } from './layout.ts'
import { type Content, ContentCheck } from './quality-content.ts'
import { type Latency, LatencyCheck } from './quality-latency.ts'
import { type Gap, OrderCheck } from './quality-order.ts'

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
  private readonly kernel: Kernel
  private readonly order: OrderCheck
  private readonly latency: LatencyCheck
  private readonly content: ContentCheck
  /** The last row of the row group before: its memory is used again. */
  private lastRow: readonly string[] = []
  private repeatedAcross = 0
  private repeatedIdsAcross = 0

  /** @throws RangeError where `day` is no day of the calendar */
  constructor(kernel: Kernel, dataType: string, day?: CalendarDay) {
    this.kernel = kernel
    this.order = new OrderCheck(kernel, day)
    this.latency = new LatencyCheck(kernel)
    this.content = new ContentCheck(kernel, dataType)
  }

  /** The smallest and largest local_timestamp so far. */
  get first(): bigint | undefined {
    return this.order.first
  }

  get latest(): bigint | undefined {
    return this.order.latest
  }

  /** Adds a row group; returns whether its rows are in ascending order. */
  add(group: RowGroup): boolean {
    this.latency.add(group)
    this.content.add(group)
    this.compareFirstRow(group)
    return this.order.add(group)
  }

  get quality(): Quality {
    const latency = this.latency.found
    const content = this.content.found
    return {
      ...this.order.found,
      version: QUALITY_VERSION,
      ...latency,
      repeatedRows: latency.repeatedRows + this.repeatedAcross,
      ...content,
      repeatedIds: content.repeatedIds + this.repeatedIdsAcross,
    }
  }

  private compareFirstRow({ layout, rows }: RowGroup): void {
    const first = rowOf(this.kernel, layout.columns, 0)
    const { lastRow } = this
    if (lastRow.length > 0 && first.every((cell, c) => cell === lastRow[c])) this.repeatedAcross += 1
    const id = layout.columns.findIndex(({ name, kind }) => name === 'id' && kind === KIND.TEXT)
    if (this.content.hasIds && id >= 0 && first[id] !== '' && first[id] === lastRow[id]) this.repeatedIdsAcross += 1
    this.lastRow = rowOf(this.kernel, layout.columns, rows - 1)
  }
}

/** The cells of a row as texts that are equal where the cells are; null is the empty text. */
function rowOf(kernel: Kernel, columns: readonly Column[], row: number): string[] {
  const memory = bytesOf(kernel.memory)
  const isSet = (bits: number) => ((memory[bits + (row >> 3)]! >> (row & 7)) & 1) === 1
  return columns.map(({ kind, values, validity, data, offsets }) => {
    if (!isSet(validity)) return ''
    if (kind === KIND.BOOLEAN) return `=${isSet(values)}`
    if (kind === KIND.TIME || kind === KIND.DOUBLE) return `=${memory.readBigUInt64LE(values + row * 8)}`
    const text = kind === KIND.TEXT ? row : memory.readInt32LE(values + row * 4)
    const [start, end] = [memory.readUInt32LE(offsets + text * 4), memory.readUInt32LE(offsets + text * 4 + 4)]
    return `=${memory.toString('latin1', data + start, data + end)}`
  })
}
