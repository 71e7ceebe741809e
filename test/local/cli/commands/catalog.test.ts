import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { renderColumns, symbolColumns, venueColumns } from '../../../../functions/local/cli/catalog/text.ts'
import { cells } from '../../../../functions/local/terminal/style.ts'
import { callMain } from '../cli.ts'

describe('tick-handler venues and symbols', () => {
  let server: TardisServer
  let cwd: string
  let requests: string[]
  beforeEach(async () => {
    requests = []
    server = await startTardisServer({
      source: sampleSource({ dates: ['2024-08-01'], rowsPerFile: 100 }),
      intercept: request => requests.push(request.url!.replace('/api/v1/', '')) === 0,
    })
    cwd = await mkdtemp(join(tmpdir(), 'catalog-'))
  })
  afterEach(async () => {
    await server.close()
    await rm(cwd, { recursive: true, force: true })
  })

  const call = (...args: string[]) =>
    callMain(args, { cwd, env: { TARDIS_API_URL: server.apiUrl, XDG_CACHE_HOME: join(cwd, 'cache') } })
  const symbolsOf = async (...args: string[]) =>
    JSON.parse((await call('symbols', '--json', ...args)).stdout).symbols.map((one: { symbol: string }) => one.symbol)

  it('prints each venue that the vendor has, and asks once for a day: later it works offline', async () => {
    const first = await call('venues')
    assert.deepEqual([first.code, first.stderr], [0, ''])
    assert.match(first.stdout, /^ {2}venue +first day +last day +symbols +types +data types\n/)
    assert.match(first.stdout, /^ {2}deribit +2024-08-01 .* option .* options_chain/m)
    const asked = requests.length
    assert.equal(asked, 1 + first.stdout.trimEnd().split('\n').length - 1)
    await server.close()
    assert.deepEqual(await call('venues'), first)
    assert.equal((await call('symbols', '--venues', 'deribit')).code, 0)
    assert.equal(requests.length, asked)
  })

  it('asks again with --refresh, and shows the older answer with its time where nobody responds', async () => {
    const first = await call('symbols', '--venues', 'deribit', '--csv')
    assert.equal((await call('symbols', '--venues', 'deribit', '--refresh')).code, 0)
    assert.deepEqual(requests, ['exchanges/deribit', 'exchanges/deribit'])
    await server.close()
    const older = await call('symbols', '--venues', 'deribit', '--csv', '--refresh')
    assert.deepEqual([older.code, older.stdout], [0, first.stdout])
    assert.match(older.stderr, /symbols-deribit: as of \d{4}-.*Z, because of /)
    const absent = await call('symbols', '--venues', 'binance')
    assert.deepEqual([absent.code, absent.stdout], [1, ''])
    assert.match(absent.stderr, /exchanges\/binance/)
  })

  it('chooses venues by pattern, type, data type and day', async () => {
    const venues = async (...args: string[]) =>
      JSON.parse((await call('venues', '--json', ...args)).stdout).venues.map((one: { venue: string }) => one.venue)
    assert.deepEqual(await venues('--match', 'binance*', '--exclude', '*-futures'), ['binance'])
    assert.ok((await venues('--type', 'option')).includes('deribit'))
    assert.deepEqual(await venues('--data-types', 'options_chain', '--match', 'b*'), [])
    assert.deepEqual(await venues('--on', '2020-01-01'), [])
  })

  it('chooses symbols by pattern, type, data type and day', async () => {
    const all = await symbolsOf('--venues', 'deribit')
    const chosen = ['--type', 'perpetual', '--match', 'btc-*']
    assert.deepEqual(await symbolsOf('--venues', 'deribit', ...chosen, '--on', '2024-08-01'), ['BTC-PERPETUAL'])
    assert.deepEqual(await symbolsOf('--venues', 'deribit', ...chosen, '--on', '2024-07-31'), [])
    const rest = await symbolsOf('--venues', 'deribit', '--exclude', 'BTC*')
    assert.deepEqual(
      rest,
      all.filter((symbol: string) => !symbol.startsWith('BTC')),
    )
    const two = await symbolsOf('--venues', 'binance,deribit', '--data-types', 'trades')
    assert.ok(two.includes('BTC-PERPETUAL') && two.includes('ETHUSDT'))
  })

  it('explains grouped symbols', async () => {
    assert.match((await call('symbols', '--venues', 'deribit')).stderr, /OPTIONS are grouped symbols/)
    assert.equal((await call('symbols', '--venues', 'deribit', '--quiet')).stderr, '')
  })

  it('prints the symbols of the venues that it can, names the others, and exits with 1', async () => {
    const { code, stdout, stderr } = await call('symbols', '--venues', 'derbit,binance', '--json')
    assert.equal(code, 1)
    assert.match(stderr, /^tick-handler: derbit: --venues: Tardis has no "derbit" \(did you mean deribit/m)
    const { symbols, failed } = JSON.parse(stdout)
    assert.ok(symbols.length > 0 && symbols.every(({ venue }: { venue: string }) => venue === 'binance'))
    assert.deepEqual(
      failed.map(({ venue }: { venue: string }) => venue),
      ['derbit'],
    )
  })

  it('names every venue that the vendor does not have', async () => {
    const { code, stdout, stderr } = await call('symbols', '--venues', 'derbit,binanse')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /no "derbit".*\n.*no "binanse"/)
  })

  it('needs no folder of data: a file of that name does not matter', async () => {
    await writeFile(join(cwd, 'data'), '')
    assert.equal((await call('venues')).code, 0)
    assert.equal((await call('symbols', '--venues', 'binance')).code, 0)
  })

  it('prints CSV with a head', async () => {
    const { stdout } = await call('symbols', '--venues', 'binance', '--match', 'ETHUSDT', '--csv')
    const [head, line] = stdout.split('\n')
    assert.equal(head, 'venue,symbol,type,first_day,last_day,data_types')
    assert.match(line!, /^binance,ETHUSDT,spot,2024-08-01,,(\w+ )*\w+$/)
  })

  it('says what is there where nothing is chosen, and exits with 1', async () => {
    const { code, stdout, stderr } = await call('symbols', '--venues', 'binance', '--type', 'bond')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^tick-handler: none of \d+ symbols is like this \(types: .*spot/)
    assert.match((await call('venues', '--match', 'x')).stderr, /^tick-handler: none of \d+ venues is like this\n$/)
  })

  it('refuses wrong command lines, and names the venue that is meant', async () => {
    const usage = async (...args: string[]) => {
      const { code, stderr } = await call(...args)
      assert.equal(code, 2)
      return stderr
    }
    assert.match(await usage('symbols'), /missing required --venues/)
    assert.match(await usage('venues', '--csv', '--json'), /--csv and --json exclude each other/)
    assert.match(await usage('venues', '--on', 'today'), /--on: found "today", expected a date/)
    assert.match(
      await usage('symbols', '--venues', 'derbit'),
      /--venues: Tardis has no "derbit" \(did you mean deribit/,
    )
  })
})

describe('the tables of venues and symbols', () => {
  const dataTypes = [
    'trades',
    'incremental_book_L2',
    'book_snapshot_25',
    'quotes',
    'derivative_ticker',
    'options_chain',
  ]
  const looks = { color: false, unicode: true }
  for (const width of [80, 120]) {
    it(`fit ${width} columns`, () => {
      const symbol = { symbol: 'BTC-30AUG24-60000-C', type: 'option', since: '2024-08-01', dataTypes }
      const venue = {
        venue: 'deribit',
        symbols: 123456,
        types: ['option', 'perpetual'],
        since: '2019-03-30',
        dataTypes,
      }
      const tables = [
        renderColumns(symbolColumns([{ venue: 'deribit', ...symbol }]), looks, width),
        renderColumns(venueColumns([venue]), looks, width),
      ]
      for (const table of tables) {
        for (const line of table.split('\n')) assert.ok(cells(line) <= width, line)
        assert.match(table, /…$/m)
      }
      assert.match(tables[1]!, /123,456/)
    })
  }
})
