import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startGcsServer } from '../../../../functions/emulators/gcs/server.ts'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { Secret } from '../../../../functions/runtime/config/secret.ts'
import { openDuckDb, type Query } from '../../../support/readers/duckdb.ts'
import { callMain, runCli } from '../cli.ts'

const FIRST = '2024-08-01'
const SECOND = '2024-08-02'
const TYPES = 'trades,quotes,derivative_ticker'

describe('tick-handler download', () => {
  let server: TardisServer
  let folder: string
  /** Datasets asked for since the test began. */
  let asked: string[]
  /** What the test answers itself. */
  let intercept: (request: IncomingMessage, response: ServerResponse) => boolean

  before(async () => {
    const source = sampleSource({ dates: [FIRST, SECOND], rowsPerFile: 500 })
    const apiKey = new Secret('TD.the-right-key')
    server = await startTardisServer({
      source,
      apiKey,
      intercept(request, response) {
        if (request.url?.includes('/datasets/')) asked.push(request.url)
        return intercept(request, response)
      },
    })
  })
  after(() => server.close())
  beforeEach(async () => {
    asked = []
    intercept = () => false
    folder = await mkdtemp(join(tmpdir(), 'download-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const options = () => ({
    cwd: folder,
    env: { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, LOG_LEVEL: 'warn' },
  })
  const argsFor = (venues: string, date: string, ...more: string[]) => {
    const range = ['--start-date', date, '--end-date', date]
    return ['download', '--venues', venues, ...range, '--data-types', TYPES, ...more]
  }
  const download = (venues: string, date: string, ...more: string[]) =>
    callMain(argsFor(venues, date, ...more), options())

  it('stores everything and says so', async () => {
    const { code, stdout, stderr } = await download('binance-futures,binance', FIRST)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.match(stdout, /^ {2}binance {10}2024-08-01 {2}complete /m)
    assert.match(stdout, /^ {2}total +2 of 2 /m)
  })

  it('prints queries that work as they are printed', async function () {
    using duckDb = await openDuckDb(this)
    const { stdout } = await download('binance-futures,binance', FIRST)
    const ask = (line: string) => runPrinted(duckDb.query, line, folder)
    const commands = stdout.match(/^ {2}duckdb -c .*$/gm)!
    assert.equal(commands.length, 2)
    const [rows, manifests] = [await ask(commands[0]!), await ask(commands[1]!)]
    assert.ok(rows.length > 1)
    for (const row of rows) assert.ok(Number(row.rows) > 0 && Number(row.low) <= Number(row.high))
    assert.deepEqual(
      manifests.map(({ venue, status }) => `${venue} ${status}`),
      ['binance complete', 'binance-futures complete'],
    )
  })

  it('downloads nothing a second time, and everything with --force', async () => {
    await download('binance', FIRST)
    const files = asked.length
    assert.ok(files > 1)
    const again = await download('binance', FIRST)
    assert.equal(again.code, 0)
    assert.match(again.stdout, /Everything was complete already: nothing downloaded\./)
    assert.equal(asked.length, files)
    const forced = await download('binance', FIRST, '--force')
    assert.equal(forced.code, 0)
    assert.equal(asked.length, 2 * files)
  })

  it('downloads again what is gone or changed in the folder, and nothing else', async () => {
    await download('binance', FIRST)
    const files = asked.length
    const file = (dataType: string) =>
      join(folder, `data/ticks/data_type=${dataType}/venue=binance/date=${FIRST}/ETHUSDT.parquet`)
    const [trades, quotes] = await Promise.all([readFile(file('trades')), readFile(file('quotes'))])
    await rm(file('trades'))
    // As long as before: only its generation differs.
    await writeFile(file('quotes'), Buffer.alloc(quotes.length, 'junk'))
    const check = ['status', '--data-dir', 'data', '--check']
    const before = await callMain(check, { cwd: folder })
    assert.equal(before.code, 1)
    assert.match(before.stdout, /incomplete: 1 of \d+ items gone from the bucket, 1 changed in the bucket$/m)
    const again = await download('binance', FIRST)
    assert.equal(again.code, 0)
    assert.match(again.stderr, /WARN {2}2 recorded files gone or changed in \.\/data: downloading again$/m)
    assert.match(again.stdout, /^Downloaded 2 files in /m)
    assert.deepEqual(
      asked
        .slice(files)
        .map(url => url.split('/')[4])
        .sort(),
      ['quotes', 'trades'],
    )
    assert.ok((await readFile(file('trades'))).equals(trades), 'the same source gives the same bytes')
    assert.ok((await readFile(file('quotes'))).equals(quotes))
    assert.equal((await callMain(check, { cwd: folder })).code, 0)
    assert.match((await download('binance', FIRST)).stdout, /Everything was complete already/)
  })

  it('says that a venue lacks a data type, and exits with 1 where Tardis has no data at all', async () => {
    const some = await download('binance', FIRST, '--data-types', 'liquidations')
    assert.equal(some.code, 0, some.stdout)
    assert.match(some.stdout, /^binance has no derivative_ticker, liquidations at Tardis; it has .*trades\.$/m)
    const none = await callMain(
      [
        'download',
        '--venues',
        'binance',
        '--start-date',
        FIRST,
        '--end-date',
        FIRST,
        '--data-types',
        'liquidations',
        '--data-dir',
        'none',
      ],
      options(),
    )
    assert.equal(none.code, 1)
    assert.match(none.stdout, /^ {2}binance {2}2024-08-01 {2}no data /m)
    assert.match(none.stdout, /^Tardis has no data for this request\.$/m)
    const status = await callMain(['status', 'none'], { cwd: folder })
    assert.equal(status.code, 1)
    assert.match(status.stdout, /^ {2}2024-08 {2}N$/m)
  })

  it('writes nothing for a venue, or a data type, that the vendor does not know', async () => {
    const { code, stdout, stderr } = await download('binnance,deribit', FIRST, '--data-types', 'trade')
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      'tick-handler: --venues: Tardis has no "binnance" (did you mean binance?)',
      'tick-handler: --data-types: none of the venues has "trade" (did you mean trades?)',
    ])
    assert.deepEqual(await readdir(folder), [])
  })

  it('takes no more than the first instruments', async () => {
    const { code, stdout } = await download('binance-futures', FIRST, '--max-instruments', '1', '--json')
    assert.equal(code, 0)
    assert.equal(new Set(asked.map(url => url.slice(url.lastIndexOf('/')))).size, 1)
    assert.equal(JSON.parse(stdout).venueDays[0].counts.stored, asked.length)
  })

  it('distinguishes forbidden and pending, and says what to do', async () => {
    const forbidden = await download('binance', SECOND)
    assert.equal(forbidden.code, 1)
    assert.match(forbidden.stdout, /^ {2}binance 2024-08-02 {2}incomplete: \d+ of \d+ items forbidden$/m)
    assert.match(forbidden.stdout, /^ {2}forbidden: set TARDIS_API_KEY/m)
    const pending = await download('binance', '2024-08-03')
    assert.equal(pending.code, 1)
    assert.match(pending.stdout, /^ {2}binance 2024-08-03 {2}pending: Tardis has not exported the day yet$/m)
    assert.match(pending.stdout, /^ {2}pending: run download again/m)
  })

  it('reports malformed data and keeps the rest', async () => {
    intercept = ({ url }, response) => {
      if (!url?.includes('/binance/trades/')) return false
      const body = gzipSync(
        'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\nbinance,X,1,2,3,buy,cheap,1\n',
      )
      response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': body.length }).end(body)
      return true
    }
    const { code, stdout } = await download('binance', FIRST)
    assert.equal(code, 1)
    assert.match(stdout, /incomplete: \d+ of \d+ items failed/)
    assert.match(stdout, /2 items failed: line 2.*price.*\(trades ETHUSDT, trades SOLBTC\)$/m)
    assert.match(stdout, /^ {2}failed, and the same again would fail again:/m)
    assert.match(stdout, /data_type=quotes/)
  })

  it('gives one clear line where another process has the folder', async () => {
    const other = await startGcsServer({ folder: join(folder, 'data'), bucket: 'other' })
    try {
      const { code, stdout, stderr } = await download('binance', FIRST)
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
      assert.match(stderr, /^tick-handler: .*data.* is in use by process \d+ on .*\n$/)
    } finally {
      await other.close()
    }
  })

  it('prints one JSON document and nothing else with --json, and no control codes into a pipe', async () => {
    const { code, stdout, stderr } = await runCli(argsFor('binance', FIRST, '--json'), {
      ...options(),
      env: { ...options().env, LOG_LEVEL: 'info' },
    })
    assert.equal(code, 0)
    const { complete, run, venueDays } = JSON.parse(stdout)
    assert.equal(complete, true)
    assert.equal(run.itemsByStatus.stored, venueDays[0].counts.stored)
    assert.match(stderr, /INFO {2}downloading trades, quotes, derivative_ticker of binance, 2024-08-01, into \.\/data/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(stdout + stderr, /\x1b/)
  })

  it('stops cleanly at Ctrl-C with what is done on record, and goes on from there', async () => {
    let stalled = false
    intercept = ({ url }) => {
      // A dataset that never comes: the run can only end by the signal.
      if (!url?.includes('/quotes/')) return false
      stalled = true
      return true
    }
    let signalled = false
    const child = runCli(argsFor('binance', FIRST), {
      ...options(),
      env: { ...options().env, LOG_LEVEL: 'debug', DOWNLOAD_MAX_WORKERS: '1' },
      onStderr(_, kill) {
        if (stalled && !signalled) kill('SIGINT')
        signalled ||= stalled
      },
    })
    const { code, stdout } = await child
    assert.equal(code, 130)
    assert.match(stdout, /Interrupted\. Run the same command to resume\./)
    intercept = () => false
    asked = []
    const resumed = await download('binance', FIRST)
    assert.equal(resumed.code, 0)
    assert.ok(asked.every(url => url.includes('/quotes/') || url.includes('/trades/')))
  })

  it('stores into a bucket behind an emulator as into a folder', async () => {
    const emulator = await startGcsServer({ folder: join(folder, 'emulated'), bucket: 'tick-bucket' })
    try {
      const env = { ...options().env, GCS_API_ENDPOINT: emulator.endpoint, GCS_PREFIX: 'team/ticks' }
      const { code, stdout } = await callMain(argsFor('binance', FIRST, '--bucket', 'tick-bucket'), {
        cwd: folder,
        env,
      })
      assert.equal(code, 0)
      assert.match(stdout, /^Manifests: gs:\/\/tick-bucket\/team\/_ledger\/venue=…/m)
      assert.deepEqual((await readdir(join(folder, 'emulated/team'))).sort(), ['_iceberg', '_ledger', 'ticks'])
      const status = await callMain(['status', 'gs://tick-bucket/team/ticks'], { cwd: folder, env })
      assert.equal(status.code, 0)
    } finally {
      await emulator.close()
    }
  })

  it('gives one clear line for a bucket that is not there', async () => {
    const emulator = await startGcsServer({ folder: join(folder, 'emulated'), bucket: 'tick-bucket' })
    try {
      const env = { ...options().env, GCS_API_ENDPOINT: emulator.endpoint }
      const { code, stderr } = await callMain(argsFor('binance', FIRST, '--bucket', 'other-bucket'), {
        cwd: folder,
        env,
      })
      assert.equal(code, 1)
      assert.match(stderr, /^tick-handler: .*gs:\/\/other-bucket.*\n$/)
    } finally {
      await emulator.close()
    }
  })

  it('writes the API key nowhere into the destination', async () => {
    const env = { ...options().env, TARDIS_API_KEY: 'TD.the-right-key' }
    const { code, stdout } = await callMain(argsFor('binance', SECOND), { cwd: folder, env })
    assert.equal(code, 0)
    assert.ok(!stdout.includes('TD.the-right-key'))
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const content = await readFile(join(entry.parentPath, entry.name), 'latin1')
      assert.ok(!content.includes('TD.the-right-key'), entry.name)
    }
  })
})

/** Runs a printed `duckdb -c` line: a real shell splits it, and DuckDB's library stands in for its program. */
async function runPrinted(query: Query, line: string, cwd: string): Promise<Record<string, unknown>[]> {
  const sql = execFileSync('sh', ['-c', `duckdb() { printf %s "$2"; }; ${line}`], { encoding: 'utf8' })
  return await query(sql.replaceAll("'./data/", `'${cwd}/data/`))
}
