import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type Oracle, readText } from '../support/csv-oracle.ts'
import { toParquet } from '../support/dataset.ts'
import { literal, openDuckDb } from '../support/readers/duckdb.ts'
import { hyparquetMetadata, parsers } from '../support/readers/hyparquet.ts'
import { sampleOf } from '../support/sample-text.ts'

/** Two row groups, the second one small. */
const ROWS = 130_000
const GROUP_ROWS = 122_880

let folder: string
let parquet: Buffer
let oracle: Oracle
let times: bigint[]
let prices: number[]

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pruning-'))
  const text = sampleOf('trades', ROWS)
  parquet = (await toParquet(gzipSync(text, { level: 1 }))).parquet
  oracle = readText(text, 'trades')
  times = valuesOf('local_timestamp') as bigint[]
  prices = valuesOf('price') as number[]
})
after(() => rm(folder, { recursive: true, force: true }))

function valuesOf(name: string) {
  return oracle.columns.find(column => column.name === name)!.values
}

/** What DuckDB finds from one time to another, both included. */
async function duckDbFinds(test: Mocha.Context, bytes: Uint8Array, from: bigint, to: bigint) {
  const path = join(folder, 'trades.parquet')
  await writeFile(path, bytes)
  const where = `local_timestamp BETWEEN make_timestamptz(${from}::BIGINT) AND make_timestamptz(${to}::BIGINT)`
  const sql = `SELECT count(*)::INT AS rows, min(price) AS low, max(price) AS high FROM read_parquet(${literal(path)})`
  using duckDb = await openDuckDb(test)
  const [found] = await duckDb.query(`${sql} WHERE ${where}`)
  return found
}

function expected(from: bigint, to: bigint) {
  const within = prices.filter((_, row) => times[row]! >= from && times[row]! <= to)
  if (within.length === 0) return { rows: 0, low: null, high: null }
  return { rows: within.length, low: Math.min(...within), high: Math.max(...within) }
}

describe('a query by time', () => {
  it('has the right result for any range of times', async function () {
    const at = (row: number) => times.at(row)!
    const ranges: [string, bigint, bigint][] = [
      ['a page', at(0), at(1000)],
      ['one row', at(5000), at(5000)],
      ['the end of a page and the beginning of the next', at(40_959), at(40_960)],
      ['both row groups', at(GROUP_ROWS - 1), at(GROUP_ROWS)],
      ['the second row group', at(GROUP_ROWS + 1), at(-1)],
      ['a time between two rows', at(0) - 10n, at(0) - 1n],
      ['nothing, for it is after the last row', at(-1) + 1n, at(-1) + 1000n],
    ]
    for (const [what, from, to] of ranges)
      assert.deepEqual(await duckDbFinds(this, parquet, from, to), expected(from, to), what)
  })

  it('does not read row groups outside the range', async function () {
    const damaged = Buffer.from(parquet)
    const second = hyparquetMetadata(parquet).row_groups[1]!
    damaged.fill(0xff, 4, Number(second.file_offset))
    const [from, to] = [times[GROUP_ROWS + 1]!, times.at(-1)!]
    assert.deepEqual(await duckDbFinds(this, damaged, from, to), expected(from, to))
    await assert.rejects(duckDbFinds(this, damaged, times[0]!, to))
  })

  it('reads only the pages of the range, where a reader uses the page index', async () => {
    const [from, to] = [times[50_000]!, times[50_100]!]
    const filter = { local_timestamp: { $gte: from, $lte: to } }
    const read = async (usePageIndex: boolean) => {
      const file = countingFile(parquet)
      const rows = await parquetReadObjects({
        file,
        metadata: hyparquetMetadata(parquet),
        compressors,
        parsers,
        columns: ['local_timestamp', 'price'],
        filter,
        usePageIndex,
      })
      return { rows, bytesRead: file.bytesRead }
    }
    const [byPages, byGroups] = [await read(true), await read(false)]
    assert.deepEqual(
      byPages.rows.map(row => row.price),
      prices.filter((_, row) => times[row]! >= from && times[row]! <= to),
    )
    assert.deepEqual(byPages.rows, byGroups.rows)
    assert.ok(byPages.bytesRead < byGroups.bytesRead / 2, `${byPages.bytesRead} of ${byGroups.bytesRead} bytes read`)
  })
})

/** A file for hyparquet that counts what is read of it. */
function countingFile(parquet: Uint8Array) {
  const bytes = Uint8Array.from(parquet).buffer
  return {
    byteLength: bytes.byteLength,
    bytesRead: 0,
    slice(start: number, end = bytes.byteLength) {
      this.bytesRead += end - start
      return bytes.slice(start, end)
    },
  }
}
