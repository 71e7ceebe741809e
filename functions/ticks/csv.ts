import type { Schema } from 'apache-arrow/schema'
import { badCell, badUtf8, blankLine, expected, tooLongRow, type Where } from './csv-errors.ts'
import type { MalformedDataError } from './errors.ts'
import { Gunzip } from './gzip.ts'
import { readFirstLine } from './header.ts'
import { bytesOf, type Kernel } from './kernel.ts'
import { STATUS } from './kernel-constants.ts'
import {
  beginGroup,
  type GroupLayout,
  HISTORY_BYTES,
  type Layout,
  layOut,
  MAX_ROW_BYTES,
  type Sizes,
  TEXT_BYTES,
} from './layout.ts'
import { columnTypes, standardSchema } from './schema.ts'

/** A part of a dataset: its rows stand in the kernel's memory until its place is filled anew. */
export interface RowGroup {
  readonly schema: Schema
  readonly layout: GroupLayout
  readonly rows: number
  /** Whether the dataset ends with it. */
  readonly isLast: boolean
  /** Whether it still stands while the next one is filled. */
  readonly outlivesNext: boolean
}

/**
 * Reads one gzipped CSV dataset, part by part. Memory: the kernel's layout, whatever the file's length; the source is
 * not pulled further than the parts are taken. With one place for row groups, a part stands until the next one is asked
 * for; with two, until the one behind that is. There is one where two do not fit.
 */
export class DatasetReader {
  /** The bytes of text inflated, and of rows taken from it, so far. */
  textBytes = 0
  rows = 0
  private readonly kernel: Kernel
  private readonly dataType: string
  private readonly sizes: Sizes
  private readonly places: 1 | 2
  private schema: Schema | undefined
  private layout: Layout
  private place = 0
  private gunzip: Gunzip
  /** The text inflated and not yet parsed. */
  private textStart: number
  private textEnd: number
  /** Lines before the first row. */
  private headerLines = 1
  /** The first of the blank lines that end the file, once there is one. */
  private blankLine: number | undefined

  constructor(kernel: Kernel, dataType: string, sizes: Sizes, places: 1 | 2 = 1) {
    this.kernel = kernel
    this.dataType = dataType
    this.sizes = sizes
    this.places = places
    this.layout = layOut(kernel, columnTypes(standardSchema(dataType)), sizes, places)
    this.gunzip = new Gunzip(kernel, this.layout.input, this.layout.inputBytes)
    this.textStart = this.textEnd = this.layout.window
  }

  /** The columns of the file; before its first line is read, those that the data type's files have today. */
  get columns(): Schema {
    return this.schema ?? standardSchema(this.dataType)
  }

  /**
   * Takes compressed bytes; yields each row group that they fill.
   * @throws MalformedDataError, DamagedSourceError
   */
  *push(chunk: Uint8Array): Generator<RowGroup> {
    for (let offset = 0; offset < chunk.length; ) {
      offset += this.gunzip.push(chunk, offset)
      while (this.inflateMore()) yield* this.parse(this.endOfLastLine())
    }
  }

  /**
   * The source has ended: checks that it is whole and yields the last row group, if there is one.
   * @param expectedBytes the source's length, where it is known
   */
  *end(expectedBytes?: number): Generator<RowGroup> {
    this.gunzip.finish(expectedBytes)
    if (this.textEnd > this.textStart) {
      this.bytes()[this.textEnd] = NEWLINE
      yield* this.parse(this.textEnd + 1)
      if (this.textStart <= this.textEnd)
        throw expected(this.where(0), this.textFrom(this.textStart), 'a closing quote before the end of the file')
    }
    if (this.kernel.rowCount.value > 0 && this.schema) yield this.takeGroup(true)
  }

  private bytes(): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer)
  }

  /** Inflates some more behind the text that is left, which moves to the window's start with what DEFLATE needs. */
  private inflateMore(): boolean {
    const { window, windowEnd } = this.layout
    const keep = Math.max(window, Math.min(this.textStart, this.textEnd - HISTORY_BYTES))
    if (keep > window) {
      const memory = bytesOf(this.kernel.memory)
      memory.copy(memory, window, keep, this.textEnd)
      this.textStart -= keep - window
      this.textEnd -= keep - window
    }
    if (this.textEnd - this.textStart > MAX_ROW_BYTES)
      throw tooLongRow(this.where(0), this.textFrom(this.textStart), MAX_ROW_BYTES)
    const produced = this.gunzip.read(this.textEnd, Math.min(this.textEnd + TEXT_BYTES, windowEnd), window)
    this.textEnd += produced
    this.textBytes += produced
    return produced > 0
  }

  /** One past the last newline of the text, or its start where no line ends. */
  private endOfLastLine(): number {
    const text = this.bytes().subarray(this.textStart, this.textEnd)
    return this.textStart + text.lastIndexOf(NEWLINE) + 1
  }

  private *parse(end: number): Generator<RowGroup> {
    if (end > this.textStart && !this.schema && this.blankLine === undefined) this.readFirstLine(end)
    while (this.textStart < end) {
      if (this.blankLine !== undefined) return this.passBlankLines(end)
      this.textStart = this.kernel.parseRows(this.textStart, end)
      const status = this.kernel.status.value
      if (status === STATUS.DONE || status === STATUS.CUT) return
      if (status === STATUS.TOO_FEW_CELLS && this.isBlankLine()) this.blankLine = this.line
      else if (status !== STATUS.FULL) throw this.badCell(status)
      else if (this.kernel.rowCount.value === 0)
        throw expected(this.where(0), this.textFrom(this.textStart), 'cells that fit into a row group')
      else {
        yield this.takeGroup(false)
        this.place = (this.place + 1) % this.layout.groups.length
        beginGroup(this.kernel, this.layout, this.layout.groups[this.place]!)
      }
    }
  }

  private isBlankLine(): boolean {
    const [first, second] = this.bytes().subarray(this.textStart)
    return first === NEWLINE || (first === RETURN && second === NEWLINE)
  }

  /** Blank lines may end a file: whatever follows the first one must be line ends. */
  private passBlankLines(end: number): void {
    const text = this.bytes().subarray(this.textStart, end)
    if (text.some(byte => byte !== NEWLINE && byte !== RETURN)) throw blankLine(this.blankLine!)
    this.textStart = end
  }

  private takeGroup(isLast: boolean): RowGroup {
    const rows = this.kernel.rowCount.value
    this.rows += rows
    const { groups } = this.layout
    return { schema: this.schema!, layout: groups[this.place]!, rows, isLast, outlivesNext: groups.length > 1 }
  }

  /** Lays the columns out as the first line names them; the text moves with the window. */
  private readFirstLine(end: number): void {
    if (startsWith(this.textFrom(this.textStart), BYTE_ORDER_MARK)) this.textStart += BYTE_ORDER_MARK.length
    if (this.isBlankLine()) {
      this.blankLine = 1
      return
    }
    const text = this.bytes().subarray(this.textStart, end)
    const line = text.subarray(0, text.indexOf(NEWLINE))
    const utf8Bytes = this.kernel.invalidUtf8(this.textStart, this.textStart + line.length) - this.textStart
    const { schema, isHeader } = readFirstLine(this.dataType, line, utf8Bytes)
    if (isHeader) this.textStart += line.length + 1
    else this.headerLines = 0
    this.schema = schema
    const layout = layOut(this.kernel, columnTypes(this.schema), this.sizes, this.places)
    if (layout.window !== this.layout.window) throw new Error('the window moved: the layout must begin with it')
    this.layout = layout
  }

  private badCell(status: number): MalformedDataError {
    const { badCell: cell, badColumn: column } = this.kernel
    const where = this.where(column.value)
    const text = this.textFrom(cell.value)
    if (status !== STATUS.BAD_UTF8) return badCell(where, status, text)
    return badUtf8(where, text, this.kernel.invalidUtf8(cell.value, this.textEnd) - cell.value)
  }

  /** The line of the row in hand. */
  private get line(): number {
    return this.headerLines + this.rows + this.kernel.rowCount.value + 1 + this.kernel.quotedNewlines.value
  }

  private where(column: number): Where {
    return { line: this.line, column: this.columns.fields[column]?.name ?? '' }
  }

  private textFrom(address: number): Uint8Array {
    return this.bytes().subarray(address, Math.max(address, this.textEnd))
  }
}

const NEWLINE = 10
const RETURN = 13
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

function startsWith(text: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => text[i] === byte)
}
