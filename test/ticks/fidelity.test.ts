import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DATA_TYPES } from '../../functions/ticks/schema.ts'
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
let duckDb: Awaited<ReturnType<typeof openDuckDb>>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fidelity-'))
  duckDb = await openDuckDb()
})
after(async () => {
  duckDb[Symbol.dispose]()
  await rm(folder, { recursive: true, force: true })
})

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

async function assertDuckDbAgrees({ oracle, csvPath, parquetPath }: Case): Promise<void> {
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
  const parquet = parquetRows(parquetPath, oracle)
  assert.deepEqual(await query(onlyIn('FROM csv', parquet)), [])
  assert.deepEqual(await query(onlyIn(parquet, 'FROM csv')), [])
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

/** DuckDB has read the CSV before. */
async function assertPolarsAgrees({ oracle, parquet }: Case): Promise<void> {
  const found = polarsFigures(parquet, oracle)
  assert.equal(found.rows, oracle.rows)
  const doubles = oracle.columns.filter(({ type }) => type === 'DOUBLE')
  const sums = doubles.map(({ name }) => `fsum(${quoted(name)}) AS ${quoted(name)}`)
  const [expected] = await duckDb.query(`SELECT ${['1', ...sums]} FROM csv`)
  for (const { name, values } of oracle.columns) {
    const nulls = values.filter(value => value === null).length
    assert.equal(found.nulls.get(name), nulls, name)
    const sum = (expected![name] ?? 0) as number
    const polars = found.sums.get(name)
    if (polars !== undefined && Number.isFinite(sum))
      assert.ok(Math.abs(polars - sum) <= 1e-9 * Math.abs(sum), `${name}: ${polars}, expected ${sum}`)
  }
}

async function assertFidelity(text: string, dataType: string, memoryEfficient = true): Promise<void> {
  const files = await converted(text, dataType, memoryEfficient)
  await assertDuckDbAgrees(files)
  await assertPolarsAgrees(files)
  await assertHyparquetAgrees(files)
  assertArrowRsAgrees(files)
}

describe('the Parquet file, read by DuckDB, hyparquet, arrow-rs and Polars, is the CSV file', () => {
  for (const dataType of DATA_TYPES)
    it(`of generated ${dataType}`, () => assertFidelity(sampleOf(dataType, SAMPLE_ROWS[dataType] ?? 8_000), dataType))

  it('in large row groups too', () => assertFidelity(sampleOf('quotes', 125_000), 'quotes', false))

  for (const name of readdirSync(FIXTURES).filter(name => name.endsWith('.csv')))
    it(`of ${name}`, () => assertFidelity(readFileSync(new URL(name, FIXTURES), 'utf8'), name.split('.')[0]!))

  for (const { what, dataType, text } of hostileDatasets())
    it(`of ${dataType} with ${what}`, () => assertFidelity(text, dataType))
})
