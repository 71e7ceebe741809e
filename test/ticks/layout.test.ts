import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { columnsOfHeader } from '../../functions/ticks/header.ts'
import { createKernel, type Kernel } from '../../functions/ticks/kernel.ts'
import { KIND } from '../../functions/ticks/kernel-constants.ts'
import { LARGE, type Layout, layOut, MAX_ROW_BYTES, PAGE_ROWS, SMALL } from '../../functions/ticks/layout.ts'

const { targets } = JSON.parse(
  readFileSync(new URL('../../functions/ticks/kernel/asconfig.json', import.meta.url), 'utf8'),
)
const ENCODER_BASE: number = targets.encoder.memoryBase

interface Area {
  readonly what: string
  readonly from: number
  readonly to: number
}

const BITS = (rows: number) => Math.ceil(rows / 8)

/** What must have room, with the sizes that the formats ask for. */
function areasOf(kernel: Kernel, layout: Layout): Area[] {
  const { maxRows: rows } = layout
  const area = (what: string, from: number, bytes: number) => ({ what, from, to: from + bytes })
  const areas = [
    area('input', layout.input, layout.inputBytes),
    { what: 'window', from: layout.window, to: layout.windowEnd },
  ]
  for (const { name, kind, values, validity, data, offsets } of layout.groups.flatMap(group => group.columns)) {
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
  const { scratch } = layout.groups[0]!
  areas.push(area('table', scratch.table, kernel.TABLE_BYTES.value))
  areas.push(area('dictionary', scratch.dictionary, kernel.MAX_DISTINCT.value * 8))
  areas.push(area('codes', scratch.codes, rows * 4))
  areas.push(area('gathered', scratch.gathered, (rows + 1) * 8))
  areas.push(area('lengths', scratch.lengths, PAGE_ROWS * 16))
  areas.push(area('page', scratch.page, PAGE_ROWS * 9))
  return areas
}

function assertSound(kernel: Kernel, layout: Layout): void {
  assert.ok(layout.groups.every(({ scratch }) => scratch === layout.groups[0]!.scratch))
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

const layoutOf = (dataType: string, sizes = SMALL, places: 1 | 2 = 1) => {
  const kernel = createKernel()
  return { kernel, layout: layOut(kernel, standardColumns(dataType), sizes, places) }
}

describe('the layout of the kernel’s memory', () => {
  it('starts after the static memory of the kernel’s two modules', () => {
    const kernel = createKernel()
    assert.ok(kernel.readerEnd() <= ENCODER_BASE, `the reader’s own memory ends at ${kernel.readerEnd()}`)
    assert.ok(kernel.heapBase() > ENCODER_BASE)
    assert.ok(kernel.heapBase() <= kernel.memory.buffer.byteLength)
  })

  for (const dataType of KNOWN_DATA_TYPES)
    it(`has room for every area, and no two overlap: ${dataType}`, () => {
      for (const [sizes, places] of [
        [SMALL, 1],
        [SMALL, 2],
        [LARGE, 2],
      ] as const) {
        const { kernel, layout } = layoutOf(dataType, sizes, places)
        assertSound(kernel, layout)
        assert.equal(layout.groups.length, places)
        assert.ok(layout.maxRows <= sizes.groupRows)
        assert.equal(layout.maxRows % 8, 0)
      }
    })

  it('holds whole row groups of most data types, and fewer rows of wide ones', () => {
    assert.equal(layoutOf('incremental_book_L2').layout.maxRows, 122_880)
    assert.equal(layoutOf('trades').layout.maxRows, 122_880)
    for (const dataType of ['book_snapshot_5', 'book_snapshot_25', 'options_chain']) {
      const { layout } = layoutOf(dataType)
      const rowBytes = layout.groups[0]!.columns.reduce((sum, { kind }) => sum + (kind === KIND.CATEGORY ? 4 : 8), 0)
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

  it('has room for a hundred unknown columns', () => {
    const known = standardColumns('trades').map(field => field.name)
    const header = [...known, ...Array.from({ length: 100 }, (_, i) => `new_${i}`)].join()
    for (const sizes of [SMALL, LARGE]) {
      const kernel = createKernel()
      assertSound(kernel, layOut(kernel, columnsOfHeader('trades', header), sizes))
    }
  })

  it('has the window at one address for all columns, because text is in it before they are known', () => {
    const windows = KNOWN_DATA_TYPES.map(dataType => layoutOf(dataType).layout.window)
    assert.equal(new Set(windows).size, 1)
  })

  it('does not grow where there is room already', () => {
    const kernel = createKernel()
    layOut(kernel, standardColumns('options_chain'), SMALL)
    const bytes = kernel.memory.buffer.byteLength
    layOut(kernel, standardColumns('quotes'), SMALL)
    layOut(kernel, standardColumns('options_chain'), SMALL)
    assert.equal(kernel.memory.buffer.byteLength, bytes)
  })
})
