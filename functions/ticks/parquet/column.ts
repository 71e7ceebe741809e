import type { Encoder } from '../kernel.ts'
import { type Column, type GroupLayout, PAGE_ROWS } from '../layout.ts'
import { ENCODING, type Encoding, type Range } from './metadata.ts'
import { type EntriesBefore, type Prepared, prepare, view } from './values.ts'

/** A page as the kernel wrote it. `bytes` is a view, valid until the next page is written. */
export interface EncodedPage {
  readonly bytes: Uint8Array
  readonly encoding: Encoding
  /** Rows in a data page, entries in a dictionary page. */
  readonly values: number
  readonly firstRow: number
  readonly nulls: number
  readonly isDictionary: boolean
  /** TIME: the page's own range, for the page index. */
  readonly range: Range | undefined
}

export interface EncodedColumn {
  readonly nulls: number
  /** Over the pages taken so far; undefined where there is no value, or it is too long to repeat. */
  readonly range: Range | undefined
  readonly pages: Iterable<EncodedPage>
}

/** Encodes one column of a row group, page by page: the pages must be taken in order, one at a time. */
export function encodeColumn(
  kernel: Encoder,
  layout: GroupLayout,
  column: Column,
  rows: number,
  entriesBefore: EntriesBefore,
): EncodedColumn {
  const valid = kernel.countValues(column.validity, 0, rows)
  const validity = valid === rows ? 0 : column.validity
  const prepared = prepare({ kernel, layout, column, rows, validity, count: valid, entriesBefore })
  return {
    nulls: rows - valid,
    get range() {
      return prepared.range
    },
    pages: pagesOf(kernel, layout, prepared, rows, validity),
  }
}

function* pagesOf(
  kernel: Encoder,
  layout: GroupLayout,
  prepared: Prepared,
  rows: number,
  validity: number,
): Generator<EncodedPage> {
  const out = layout.scratch.page
  if (prepared.dictionary) {
    const { end, entries } = prepared.dictionary()
    const bytes = view(kernel, out, end)
    yield {
      bytes,
      encoding: ENCODING.PLAIN,
      values: entries,
      firstRow: 0,
      nulls: 0,
      isDictionary: true,
      range: undefined,
    }
  }
  let first = 0
  for (let row = 0; row < rows; row += PAGE_ROWS) {
    const to = Math.min(rows, row + PAGE_ROWS)
    const count = validity === 0 ? to - row : kernel.countValues(validity, row, to)
    const levelsEnd = kernel.writeLevels(validity, row, to, out)
    const end = count === 0 ? levelsEnd : prepared.write(first, count, levelsEnd, row)
    yield {
      bytes: view(kernel, out, end),
      encoding: count === 0 ? ENCODING.PLAIN : prepared.encoding,
      values: to - row,
      firstRow: row,
      nulls: to - row - count,
      isDictionary: false,
      range: count > 0 ? prepared.pageRange?.(first, count) : undefined,
    }
    first += count
  }
}
