import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../../functions/emulators/gcs/server.ts'
import { openDuckDb } from '../../../support/readers/duckdb.ts'
import { callMain } from '../cli.ts'

const COUNT = 'SELECT venue, date, count(*) AS rows FROM trades GROUP BY ALL ORDER BY ALL'

describe('tick-handler query', () => {
  let cwd: string
  let tradesRows: number
  before(async function () {
    using _ = await openDuckDb(this)
    cwd = await mkdtemp(join(tmpdir(), 'query-'))
    assert.equal((await callMain(['demo', '--quiet'], { cwd })).code, 0)
    const listed = await callMain(['files', 'demo', '--json', '--venues', 'binance', '--data-types', 'trades'], { cwd })
    tradesRows = JSON.parse(listed.stdout).files.reduce((sum: number, { rows }: { rows: number }) => sum + rows, 0)
    assert.ok(tradesRows > 100)
  })
  after(() => cwd && rm(cwd, { recursive: true, force: true }))

  const query = (sql: string, ...args: string[]) => callMain(['query', sql, '--data-dir', 'demo', ...args], { cwd })
  const binance = (...args: string[]) => query(COUNT, '--venues', 'binance', ...args)

  it('prints a table, CSV or one JSON document', async () => {
    const table = await binance()
    assert.deepEqual([table.code, table.stderr], [0, ''])
    assert.equal(table.stdout, `venue    date        rows\nbinance  2024-08-01  ${tradesRows}\n`)
    assert.equal((await binance('--as', 'csv')).stdout, `venue,date,rows\nbinance,2024-08-01,${tradesRows}\n`)
    const json = await binance('--json')
    assert.deepEqual(JSON.parse(json.stdout), [{ venue: 'binance', date: '2024-08-01', rows: tradesRows }])
    assert.equal((await binance('--as', 'json')).stdout, json.stdout)
  })

  it('reads the selection only', async () => {
    const all = JSON.parse((await query(COUNT, '--json')).stdout)
    assert.ok(all.length >= 3)
    const { stdout } = await query('SELECT DISTINCT symbol FROM trades', '--symbols', 'BTC-PERPETUAL', '--as', 'csv')
    assert.equal(stdout, 'symbol\nBTC-PERPETUAL\n')
  })

  it('shows times in UTC, nulls, and texts with commas and quotes', async () => {
    const values = `SELECT TIMESTAMPTZ '2024-08-01 00:00:00.5+00' AS t, NULL AS n, '' AS e, 'a,"b"' AS q, 9007199254740993 AS big, [1, 2] AS l`
    assert.equal(
      (await query(values, '--as', 'csv')).stdout.split('\n')[1],
      '2024-08-01 00:00:00.5+00,,"","a,""b""",9007199254740993,"[1,2]"',
    )
    const [row] = JSON.parse((await query(values, '--json')).stdout)
    assert.deepEqual([row.n, row.e, row.big, row.l], [null, '', '9007199254740993', [1, 2]])
    assert.match((await query(values)).stdout, / – {2}/)
    assert.equal((await query('SELECT 1 WHERE false', '--json')).stdout, '[]\n')
  })

  it('cuts a table and says so, and prints all rows as CSV', async () => {
    const lines = (await query('SELECT * FROM range(5000)', '--max-rows', '3')).stdout.trimEnd().split('\n')
    assert.equal(lines.length, 5)
    assert.match(lines[4]!, /^… more rows/)
    const csv = (await query('SELECT * FROM range(5000)', '--as', 'csv')).stdout.trimEnd().split('\n')
    assert.deepEqual([csv.length, csv.at(-1)], [5001, '4999'])
  })

  it('writes Parquet, CSV and JSON files', async function () {
    using duckDb = await openDuckDb(this)
    for (const name of ['out.parquet', 'out.csv', 'out.json']) {
      const { code, stdout } = await binance('--out', name)
      assert.deepEqual([code, stdout], [0, ''])
      const [row] = await duckDb.query(`SELECT venue, rows FROM '${join(cwd, name)}'`)
      assert.deepEqual([row?.venue, Number(row?.rows)], ['binance', tradesRows], name)
    }
    assert.ok(Array.isArray(JSON.parse(await readFile(join(cwd, 'out.json'), 'utf8'))))
  })

  it('reads a bucket through a copy that it removes, of the tables that the query names', async () => {
    await cp(join(cwd, 'demo'), join(cwd, 'served'), { recursive: true })
    const server = await startGcsServer({ folder: join(cwd, 'served'), bucket: 'my-ticks' })
    const copies = async () => (await readdir(tmpdir())).filter(name => name.startsWith('tick-handler-query-'))
    const before = await copies()
    try {
      const args = ['query', COUNT, '--bucket', 'my-ticks', '--venues', 'binance', '--as', 'csv']
      const { code, stdout, stderr } = await callMain(args, { cwd, env: { GCS_API_ENDPOINT: server.endpoint } })
      assert.deepEqual([code, stdout], [0, `venue,date,rows\nbinance,2024-08-01,${tradesRows}\n`])
      assert.match(stderr, /^copying 2 files, [\d.]+ kB, from gs:\/\/my-ticks$/m)
      assert.deepEqual(await copies(), before)
    } finally {
      await server.close()
    }
  })

  it('has a table of what the names of instruments say', async () => {
    const { stdout } = await query("SELECT * FROM instruments WHERE venue = 'deribit'", '--json')
    assert.deepEqual(JSON.parse(stdout), [
      {
        ...{ venue: 'deribit', symbol: 'BTC-PERPETUAL', key: 'DERIBIT:PERPETUAL:BTC-USD', type: 'perpetual' },
        ...{ base: 'BTC', quote: 'USD', expiry: null, strike: null, side: null },
      },
    ])
    const types = await query('SELECT DISTINCT typeof(expiry) AS e, typeof(strike) AS s FROM instruments', '--json')
    assert.deepEqual(JSON.parse(types.stdout), [{ e: 'DATE', s: 'DOUBLE' }])
  })

  it('refuses a command line without SQL, and options that contradict each other', async () => {
    assert.equal((await callMain(['query'], { cwd })).code, 2)
    assert.match((await query('SELECT', '1')).stderr, /unexpected argument "1": put the SQL into single quotes/)
    assert.match((await binance('--out', 'x.xls')).stderr, /--out: found "x\.xls", expected a name that ends in/)
    assert.match((await binance('--out', 'x.csv', '--as', 'csv')).stderr, /--out and --as exclude each other/)
    assert.ok(!existsSync(join(cwd, 'x.csv')))
  })

  it("passes on DuckDB's message, and exits with 1 where nothing is stored", async () => {
    const wrong = await query('SELECT prize FROM trades')
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /Referenced column "prize" not found/)
    const nothing = await query(COUNT, '--start-date', '2024-08-02')
    assert.equal(nothing.code, 1)
    assert.match(nothing.stderr, /no stored file of this selection is recorded in demo/)
  })
})
