import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { type Oracle, readText } from '../support/csv-oracle.ts'
import { toParquet } from '../support/dataset.ts'
import { hostileDatasets } from '../support/hostile.ts'
import { arrowRsTable, arrowValues } from '../support/readers/arrow-rs.ts'
import { csvRows, literal, onlyIn, openDuckDb, parquetRows, quoted } from '../support/readers/duckdb.ts'
import { hyparquetColumns, hyparquetMetadata } from '../support/readers/hyparquet.ts'
import { polarsFigures } from '../support/readers/polars.ts'
import { sampleOf } from '../support/sample-text.ts'

/** Of trades and books of 25 levels more than a row group, of some others more than a page. */
const SAMPLE_ROWS: Readonly<Record<string, number>> = {
  trades: 125_000,
  book_snapshot_25: 20_500,
  incremental_book_L2: 42_000,
}
const FIXTURES = new URL('../fixtures/datasets/', import.meta.url)

/** A dataset converted, as files for readers that want files. */
interface Case {
  readonly text: string
  readonly oracle: Oracle
  readonly parquet: Buffer
  readonly csvPath: string
  readonly parquetPath: string
}

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fidelity-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function converted(text: string, dataType: string, memoryEfficient: boolean): Promise<Case> {
  const { parquet, result } = await toParquet(gzipSync(text, { level: 1 }), {
    dataType,
    memoryEfficient,
    chunkBytes: 100_000,
  })
  const oracle = readText(text, dataType)
  assert.equal(result.rows, oracle.rows)
  const paths = { csvPath: join(folder, 'rows.csv'), parquetPath: join(folder, 'rows.parquet') }
  await Promise.all([writeFile(paths.csvPath, text), writeFile(paths.parquetPath, parquet)])
  return { text, oracle, parquet, ...paths }
}

async function assertDuckDbAgrees(test: Mocha.Context, { oracle, csvPath, parquetPath }: Case): Promise<void> {
  using duckDb = await openDuckDb(test)
  const { query } = duckDb
  const types = await query(`DESCRIBE FROM read_parquet(${literal(parquetPath)})`)
  assert.deepEqual(
    types.map(({ column_name, column_type }) => [column_name, column_type]),
    oracle.columns.map(({ name, type }) => [name, type]),
  )
  // `row` is a column of both, so that order counts, and duplicates do.
  await query(`CREATE OR REPLACE TABLE csv AS ${csvRows(csvPath, oracle)}`)
  const [count] = await query('SELECT count(*)::INT AS rows FROM csv')
  assert.equal(count!.rows, oracle.rows)
  // A few columns at a time, and `row` with each: the comparison of a wide book at once takes 200 MB more.
  for (let first = 0; first < oracle.columns.length; first += 16) {
    const columns = oracle.columns.slice(first, first + 16)
    const csv = `SELECT row, ${columns.map(({ name }) => quoted(name))} FROM csv`
    const parquet = parquetRows(parquetPath, { ...oracle, columns })
    assert.deepEqual(await query(onlyIn(csv, parquet)), [])
    assert.deepEqual(await query(onlyIn(parquet, csv)), [])
  }
}

/** Every value, bit for bit: −0 is not 0. */
async function assertHyparquetAgrees({ oracle, parquet }: Case): Promise<void> {
  assert.equal(hyparquetMetadata(parquet).num_rows, BigInt(oracle.rows))
  const found = oracle.rows === 0 ? new Map<string, unknown[]>() : await hyparquetColumns(parquet)
  for (const { name, values } of oracle.columns) {
    const column = found.get(name) ?? []
    assert.equal(column.length, values.length, name)
    const wrong = values.findIndex((value, row) => !Object.is(value, column[row]))
    assert.equal(wrong, -1, `row ${wrong}, ${name}: found ${column[wrong]}, expected ${values[wrong]}`)
  }
}

function assertArrowRsAgrees({ oracle, parquet }: Case): void {
  const table = arrowRsTable(parquet)
  assert.equal(table.numRows, oracle.rows)
  const all = Array.from({ length: oracle.rows }, (_, row) => row)
  const rows = oracle.rows > 1000 ? [0, 1, oracle.rows - 2, oracle.rows - 1] : all
  for (const column of oracle.columns) {
    const expected = rows.map(row => column.values[row])
    assert.deepEqual(arrowValues(table, column, rows), expected, column.name)
  }
}

function assertPolarsAgrees(test: Mocha.Context, { oracle, parquet }: Case): void {
  const found = polarsFigures(test, parquet, oracle)
  assert.equal(found.rows, oracle.rows)
  for (const { name, type, values } of oracle.columns) {
    assert.equal(found.nulls.get(name), values.filter(value => value === null).length, name)
    if (type !== 'DOUBLE') continue
    const numbers = values.filter(value => value !== null) as number[]
    const expected = numbers.reduce((sum, value) => sum + value, 0)
    // Sums of doubles in another order differ by a part of the sum of their sizes.
    const size = numbers.reduce((sum, value) => sum + Math.abs(value), 0)
    if (Number.isFinite(size))
      assert.ok(
        Math.abs(found.sums.get(name)! - expected) <= 1e-12 * size,
        `${name}: found ${found.sums.get(name)}, expected ${expected}`,
      )
  }
}

/** The same dataset, read by one reader a test. It is converted once and let go after the last. */
function describeFidelity(what: string, readText: () => string, dataType: string, memoryEfficient = true): void {
  describe(what, () => {
    let files: Case | undefined
    before(async () => {
      files = await converted(readText(), dataType, memoryEfficient)
    })
    after(() => {
      files = undefined
    })
    it('to DuckDB', async function () {
      await assertDuckDbAgrees(this, files!)
    })
    it('to Polars', function () {
      assertPolarsAgrees(this, files!)
    })
    it('to hyparquet', () => assertHyparquetAgrees(files!))
    it('to arrow-rs', () => assertArrowRsAgrees(files!))
  })
}

describe('a Parquet file holds what the CSV file holds', () => {
  for (const dataType of KNOWN_DATA_TYPES)
    describeFidelity(`generated ${dataType}`, () => sampleOf(dataType, SAMPLE_ROWS[dataType] ?? 8_000), dataType)

  describeFidelity('large row groups', () => sampleOf('quotes', 125_000), 'quotes', false)

  for (const name of readdirSync(FIXTURES).filter(name => name.endsWith('.csv')))
    describeFidelity(name, () => readFileSync(new URL(name, FIXTURES), 'utf8'), name.split('.')[0]!)

  for (const { what, dataType, text } of hostileDatasets())
    describeFidelity(`${dataType} with ${what}`, () => text, dataType)
})
