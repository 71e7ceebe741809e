import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { DatasetReader } from '../../functions/ticks/csv.ts'
import { createKernel, type Kernel } from '../../functions/ticks/kernel.ts'
import {
  extentsOf,
  KIND,
  LARGE,
  type Layout,
  layOut,
  MAX_ROW_BYTES,
  PAGE_ROWS,
  SMALL,
} from '../../functions/ticks/layout.ts'
import { columnTypes, DATA_TYPES, schemaOfHeader, standardSchema } from '../../functions/ticks/schema.ts'

interface Area {
  readonly what: string
  readonly from: number
  readonly to: number
}

const BITS = (rows: number) => Math.ceil(rows / 8)

/** What must have room, with the sizes that the formats ask for. */
function areasOf(kernel: Kernel, layout: Layout): Area[] {
  const { scratch, maxRows: rows } = layout
  const area = (what: string, from: number, bytes: number) => ({ what, from, to: from + bytes })
  const areas = [
    area('input', layout.input, layout.inputBytes),
    { what: 'window', from: layout.window, to: layout.windowEnd },
  ]
  for (const { name, kind, values, validity, data, offsets } of layout.columns) {
    const bytes = {
      [KIND.TIME]: rows * 8,
      [KIND.DOUBLE]: rows * 8,
      [KIND.BOOLEAN]: BITS(rows),
      [KIND.CATEGORY]: rows * 4,
    }
    areas.push(area(`${name}, values`, values, kind === KIND.TEXT ? (rows + 1) * 4 : bytes[kind]))
    areas.push(area(`${name}, validity`, validity, BITS(rows)))
    if (kind === KIND.CATEGORY) areas.push(area(`${name}, offsets`, offsets, 65_537 * 4))
    if (kind === KIND.CATEGORY || kind === KIND.TEXT) areas.push(area(`${name}, data`, data, MAX_ROW_BYTES))
  }
  areas.push(area('table', scratch.table, kernel.TABLE_BYTES.value))
  areas.push(area('dictionary', scratch.dictionary, kernel.MAX_DISTINCT.value * 8))
  areas.push(area('codes', scratch.codes, rows * 4))
  areas.push(area('gathered', scratch.gathered, (rows + 1) * 8))
  areas.push(area('lengths', scratch.lengths, PAGE_ROWS * 16))
  areas.push(area('page', scratch.page, PAGE_ROWS * 9))
  return areas
}

function assertSound(kernel: Kernel, layout: Layout): void {
  const areas = areasOf(kernel, layout).sort((a, b) => a.from - b.from)
  assert.ok(areas[0]!.from >= kernel.heapBase(), 'the kernel’s own memory comes first')
  for (const [i, { what, from, to }] of areas.entries()) {
    assert.equal(from % 64, 0, `${what} begins at ${from}`)
    // The kernel reads and writes up to 16 bytes at a time, and inflates up to 64, past an end.
    const next = areas[i + 1]?.from ?? layout.totalBytes
    assert.ok(to + 64 <= next, `${what} ends at ${to}, ${areas[i + 1]?.what ?? 'the memory'} at ${next}`)
  }
  assert.ok(kernel.memory.buffer.byteLength >= layout.totalBytes)
  assert.ok(kernel.memory.buffer.byteLength < layout.totalBytes + 65_536, 'no more memory than is asked for')
}

const layoutOf = (dataType: string, sizes = SMALL) => {
  const kernel = createKernel()
  return { kernel, layout: layOut(kernel, columnTypes(standardSchema(dataType)), sizes) }
}

describe('the layout of the kernel’s memory', () => {
  for (const dataType of DATA_TYPES)
    it(`has room for everything, and nothing in two places: ${dataType}`, () => {
      for (const sizes of [SMALL, LARGE]) {
        const { kernel, layout } = layoutOf(dataType, sizes)
        assertSound(kernel, layout)
        assert.ok(layout.maxRows <= sizes.groupRows)
        assert.equal(layout.maxRows % 8, 0)
      }
    })

  it('holds whole row groups of most data types, and fewer rows of wide ones', () => {
    assert.equal(layoutOf('incremental_book_L2').layout.maxRows, 122_880)
    assert.equal(layoutOf('trades').layout.maxRows, 122_880)
    for (const dataType of ['book_snapshot_5', 'book_snapshot_25', 'options_chain']) {
      const { layout } = layoutOf(dataType)
      const rowBytes = layout.columns.reduce((sum, { kind }) => sum + (kind === KIND.CATEGORY ? 4 : 8), 0)
      assert.ok(layout.maxRows * rowBytes <= SMALL.groupBytes)
      assert.ok((layout.maxRows + 1024) * rowBytes > SMALL.groupBytes, 'nearly all of the room is used')
    }
  })

  it('is bounded, whatever the file’s length: 32 MB for a book’s changes, 40 MB for 104 columns', () => {
    for (const [dataType, most] of [
      ['incremental_book_L2', 32e6],
      ['trades', 32e6],
      ['book_snapshot_25', 40e6],
      ['options_chain', 40e6],
    ] as const)
      assert.ok(layoutOf(dataType).layout.totalBytes <= most, `${dataType}: ${layoutOf(dataType).layout.totalBytes}`)
  })

  it('has room for a header of a hundred columns that nobody knows', () => {
    const header = ['exchange', ...Array.from({ length: 100 }, (_, i) => `new_${i}`)].join()
    for (const sizes of [SMALL, LARGE]) {
      const kernel = createKernel()
      assertSound(kernel, layOut(kernel, columnTypes(schemaOfHeader('trades', header)), sizes))
    }
  })

  it('begins alike for all columns, for text is in the window before they are known', () => {
    const windows = DATA_TYPES.map(dataType => layoutOf(dataType).layout.window)
    assert.equal(new Set(windows).size, 1)
  })

  it('never shrinks, nor grows for what it has room for', () => {
    const kernel = createKernel()
    layOut(kernel, columnTypes(standardSchema('options_chain')), SMALL)
    const bytes = kernel.memory.buffer.byteLength
    layOut(kernel, columnTypes(standardSchema('quotes')), SMALL)
    layOut(kernel, columnTypes(standardSchema('options_chain')), SMALL)
    assert.equal(kernel.memory.buffer.byteLength, bytes)
  })
})

describe('the extents of a row group', () => {
  /** A row group read into memory that held something else before. */
  function extentsOfRows(rows: string) {
    const kernel = createKernel()
    kernel.memory.grow(1024)
    new Uint8Array(kernel.memory.buffer, kernel.heapBase()).fill(0xfe)
    const reader = new DatasetReader(kernel, 'trades', SMALL)
    const text = `exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n${rows}`
    const [group] = [...reader.push(gzipSync(text)), ...reader.end()]
    return { layout: group!.layout, extents: extentsOf(kernel, group!.layout, group!.rows) }
  }

  it('are exactly what its columns take', () => {
    const { layout, extents } = extentsOfRows('x,ABC,1,2,id,buy,1,2\nx,DE,1,2,,sell,1,2\n')
    const bytesAt = (address: number) => extents.find(extent => extent.address === address)?.bytes
    const [, symbol, , , id, , price] = layout.columns
    assert.equal(bytesAt(symbol!.values), 8)
    assert.equal(bytesAt(symbol!.validity), 1)
    assert.equal(bytesAt(symbol!.offsets), 12)
    assert.equal(bytesAt(symbol!.data), 5)
    assert.equal(bytesAt(id!.values), 12)
    assert.equal(bytesAt(id!.data), 2)
    assert.equal(bytesAt(price!.values), 16)
  })

  it('take nothing of a category that has no value, whatever the memory held before', () => {
    const { layout, extents } = extentsOfRows('x,,1,2,,,1,2\nx,,1,2,,,1,2\n')
    for (const { name, data } of layout.columns.filter(column => ['symbol', 'side', 'id'].includes(column.name)))
      assert.equal(extents.find(extent => extent.address === data)?.bytes, 0, name)
  })
})
