import { bytesOf, type Encoder } from './kernel.ts'
import { KIND } from './kernel-constants.ts'
import type { Column, GroupRows } from './layout.ts'
import { columnOf } from './quality-columns.ts'

/** Rows equal to the one above in every column, row group by row group. */
export class RepeatCheck {
  repeatedRows = 0
  /** Row groups whose first id is the last one of the row group before. */
  repeatedIdsAcross = 0
  private readonly kernel: Encoder
  /** The last row of the row group before: its memory is used again. */
  private lastRow: readonly string[] = []

  constructor(kernel: Encoder) {
    this.kernel = kernel
  }

  /** @param idsDiffer whether each row of the group is known to have another id than the one above */
  add(group: GroupRows, idsDiffer: boolean): void {
    if (!idsDiffer) this.repeatedRows += this.repeatsWithin(group)
    this.compareFirstRow(group)
  }

  private repeatsWithin(group: GroupRows): number {
    const received = columnOf(group, 'local_timestamp')
    if (!received || !columnOf(group, 'timestamp')) return 0
    const { descriptors, columns } = group.layout
    // Three columns in which rows mostly differ: the time, and of one message's rows the first or the last number.
    const numbers = columns.filter(column => column.kind === KIND.DOUBLE)
    const { values: first } = numbers.at(0) ?? received
    const { values: last } = numbers.at(-1) ?? received
    return this.kernel.countRepeats(descriptors, columns.length, group.rows, received.values, first, last)
  }

  private compareFirstRow({ layout, rows }: GroupRows): void {
    const first = rowOf(this.kernel, layout.columns, 0)
    const { lastRow } = this
    if (lastRow.length > 0 && first.every((cell, c) => cell === lastRow[c])) this.repeatedRows += 1
    const id = layout.columns.findIndex(({ name, kind }) => name === 'id' && kind === KIND.TEXT)
    if (id >= 0 && first[id] !== '' && first[id] === lastRow[id]) this.repeatedIdsAcross += 1
    this.lastRow = rowOf(this.kernel, layout.columns, rows - 1)
  }
}

/** The cells of a row as texts that are equal where the cells are; null is the empty text. */
function rowOf(kernel: Encoder, columns: readonly Column[], row: number): string[] {
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
