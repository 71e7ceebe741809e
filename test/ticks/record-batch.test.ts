import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type RecordBatch, type Schema, Table, tableFromIPC, tableToIPC, util } from 'apache-arrow'
import { Type } from 'apache-arrow/enum'
import type { Dictionary } from 'apache-arrow/type'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { DatasetReader } from '../../functions/ticks/csv.ts'
import { createKernel } from '../../functions/ticks/kernel.ts'
import { SMALL } from '../../functions/ticks/layout.ts'
import { type ReadOptions, readRecordBatches, recordBatch } from '../../functions/ticks/record-batch.ts'
import { schemaOf } from '../../functions/ticks/schema.ts'
import { type Oracle, readText } from '../support/csv-oracle.ts'
import { chunksOf } from '../support/dataset.ts'
import { arrowValues } from '../support/readers/arrow-rs.ts'
import { sampleOf } from '../support/sample-text.ts'

const FIXTURES = new URL('../fixtures/datasets/', import.meta.url)
const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'

/** Each batch as Arrow's IPC stream, read back by apache-arrow. */
async function batchTables(text: string, dataType: string): Promise<Table[]> {
  const gzip = gzipSync(text, { level: 1 })
  const tables: Table[] = []
  for await (const batch of readRecordBatches(chunksOf(gzip, 50_000), { dataType })) {
    const table = tableFromIPC(tableToIPC(new Table([batch]), 'stream'))
    assert.ok(util.compareSchemas(table.schema, batch.schema))
    tables.push(table)
  }
  return tables
}

function assertTablesAre(tables: readonly Table[], oracle: Oracle): void {
  let first = 0
  for (const table of tables) {
    const rows = Array.from({ length: table.numRows }, (_, row) => row)
    for (const column of oracle.columns) {
      const expected = column.values.slice(first, first + table.numRows)
      const found = arrowValues(table, column, rows)
      const wrong = expected.findIndex((value, row) => !Object.is(value, found[row]))
      assert.equal(wrong, -1, `row ${first + wrong}, ${column.name}: ${found[wrong]}, expected ${expected[wrong]}`)
      const nulls = expected.filter(value => value === null).length
      assert.equal(table.getChild(column.name)!.nullCount, nulls, column.name)
    }
    first += table.numRows
  }
  assert.equal(first, oracle.rows)
}

async function assertBatches(text: string, dataType: string): Promise<void> {
  assertTablesAre(await batchTables(text, dataType), readText(text, dataType))
}

/** Each cell of a row's beginning changes now and then, or is missing, by itself. */
function rowsInRuns(rows: number): string {
  const lines = ['exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount']
  let state = 1
  const below = (count: number) => {
    state = Math.imul(state, 1103515245) + 12345
    return (state >>> 16) % count
  }
  const cells = ['x', 'BTCUSDT', '1', '1', 'true', 'bid']
  const others = [
    ['x', 'y', ''],
    ['BTCUSDT', 'ETHUSDT', '"B"'],
    ['1', '2', ''],
    ['1', '2'],
    ['true', 'false', ''],
    ['bid', 'ask', ''],
  ]
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < cells.length; c++) if (below(10) === 0) cells[c] = others[c]![below(others[c]!.length)]!
    lines.push([...cells, row, below(100)].join())
    if (below(2000) === 0) for (let run = below(5000); run > 0; run--) lines.push([...cells, run, '0'].join())
  }
  return `${lines.slice(0, rows + 1).join('\n')}\n`
}

describe('record batches, through Arrow’s IPC format and back, are the CSV file', () => {
  for (const dataType of KNOWN_DATA_TYPES)
    it(`of generated ${dataType}`, () => assertBatches(sampleOf(dataType, 3000), dataType))

  for (const name of readdirSync(FIXTURES).filter(name => name.endsWith('.csv')))
    it(`of ${name}`, () => assertBatches(readFileSync(new URL(name, FIXTURES), 'utf8'), name.split('.')[0]!))

  it('of rows that begin alike in runs of any length, over the borders of texts and row groups', () =>
    assertBatches(rowsInRuns(130_000), 'incremental_book_L2'))

  it('of more than one row group', async () => {
    const text = sampleOf('liquidations', 125_000)
    const tables = await batchTables(text, 'liquidations')
    assert.deepEqual(
      tables.map(table => table.numRows),
      [122_880, 2_120],
    )
    assertTablesAre(tables, readText(text, 'liquidations'))
  })

  it('whose category has no value at all, whatever the memory held before', () => {
    const kernel = createKernel()
    kernel.memory.grow(1024)
    new Uint8Array(kernel.memory.buffer, kernel.heapBase()).fill(0xff)
    const text = `${HEADER}\nx,,1,2,id,,1,2\nx,,1,2,id,,1,2\n`
    const reader = new DatasetReader(kernel, 'trades', SMALL)
    const [group] = [...reader.push(gzipSync(text)), ...reader.end()]
    const batch = recordBatch(kernel, schemaOf(reader.columns), group!)
    assertTablesAre([tableFromIPC(tableToIPC(new Table([batch])))], readText(text, 'trades'))
  })

  it('of no rows are none', async () => {
    for (const text of ['', HEADER]) assert.deepEqual(await batchTables(text, 'trades'), [])
  })
})

describe('a record batch', () => {
  const text = `${HEADER}\nx,A,10,20,id1,buy,1.5,2\nx,B,11,21,,,,3\nx,A,12,22,id3,sell,2.5,\n`

  it('is a view of the kernel’s memory where it is borrowed', () => {
    const kernel = createKernel()
    const reader = new DatasetReader(kernel, 'trades', SMALL)
    const gzip = gzipSync(text)
    const groups = [...reader.push(gzip), ...reader.end()]
    const batch = recordBatch(kernel, schemaOf(reader.columns), groups[0]!)
    for (const buffer of buffersOf(batch)) assert.equal(buffer.buffer, kernel.memory.buffer)
    const price = batch.getChild('price')!.data[0]!.values as Float64Array
    price[0] = 99
    assert.equal(recordBatch(kernel, schemaOf(reader.columns), groups[0]!).getChild('price')!.get(0), 99)
  })

  it('has the schema’s types, and texts that repeat as dictionaries', async () => {
    const batch = await firstBatch(text)
    assert.deepEqual(typesOf(batch.schema), {
      exchange: Type.Dictionary,
      symbol: Type.Dictionary,
      timestamp: Type.Timestamp,
      local_timestamp: Type.Timestamp,
      id: Type.Utf8,
      side: Type.Dictionary,
      price: Type.Float,
      amount: Type.Float,
    })
    assert.ok(batch.schema.fields.every(field => field.nullable))
    const { values, dictionary } = batch.getChild('symbol')!.data[0]!
    assert.deepEqual([...(values as Int32Array)], [0, 1, 0])
    assert.deepEqual([...dictionary!], ['A', 'B'])
  })

  it('has a validity bitmap only where there are nulls', async () => {
    const batch = await firstBatch(text)
    const bitmap = (name: string) => [...batch.getChild(name)!.data[0]!.nullBitmap].map(byte => byte & 0b111)
    assert.deepEqual(bitmap('symbol'), [])
    assert.deepEqual(bitmap('id'), [0b101])
    assert.deepEqual(bitmap('price'), [0b101])
    assert.deepEqual(bitmap('amount'), [0b011])
  })

  it('owns its memory: collected batches are the whole file', async () => {
    const rows = Array.from({ length: 370_000 }, (_, i) => `x,S${i % 7},${i},${i},${i % 3 ? `id${i}` : ''},buy,${i},1`)
    const gzip = gzipSync([HEADER, ...rows].join('\n'), { level: 1 })
    const batches: RecordBatch[] = []
    for await (const batch of readRecordBatches(chunksOf(gzip), { dataType: 'trades' })) batches.push(batch)
    assert.equal(batches.length, 4)
    const dictionaryIds = batches.map(({ schema }) => (schema.fields[0]!.type as Dictionary).id)
    assert.equal(new Set(dictionaryIds).size, 1, 'a column has one dictionary id in the whole file')
    for (const batch of batches)
      for (const buffer of buffersOf(batch)) assert.ok(buffer.buffer instanceof ArrayBuffer, 'memory of its own')
    const table = new Table(batches)
    const prices = table.getChild('price')!
    let sum = 0
    for (const price of prices) sum += price
    assert.equal(sum, (370_000 * 369_999) / 2)
    for (let row = 0; row < 370_000; row += 997) {
      assert.equal(table.getChild('id')!.get(row), row % 3 ? `id${row}` : null)
      assert.equal(table.getChild('symbol')!.get(row), `S${row % 7}`)
    }
  })

  it('that is borrowed is valid until the next one is requested, and no longer', async () => {
    const rows = Array.from({ length: 123_000 }, (_, i) => `x,y,${i},${i},,buy,${i},1`)
    const gzip = gzipSync([HEADER, ...rows].join('\n'), { level: 1 })
    const batches = readRecordBatches(chunksOf(gzip), { dataType: 'trades', borrow: true })
    const first: RecordBatch = (await batches.next()).value
    const prices = first.getChild('price')!
    // Whatever else goes on meanwhile, the reader does not read on by itself.
    await firstBatch(text)
    assert.equal(prices.get(122_879), 122_879)
    assert.equal(prices.get(0), 0)
    const second: RecordBatch = (await batches.next()).value
    assert.equal(second.numRows, 120)
    assert.equal(second.getChild('price')!.get(0), 122_880)
    assert.equal(prices.get(0), 122_880)
    assert.equal((await batches.next()).done, true)
  })

  it('stops at the signal, and a source of another length is an error', async () => {
    const gzip = gzipSync(text)
    const reason = new Error('no more')
    const read = async (options: Partial<ReadOptions>) => {
      for await (const _ of readRecordBatches(chunksOf(gzip, 10), { dataType: 'trades', ...options }));
    }
    await assert.rejects(read({ signal: AbortSignal.abort(reason) }), reason)
    await assert.rejects(read({ expectedBytes: gzip.length + 1 }), { name: 'DamagedSourceError' })
    await read({ expectedBytes: gzip.length, signal: new AbortController().signal })
  })

  it('does not share memory with other readings at the same time', async () => {
    const texts = ['A', 'B', 'C'].map(symbol => `${HEADER}\nx,${symbol},1,2,,buy,1,2\n`)
    const batches = await Promise.all(texts.map(firstBatch))
    assert.deepEqual(
      batches.map(batch => batch.getChild('symbol')!.get(0)),
      ['A', 'B', 'C'],
    )
  })
})

async function firstBatch(text: string): Promise<RecordBatch> {
  const batches = readRecordBatches(chunksOf(gzipSync(text)), { dataType: 'trades' })
  return (await batches.next()).value
}

function typesOf(schema: Schema): Record<string, Type> {
  return Object.fromEntries(schema.fields.map(field => [field.name, field.typeId]))
}

/** All that a batch stands in and that is not empty. */
function buffersOf(batch: RecordBatch) {
  return batch.data.children.flatMap(({ values, nullBitmap, valueOffsets, dictionary }) => {
    const texts = dictionary?.data[0]
    const all = [values, nullBitmap, valueOffsets, texts?.values, texts?.valueOffsets]
    return all.filter(buffer => buffer && buffer.byteLength > 0)
  })
}
