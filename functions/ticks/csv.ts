import type { Schema } from 'apache-arrow/schema'
import { MalformedDataError } from './errors.ts'
import { Gunzip } from './gzip.ts'
import { bytesOf, type Kernel } from './kernel.ts'
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
import { columnTypes, isHeader, schemaOfHeader, standardSchema } from './schema.ts'

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

/** Why the kernel stopped: the numbers of `kernel/row-state.ts`. */
const STATUS = {
  DONE: 0,
  FULL: 1,
  CUT: 2,
  BAD_NUMBER: 3,
  BAD_TIME: 4,
  BAD_BOOLEAN: 5,
  TOO_FEW_CELLS: 6,
  TOO_MANY_CELLS: 7,
  BAD_QUOTES: 8,
}

const EXPECTED: Readonly<Record<number, string>> = {
  [STATUS.BAD_NUMBER]: 'a decimal number that a double can hold',
  [STATUS.BAD_TIME]: 'a whole number of microseconds',
  [STATUS.BAD_BOOLEAN]: 'true or false',
  [STATUS.TOO_FEW_CELLS]: 'a comma and the next column',
  [STATUS.TOO_MANY_CELLS]: 'the end of the row after its last column',
  [STATUS.BAD_QUOTES]: 'a comma or the end of the row after the closing quote',
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

  /** The source has ended: checks that it is whole and yields the last row group, if there is one. */
  *end(): Generator<RowGroup> {
    if (!this.gunzip.sawMember) return
    this.gunzip.finish()
    if (this.textEnd > this.textStart) {
      this.bytes()[this.textEnd] = NEWLINE
      yield* this.parse(this.textEnd + 1)
      if (this.textStart <= this.textEnd && this.schema)
        throw this.malformed(this.textStart, 0, 'a closing quote before the end of the file')
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
      throw this.malformed(this.textStart, 0, `a row of at most ${MAX_ROW_BYTES} bytes`)
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
    if (end > this.textStart && !this.schema) this.readHeader(end)
    while (this.textStart < end) {
      this.textStart = this.kernel.parseRows(this.textStart, end)
      const status = this.kernel.status.value
      if (status === STATUS.DONE || status === STATUS.CUT) return
      if (status !== STATUS.FULL)
        throw this.malformed(this.kernel.badCell.value, this.kernel.badColumn.value, EXPECTED[status]!)
      if (this.kernel.rowCount.value === 0) throw this.malformed(this.textStart, 0, 'cells that fit into a row group')
      yield this.takeGroup(false)
      this.place = (this.place + 1) % this.layout.groups.length
      beginGroup(this.kernel, this.layout, this.layout.groups[this.place]!)
    }
  }

  private takeGroup(isLast: boolean): RowGroup {
    const rows = this.kernel.rowCount.value
    this.rows += rows
    const { groups } = this.layout
    return { schema: this.schema!, layout: groups[this.place]!, rows, isLast, outlivesNext: groups.length > 1 }
  }

  /** Lays the columns out as the first line names them; the text moves with the window. */
  private readHeader(end: number): void {
    const text = Buffer.from(this.kernel.memory.buffer, this.textStart, end - this.textStart)
    const newline = text.indexOf(NEWLINE)
    const line = text
      .toString('utf8', 0, newline)
      .replace(/\r$/, '')
      .replace(/^\uFEFF/, '')
    const standard = standardSchema(this.dataType)
    if (isHeader(line)) {
      this.schema = schemaOfHeader(this.dataType, line)
      this.textStart += newline + 1
    } else if (looksLikeRow(line, standard)) {
      this.schema = standard
      this.headerLines = 0
    } else
      throw new MalformedDataError(
        `line 1: found ${JSON.stringify(line.slice(0, 120))}, expected a header that begins with exchange, or a row of ${standard.fields.length} columns`,
        { line: 1 },
      )
    const layout = layOut(this.kernel, columnTypes(this.schema), this.sizes, this.places)
    if (layout.window !== this.layout.window) throw new Error('the window moved: the layout must begin with it')
    this.layout = layout
  }

  private malformed(cell: number, column: number, expected: string): MalformedDataError {
    const line = this.headerLines + this.rows + this.kernel.rowCount.value + 1 + this.kernel.quotedNewlines.value
    const name = this.columns.fields[column]?.name
    const text = Buffer.from(this.kernel.memory.buffer, cell, Math.min(120, Math.max(0, this.textEnd - cell)))
    const found = JSON.stringify(text.toString('utf8').split(/\r?\n/, 1)[0])
    return new MalformedDataError(`line ${line}, column ${name}: found ${found}, expected ${expected}`, {
      line,
      column: name ?? '',
    })
  }
}

const NEWLINE = 10

function looksLikeRow(line: string, schema: Schema): boolean {
  const cells = line.split(',')
  return cells.length === schema.fields.length && /^\d+$/.test(cells[2] ?? '') && /^\d+$/.test(cells[3] ?? '')
}
