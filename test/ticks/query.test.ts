import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { toParquet } from '../support/dataset.ts'
import { literal, openDuckDb } from '../support/readers/duckdb.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const row = (i: number) => `binance,BTCUSDT,${i},1000,${i},buy,${i},1`

let folder: string
let duckDb: Awaited<ReturnType<typeof openDuckDb>>
before(async function () {
  folder = await mkdtemp(join(tmpdir(), 'query-'))
  duckDb = await openDuckDb(this)
})
after(async () => {
  duckDb?.[Symbol.dispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Converts the text to an object of the bucket's layout, and returns the pattern that reads all of them. */
async function store(set: string, date: string, text: string): Promise<string> {
  const root = join(folder, set)
  const path = join(root, 'data_type=trades', 'venue=binance', `date=${date}`, 'BTCUSDT.parquet')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, (await toParquet(text)).parquet)
  return literal(`${root}/**/*.parquet`)
}

describe('a query over stored files', () => {
  it('sees the folders’ values and the vendor’s columns of the same names, side by side', async () => {
    const header = `${HEADER},date,Venue,DATA_TYPE,24h_volume,Price`
    const files = await store('clash', '2024-08-08', `${header}\n${row(1)},yesterday,elsewhere,quotes,17,cheap\n`)
    const [found] = await duckDb.query(`SELECT * FROM read_parquet(${files}, hive_partitioning = true)`)
    assert.deepEqual(
      [found!.date?.toString(), found!.venue, found!.data_type, found!.price],
      ['2024-08-08', 'binance', 'trades', 1],
    )
    const vendors = Object.entries(found!).filter(([name]) => name.startsWith('vendor_'))
    assert.deepEqual(vendors, [
      ['vendor_date', 'yesterday'],
      ['vendor__x0056_enue', 'elsewhere'],
      ['vendor__x0044__x0041__x0054__x0041___x0054__x0059__x0050__x0045_', 'quotes'],
      ['vendor_24h_volume', '17'],
      ['vendor__x0050_rice', 'cheap'],
    ])
  })

  it('finds a column that is new on some days with union_by_name, in files before it and after', async () => {
    await store('new', '2024-08-07', `${HEADER}\n${row(1)}\n`)
    await store('new', '2024-08-08', `rpi,${HEADER}\nyes,${row(2)}\n`)
    const files = await store('new', '2024-08-09', `${HEADER},rpi\n${row(3)},no\n`)
    const sql = `SELECT price, rpi FROM read_parquet(${files}, union_by_name = true) ORDER BY price`
    assert.deepEqual(await duckDb.query(sql), [
      { price: 1, rpi: null },
      { price: 2, rpi: 'yes' },
      { price: 3, rpi: 'no' },
    ])
  })

  it('has the vendor’s order by file_row_number, where rows share a time', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => row((i * 7919) % 5000))
    const files = await store('order', '2024-08-08', [HEADER, ...rows].join('\n'))
    const sql = `SELECT id FROM read_parquet(${files}, file_row_number = true) ORDER BY file_row_number`
    const found = (await duckDb.query(sql)).map(({ id }) => id)
    assert.deepEqual(
      found,
      rows.map(text => text.split(',')[4]),
    )
  })
})
