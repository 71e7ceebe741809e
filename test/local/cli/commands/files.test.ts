import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../../functions/emulators/gcs/server.ts'
import { openDuckDb } from '../../../support/readers/duckdb.ts'
import { callMain } from '../cli.ts'

const MANIFEST = 'demo/_ledger/venue=binance/date=2024-08-01/manifest.json'

describe('tick-handler files', () => {
  let cwd: string
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'files-'))
    assert.equal((await callMain(['demo', '--quiet'], { cwd })).code, 0)
  })
  after(() => rm(cwd, { recursive: true, force: true }))

  const files = (...args: string[]) => callMain(['files', ...args], { cwd })
  const lines = async (...args: string[]) => (await files(...args)).stdout.trimEnd().split('\n')

  it('prints every stored file, and exits with 0', async () => {
    const { code, stdout, stderr } = await files('demo')
    assert.deepEqual([code, stderr], [0, ''])
    const stored = globSync('demo/ticks/**/*.parquet', { cwd })
    assert.ok(stored.length > 20)
    assert.deepEqual(stdout.trimEnd().split('\n').sort(), stored.sort())
  })

  it('selects by venue, data type, symbol and day', async () => {
    assert.deepEqual(await lines('demo', '--venues', 'binance', '--data-types', 'trades', '--as', 'names'), [
      'ticks/data_type=trades/venue=binance/date=2024-08-01/ETHUSDT.parquet',
      'ticks/data_type=trades/venue=binance/date=2024-08-01/SOLBTC.parquet',
    ])
    const bitcoin = await lines('demo', '--symbols', 'btcusdt')
    assert.deepEqual(await lines('demo', '--symbols', 'btcusd?'), bitcoin)
    assert.ok(bitcoin.length > 3)
    for (const line of bitcoin) assert.match(line, /\/BTCUSDT\.parquet$/)
    const { code, stdout, stderr } = await files('demo', '--start-date', '2024-08-02')
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(stderr, 'tick-handler: no stored file of this selection is recorded in demo\n')
  })

  it('gives rows and bytes of each file as one JSON document', async () => {
    const document = JSON.parse((await files('demo', '--json', '--venues', 'binance', '--data-types', 'trades')).stdout)
    const [file] = document.files
    const data = await readFile(join(cwd, 'demo', file.object))
    assert.deepEqual([document.where, document.prefix, document.notComplete], ['demo', 'ticks', []])
    assert.deepEqual([file.symbol, file.bytes], ['ETHUSDT', data.length])
    assert.ok(file.rows > 100)
  })

  it('gives a view per data type that DuckDB reads, with venue, day and the row of the vendor', async function () {
    const { stdout } = await files('demo', '--as', 'duckdb')
    using duckDb = await openDuckDb(this)
    await duckDb.query(stdout.replaceAll("'demo/", `'${cwd}/demo/`))
    const rows = await duckDb.query(
      'SELECT venue, date::VARCHAR AS date, max(file_row_number) AS last, count(*) AS n FROM trades GROUP BY venue, date, filename',
    )
    const { files: listed } = JSON.parse((await files('demo', '--json', '--data-types', 'trades')).stdout)
    const expected = listed.filter(({ rows }: { rows: number }) => rows > 0)
    const text = (row: Record<string, unknown>) => `${row.venue} ${row.date} ${row.n ?? row.rows}`
    assert.ok(expected.length > 3)
    assert.deepEqual(rows.map(text).sort(), expected.map(text).sort())
    for (const { last, n } of rows) assert.equal(last, (n as bigint) - 1n)
  })

  it('gives addresses and queries of a bucket', async () => {
    await cp(join(cwd, 'demo'), join(cwd, 'served'), { recursive: true })
    const server = await startGcsServer({ folder: join(cwd, 'served'), bucket: 'my-ticks' })
    try {
      const env = { GCS_API_ENDPOINT: server.endpoint }
      const args = ['files', 'gs://my-ticks', '--symbols', 'BTC-PERPETUAL', '--data-types', 'trades']
      const as = async (format: string) => (await callMain([...args, '--as', format], { cwd, env })).stdout
      const path = 'gs://my-ticks/ticks/data_type=trades/venue=deribit/date=2024-08-01/BTC-PERPETUAL.parquet'
      assert.equal(await as('paths'), `${path}\n`)
      for (const format of ['duckdb', 'polars', 'bigquery', 'spark'])
        assert.ok((await as(format)).includes(path), format)
      assert.match(await as('bigquery'), /hive_partition_uri_prefix = "gs:\/\/my-ticks\/ticks"/)
      assert.match(await as('spark'), /option\("basePath", "gs:\/\/my-ticks\/ticks"\)/)
      assert.match(await as('duckdb'), /^-- needs once: INSTALL httpfs; .*TYPE gcs/)
    } finally {
      await server.close()
    }
  })

  it('takes patterns of the recorded venues', async () => {
    const { code, stdout } = await files('demo', '--venues', 'deri*', '--data-types', 'trades')
    assert.equal(code, 0)
    assert.match(stdout, /venue=deribit/)
    assert.doesNotMatch(stdout, /venue=binance/)
  })

  it('refuses BigQuery over a folder, and other formats, before it reads anything', async () => {
    assert.deepEqual(await files('demo', '--as', 'bigquery'), {
      code: 2,
      stdout: '',
      stderr: 'tick-handler: --as bigquery: found the folder demo, expected gs://NAME\n',
    })
    assert.match((await files('demo', '--as', 'r')).stderr, /--as: found "r", expected one of paths, names, duckdb/)
  })

  it('lists what is stored of a day that is not complete or unreadable, names the day, and exits with 1', async () => {
    const text = await readFile(join(cwd, MANIFEST), 'utf8')
    try {
      await writeFile(join(cwd, MANIFEST), text.replace('"status":"complete"', '"status":"incomplete"'))
      const incomplete = await files('demo', '--data-types', 'trades')
      assert.equal(incomplete.code, 1)
      assert.equal(incomplete.stderr, 'tick-handler: binance 2024-08-01 is not complete: incomplete\n')
      assert.match(incomplete.stdout, /venue=binance\//)
      await writeFile(join(cwd, MANIFEST), '{"half":')
      const damaged = await files('demo', '--data-types', 'trades')
      assert.equal(damaged.code, 1)
      assert.match(damaged.stderr, /binance 2024-08-01 is not complete: \S+manifest\.json: expected one JSON document/)
      assert.match(damaged.stdout, /venue=deribit\//)
    } finally {
      await writeFile(join(cwd, MANIFEST), text)
    }
  })
})
