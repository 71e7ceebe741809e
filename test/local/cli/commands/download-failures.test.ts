import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { callMain } from '../cli.ts'

const DATE = '2024-08-01'

describe('tick-handler download, where Tardis lacks a part of the request', () => {
  let server: TardisServer
  let folder: string
  /** Responds instead of the server. */
  let intercept: (url: string, response: ServerResponse) => boolean

  before(async () => {
    server = await startTardisServer({
      source: sampleSource({ dates: [DATE], rowsPerFile: 50 }),
      intercept: (request: IncomingMessage, response) => intercept(request.url!, response),
    })
  })
  after(() => server.close())
  beforeEach(async () => {
    intercept = () => false
    folder = await mkdtemp(join(tmpdir(), 'download-failures-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const download = (venues: string, ...more: string[]) => {
    const args = ['download', '--venues', venues, '--start-date', DATE, '--end-date', DATE]
    const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, LOG_LEVEL: 'error' }
    return callMain([...args, '--data-types', 'trades', ...more], { cwd: folder, env })
  }
  const statusByVenue = (venueDays: { venue: string; status: string }[]) =>
    Object.fromEntries(venueDays.map(({ venue, status }) => [venue, status]))
  const detailsOf =
    (venue: string, status: number, body: object) =>
    (url: string, response: ServerResponse): boolean => {
      if (!url.endsWith(`/exchanges/${venue}`)) return false
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return true
    }

  const failures: [string, number, object, RegExp][] = [
    ['without datasets', 200, { id: 'deribit', availableSymbols: [] }, /deribit: datasets\.exportedUntil is missing/],
    ['that answer 404', 404, { message: 'gone' }, /^Tardis has no details of "deribit": gone$/],
    ['that answer 418', 418, { message: 'teapot' }, /exchanges\/deribit: answered 418: teapot$/],
  ]
  for (const [what, status, body, error] of failures)
    it(`downloads the other venues where one has details ${what}`, async () => {
      intercept = detailsOf('deribit', status, body)
      const { code, stdout } = await download('deribit,binance', '--json')
      assert.equal(code, 1)
      const document = JSON.parse(stdout)
      assert.deepEqual(statusByVenue(document.venueDays), { binance: 'complete', deribit: 'absent' })
      assert.equal(document.complete, false)
      assert.deepEqual(
        document.failedVenues.map(({ venue }: { venue: string }) => venue),
        ['deribit'],
      )
      assert.match(document.failedVenues[0].error, error)
      assert.match(document.venueDays.find(({ venue }: { venue: string }) => venue === 'deribit').error, error)
    })

  it('exits with 1 for a listed venue without details, and suggests no other name', async () => {
    intercept = detailsOf('deribit', 404, { message: 'gone' })
    const { code, stdout } = await download('deribit')
    assert.equal(code, 1)
    assert.match(stdout, /^ {2}deribit: Tardis has no details of "deribit": gone$/m)
  })

  it('names the failed venue in the summary, and in one line with --quiet', async () => {
    intercept = detailsOf('deribit', 418, { message: 'teapot' })
    const { stdout } = await download('deribit,binance')
    assert.match(stdout, /^Not downloaded; .*:\n {2}deribit: GET .*: answered 418: teapot$/m)
    assert.doesNotMatch(stdout, /Not complete|never requested/)
    const quiet = await download('deribit,binance', '--quiet')
    assert.match(quiet.stderr, /^tick-handler: deribit: GET .*: answered 418: teapot$/m)
  })

  it('prints a JSON document where all venues fail', async () => {
    intercept = detailsOf('binance', 418, { message: 'teapot' })
    const { code, stdout } = await download('binance', '--json')
    assert.equal(code, 1)
    const { complete, venueDays } = JSON.parse(stdout)
    assert.deepEqual([complete, statusByVenue(venueDays)], [false, { binance: 'absent' }])
  })

  it('exits with 1 for a failed venue whose days were stored by an earlier run', async () => {
    assert.equal((await download('deribit,binance')).code, 0)
    intercept = detailsOf('deribit', 418, {})
    const { code, stdout } = await download('deribit,binance', '--json')
    const { venueDays } = JSON.parse(stdout)
    assert.deepEqual([code, statusByVenue(venueDays)], [1, { binance: 'complete', deribit: 'complete' }])
  })

  it('exits with 2 and writes nothing where no venue has any of the symbols, naming the nearest', async () => {
    const one = await download('binance', '--symbols', 'ETHUSTD')
    assert.deepEqual([one.code, one.stdout], [2, ''])
    assert.equal(one.stderr, 'tick-handler: --symbols: binance has no "ETHUSTD" (did you mean ETHUSDT?)\n')
    const two = await download('binance,deribit', '--symbols', 'XYZ,NOTHING-LIKE-IT')
    assert.equal(two.code, 2)
    assert.match(two.stderr, /--symbols: none of binance, deribit has "XYZ"\n.*none of .* has "NOTHING-LIKE-IT"\n$/)
    assert.deepEqual(await readdir(folder), [])
  })

  it('downloads the symbols that are known, and exits with 1 for one that none of the venues has', async () => {
    const { code, stdout } = await download('binance', '--symbols', 'SOLBTC,ETHUSTD', '--json')
    assert.equal(code, 1)
    const { complete, unknownSymbols, venueDays } = JSON.parse(stdout)
    assert.equal(complete, false)
    assert.deepEqual(unknownSymbols, [{ symbol: 'ETHUSTD', nearest: ['ETHUSDT'] }])
    assert.deepEqual(
      [venueDays[0].status, venueDays[0].counts.items, venueDays[0].unlisted],
      ['complete', 1, undefined],
    )
    const { stdout: summary } = await download('binance', '--symbols', 'SOLBTC,ETHUSTD')
    assert.match(summary, /^ {2}ETHUSTD: none of the venues has this symbol \(did you mean ETHUSDT\?\)$/m)
  })

  it('exits with 0 for a symbol that only some of the venues have', async () => {
    const { code, stdout } = await download('binance,deribit', '--symbols', 'ETHUSDT', '--json')
    assert.equal(code, 0)
    const { venueDays, unknownSymbols } = JSON.parse(stdout)
    assert.deepEqual(unknownSymbols, [])
    const deribit = venueDays.find(({ venue }: { venue: string }) => venue === 'deribit')
    assert.deepEqual(deribit.unlisted, [{ dataType: 'trades', symbol: 'ETHUSDT' }])
  })

  it('reports metadata that was skipped, and downloads the rest', async () => {
    const source = sampleSource({ dates: [DATE], rowsPerFile: 50 })
    const details = JSON.parse((await source.exchange('binance'))!.toString())
    details.datasets.symbols.unshift({ id: 'ODD', dataTypes: null })
    intercept = detailsOf('binance', 200, details)
    const { code, stdout } = await download('binance', '--json')
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(stdout).notes, [
      "binance: skipped 1 entry of Tardis's metadata that cannot be read: datasets.symbols[0].availableSince is missing, expected a string.",
    ])
  })

  it('is complete for a group that is named after all was downloaded, also where it lacks a data type', async () => {
    const types = ['--data-types', 'trades,options_chain,derivative_ticker']
    assert.equal((await download('deribit', ...types)).code, 0)
    const { code, stdout } = await download('deribit', ...types, '--symbols', 'OPTIONS', '--json')
    assert.deepEqual([code, JSON.parse(stdout).complete], [0, true], stdout)
    assert.deepEqual(JSON.parse(stdout).venueDays[0].unlisted, [{ dataType: 'derivative_ticker', symbol: 'OPTIONS' }])
  })

  it('is complete with --max-instruments after all was downloaded', async () => {
    const types = ['--data-types', 'trades,options_chain,liquidations']
    assert.equal((await download('deribit', ...types)).code, 0)
    const { code, stdout } = await download('deribit', ...types, '--max-instruments', '2', '--json')
    assert.deepEqual([code, JSON.parse(stdout).complete], [0, true], stdout)
  })
})
