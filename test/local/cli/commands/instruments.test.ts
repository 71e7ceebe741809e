import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { openDuckDb } from '../../../support/readers/duckdb.ts'
import { installedReader } from '../../../support/readers/installed.ts'
import { callMain } from '../cli.ts'

const DAY = '2024-08-01'
const VENUES = 'binance-futures,deribit'
const OBJECT = 'data/ticks/data_type=instruments/venue=binance-futures/date=2024-08-01/instruments.parquet'

describe('tick-handler download --data-types instruments', () => {
  let cwd: string
  let server: TardisServer
  const requested: string[] = []
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'instruments-'))
    server = await startTardisServer({
      source: sampleSource({ dates: [DAY], rowsPerFile: 2_000 }),
      servesInstruments: true,
      intercept(request) {
        requested.push(request.url!.replace(/^\/api\/v1\//, ''))
        return false
      },
    })
  })
  beforeEach(() => requested.splice(0))
  after(async () => {
    await server?.close()
    if (cwd) await rm(cwd, { recursive: true, force: true })
  })

  const run = (...args: string[]) =>
    callMain(args, { cwd, env: { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl } })
  const download = (types: string, ...more: string[]) =>
    run('download', '--quiet', '--venues', VENUES, '--dates', DAY, '--data-types', types, ...more)
  const askedForInstruments = () => requested.filter(path => path.startsWith('instruments/')).sort()

  it('asks for nothing of them where they are not requested', async () => {
    const { code, stderr } = await download('trades')
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(askedForInstruments(), [])
  })

  it('adds them to days that are complete, and downloads nothing again', async () => {
    const { code, stderr } = await download('trades,instruments', '--symbols', 'BTCUSDT')
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(askedForInstruments(), ['instruments/binance-futures', 'instruments/deribit'])
    assert.deepEqual(
      requested.filter(path => path.endsWith('.csv.gz')),
      [],
    )
    const manifest = JSON.parse(
      await readFile(join(cwd, 'data/_ledger/venue=binance-futures/date=2024-08-01/manifest.json'), 'utf8'),
    )
    assert.equal(manifest.status, 'complete')
    const item = manifest.items.find((one: { dataType: string }) => one.dataType === 'instruments')
    assert.deepEqual([item.status, item.rows, `data/${item.object}`], ['stored', 3, OBJECT])
    assert.deepEqual(manifest.reasons ?? [], [])
  })

  it('leaves complete days complete, without a request', async () => {
    const { code } = await download('trades,instruments')
    assert.equal(code, 0)
    assert.deepEqual(askedForInstruments(), [])
  })

  it('writes what DuckDB and Polars read with the right types', async function () {
    using duckDb = await openDuckDb(this)
    await duckDb.query("SET TimeZone = 'UTC'")
    const file = `read_parquet('${join(cwd, OBJECT)}', hive_partitioning = false)`
    const types = await duckDb.query(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM ${file})`)
    const typeOf = Object.fromEntries(types.map(({ name, type }) => [name, type]))
    for (const name of ['timestamp', 'expiry', 'expiration', 'available_since', 'available_to'])
      assert.equal(typeOf[name], 'TIMESTAMP WITH TIME ZONE', name)
    for (const name of ['strike', 'contract_multiplier', 'tick_size', 'lot_size'])
      assert.equal(typeOf[name], 'DOUBLE', name)
    for (const name of ['symbol', 'key', 'base', 'quote', 'settlement', 'data_types', 'changes', 'described_by'])
      assert.equal(typeOf[name], 'VARCHAR', name)
    const [bitcoin] = await duckDb.query(
      `SELECT symbol, type, key, base, quote, settlement, tick_size, lot_size, contract_multiplier, described_by,
         available_since::VARCHAR AS since, available_to, changes, list_contains(string_split(data_types, ','), 'trades') AS has
       FROM ${file} WHERE symbol = 'BTCUSDT'`,
    )
    assert.deepEqual(bitcoin, {
      ...{
        symbol: 'BTCUSDT',
        type: 'perpetual',
        key: 'BINANCE-FUTURES:PERPETUAL:BTC-USDT',
        base: 'BTC',
        quote: 'USDT',
      },
      ...{ settlement: 'USDT', tick_size: 0.1, lot_size: 0.001, contract_multiplier: 1, described_by: 'vendor' },
      ...{ since: '2024-08-01 00:00:00+00', available_to: null, has: true },
      changes: '[{"until":"2024-07-31T00:00:00.000Z","priceIncrement":1}]',
    })
    const { default: pl } = installedReader<typeof import('nodejs-polars')>(this, 'nodejs-polars')
    const frame = pl.readParquet(join(cwd, OBJECT))
    assert.deepEqual(frame.getColumn('tick_size').toArray(), [0.1, 0.01, 0.0001])
    assert.deepEqual(frame.getColumn('symbol').toArray(), ['BTCUSDT', 'ETHUSDT', 'IDLEUSDT'])
  })
  it('join ticks by the query of the cookbook, in place of what the names say', async function () {
    using duckDb = await openDuckDb(this)
    const views = await run('files', 'data', '--as', 'duckdb')
    await duckDb.query(views.stdout.replaceAll("'data/", `'${cwd}/data/`))
    const cookbook = await readFile(join(import.meta.dirname, '../../../../functions/ticks/COOKBOOK.md'), 'utf8')
    const [, query = ''] = /^## Instruments$[\s\S]*?^```sql\n([\s\S]*?)^```/m.exec(cookbook) ?? []
    const rows = await duckDb.query(query)
    assert.deepEqual(rows.map(({ venue, type, base }) => `${venue} ${type} ${base}`).sort(), [
      'binance-futures perpetual BTC',
      'binance-futures perpetual ETH',
      'deribit perpetual BTC',
    ])
    const [idle] = await duckDb.query("SELECT tick_size, described_by FROM instruments WHERE symbol = 'IDLEUSDT'")
    assert.deepEqual(idle, { tick_size: 0.0001, described_by: 'vendor' })
  })

  it('are forecast by --dry-run, and ask for nothing then', async () => {
    const { code, stdout } = await run(
      ...['download', '--dry-run', '--json', '--data-dir', 'other', '--venues', VENUES, '--dates', DAY],
      ...['--data-types', 'instruments'],
    )
    assert.equal(code, 0)
    assert.deepEqual(askedForInstruments(), [])
    assert.match(stdout, /"instruments"/)
  })
})
