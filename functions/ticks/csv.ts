import { standardColumns } from './columns.ts'
import { badCell, badUtf8, blankLine, expected, tooLongRow, type Where } from './csv-errors.ts'
import { MalformedDataError } from './errors.ts'
import { Gunzip } from './gzip.ts'
import { readFirstLine } from './header.ts'
import { bytesOf, type Kernel } from './kernel.ts'
import { STATUS } from './kernel-constants.ts'
import {
  beginGroup,
  type ColumnType,
  type GroupRows,
  HISTORY_BYTES,
  type Layout,
  layOut,
  MAX_ROW_BYTES,
  type Sizes,
  TEXT_BYTES,
} from './layout.ts'

/** One row group of a dataset. Its rows stay in the kernel's memory until the reader fills the same place again. */
export interface RowGroup extends GroupRows {
  /** Whether it is the last of the dataset. */
  readonly isLast: boolean
  /** Whether its rows stay valid while the next row group is filled. */
  readonly staysDuringNext: boolean
}

/**
 * Reads one gzipped CSV dataset, row group by row group. Memory: the kernel's layout, whatever the file's length. The
 * source is read no further than the row groups are taken. The layout has one or two places for row groups: with one, a
 * row group is valid until the next is requested; with two, until the one after that is. Where two places do not fit
 * into the memory, there is one.
 */
export class DatasetReader {
  /** Bytes of text inflated so far, and rows taken from it. */
  textBytes = 0
  rows = 0
  private readonly kernel: Kernel
  private readonly dataType: string
  private readonly sizes: Sizes
  private readonly groupCount: 1 | 2
  private foundColumns: readonly ColumnType[] | undefined
  private layout: Layout
  private groupIndex = 0
  private gunzip: Gunzip
  /** The text inflated and not yet parsed. */
  private textStart: number
  private textEnd: number
  /** Lines before the first row. */
  private headerLines = 1
  /** The first of the blank lines that end the file, once there is one. */
  private blankLine: number | undefined
  /** The first thing wrong with the text. It is thrown at the end, because damaged bytes look malformed too. */
  private malformed: MalformedDataError | undefined

  constructor(kernel: Kernel, dataType: string, sizes: Sizes, groupCount: 1 | 2 = 1) {
    this.kernel = kernel
    this.dataType = dataType
    this.sizes = sizes
    this.groupCount = groupCount
    this.layout = layOut(kernel, standardColumns(dataType), sizes, groupCount)
    this.gunzip = new Gunzip(kernel, this.layout.input, this.layout.inputBytes)
    this.textStart = this.textEnd = this.layout.window
  }

  /** The columns of the file; before its first line is read, those that the data type's files have today. */
  get columns(): readonly ColumnType[] {
    return this.foundColumns ?? standardColumns(this.dataType)
  }

  /**
   * Takes compressed bytes; yields each row group that they fill. Behind malformed text it only inflates.
   * @throws DamagedSourceError
   */
  *push(chunk: Uint8Array): Generator<RowGroup> {
    for (let offset = 0; offset < chunk.length; ) {
      offset += this.gunzip.push(chunk, offset)
      while (this.inflateMore()) yield* this.untilMalformed(this.parseLines())
    }
  }

  /**
   * The source has ended: checks that it is whole and yields the last row group, if there is one.
   * @param expectedBytes the source's length, where it is known
   * @throws DamagedSourceError; MalformedDataError, which is only true of a source that is whole
   */
  *end(expectedBytes?: number): Generator<RowGroup> {
    this.gunzip.finish(expectedBytes)
    yield* this.untilMalformed(this.parseRest())
    if (this.malformed) throw this.malformed
  }

  private *untilMalformed(groups: Generator<RowGroup>): Generator<RowGroup> {
    try {
      if (!this.malformed) yield* groups
    } catch (error) {
      if (!(error instanceof MalformedDataError)) throw error
      this.malformed = error
    }
    if (this.malformed) this.textStart = this.textEnd
  }

  private *parseLines(): Generator<RowGroup> {
    yield* this.parse(this.endOfLastLine())
    if (this.textEnd - this.textStart > MAX_ROW_BYTES)
      throw tooLongRow(this.where(0), this.textFrom(this.textStart), MAX_ROW_BYTES)
  }

  private *parseRest(): Generator<RowGroup> {
    if (this.textEnd > this.textStart) {
      this.bytes()[this.textEnd] = NEWLINE
      yield* this.parse(this.textEnd + 1)
      if (this.textStart <= this.textEnd)
        throw expected(this.where(0), this.textFrom(this.textStart), 'a closing quote before the end of the file')
    }
    if (this.kernel.rowCount.value > 0 && this.foundColumns) yield this.takeGroup(true)
  }

  private bytes(): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer)
  }

  /** Inflates more text. The text not yet parsed and the history that DEFLATE needs move to the window's start first. */
  private inflateMore(): boolean {
    const { window, windowEnd } = this.layout
    const keep = Math.max(window, Math.min(this.textStart, this.textEnd - HISTORY_BYTES))
    if (keep > window) {
      const memory = bytesOf(this.kernel.memory)
      memory.copy(memory, window, keep, this.textEnd)
      this.textStart -= keep - window
      this.textEnd -= keep - window
    }
    const produced = this.gunzip.read(this.textEnd, Math.min(this.textEnd + TEXT_BYTES, windowEnd), window)
    this.textEnd += produced
    this.textBytes += produced
    return produced > 0
  }

  /** The address after the last newline of the text, or the text's start where it has no newline. */
  private endOfLastLine(): number {
    const text = this.bytes().subarray(this.textStart, this.textEnd)
    return this.textStart + text.lastIndexOf(NEWLINE) + 1
  }

  private *parse(end: number): Generator<RowGroup> {
    if (end > this.textStart && !this.foundColumns && this.blankLine === undefined) this.readFirstLine(end)
    while (this.textStart < end) {
      if (this.blankLine !== undefined) return this.skipBlankLines(end)
      this.textStart = this.kernel.parseRows(this.textStart, end)
      const status = this.kernel.status.value
      if (status === STATUS.DONE || status === STATUS.CUT) return
      if (status === STATUS.TOO_FEW_CELLS && this.isBlankLine()) this.blankLine = this.line
      else if (status !== STATUS.FULL) throw this.badCell(status)
      else if (this.kernel.rowCount.value === 0)
        throw expected(this.where(0), this.textFrom(this.textStart), 'cells that fit into a row group')
      else {
        yield this.takeGroup(false)
        this.groupIndex = (this.groupIndex + 1) % this.layout.groups.length
        beginGroup(this.kernel, this.layout, this.layout.groups[this.groupIndex]!)
      }
    }
  }

  private isBlankLine(): boolean {
    const bytes = this.bytes()
    const first = bytes[this.textStart]
    return first === NEWLINE || (first === RETURN && bytes[this.textStart + 1] === NEWLINE)
  }

  /** Blank lines may only end a file: nothing but line ends may follow the first of them. */
  private skipBlankLines(end: number): void {
    const text = this.bytes().subarray(this.textStart, end)
    if (text.some(byte => byte !== NEWLINE && byte !== RETURN)) throw blankLine(this.blankLine!)
    this.textStart = end
  }

  private takeGroup(isLast: boolean): RowGroup {
    const rows = this.kernel.rowCount.value
    this.rows += rows
    const { groups } = this.layout
    return { layout: groups[this.groupIndex]!, rows, isLast, staysDuringNext: groups.length > 1 }
  }

  /** Reads the first line and lays out its columns. The window stays where it is, so the text in it does too. */
  private readFirstLine(end: number): void {
    if (startsWith(this.textFrom(this.textStart), BYTE_ORDER_MARK)) this.textStart += BYTE_ORDER_MARK.length
    if (this.isBlankLine()) {
      this.blankLine = 1
      return
    }
    const text = this.bytes().subarray(this.textStart, end)
    const line = text.subarray(0, text.indexOf(NEWLINE))
    const utf8Bytes = this.kernel.invalidUtf8(this.textStart, this.textStart + line.length) - this.textStart
    const { columns, isHeader } = readFirstLine(this.dataType, line, utf8Bytes)
    if (isHeader) this.textStart += line.length + 1
    else this.headerLines = 0
    this.foundColumns = columns
    // Nearly every file has the columns of today, which are laid out already.
    if (isLaidOut(this.layout, columns)) return
    const layout = layOut(this.kernel, columns, this.sizes, this.groupCount)
    if (layout.window !== this.layout.window)
      throw new Error('the window moved, expected it at the same address for all columns: layOut must place it first')
    this.layout = layout
  }

  private badCell(status: number): MalformedDataError {
    const { badCell: cell, badColumn: column } = this.kernel
    const where = this.where(column.value)
    const text = this.textFrom(cell.value)
    if (status !== STATUS.BAD_UTF8) return badCell(where, status, text)
    return badUtf8(where, text, this.kernel.invalidUtf8(cell.value, this.textEnd) - cell.value)
  }

  /** The line number of the current row. */
  private get line(): number {
    return this.headerLines + this.rows + this.kernel.rowCount.value + 1 + this.kernel.quotedNewlines.value
  }

  private where(column: number): Where {
    return { line: this.line, column: this.columns[column]?.name ?? '' }
  }

  private textFrom(address: number): Uint8Array {
    return this.bytes().subarray(address, Math.max(address, this.textEnd))
  }
}

const NEWLINE = 10
const RETURN = 13
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

function isLaidOut({ groups }: Layout, columns: readonly ColumnType[]): boolean {
  const laidOut = groups[0]!.columns
  return columns.length === laidOut.length && columns.every(({ name }, c) => name === laidOut[c]!.name)
}

function startsWith(text: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => text[i] === byte)
}
