import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { encodeDocument } from '../../../../functions/ledger/document.ts'
import { type Manifest, type ManifestItem, manifest } from '../../../../functions/ledger/manifest.ts'
import { manifestName } from '../../../../functions/storage/names.ts'
import { manifestOf, storedItem } from '../../report/fixtures.ts'
import { runCli } from '../cli.ts'

describe('tick-handler status: parts, patterns, incidents and CSV', () => {
  let folder: string
  const INCIDENT = {
    ...{ from: '2024-08-02T03:00:00.000Z', to: '2024-08-02T03:45:00.000Z' },
    ...{ status: 'resolved', details: 'connection lost' },
  }
  const write = async (venue: string, date: string, items: readonly ManifestItem[], more: Partial<Manifest> = {}) => {
    const name = manifestName('ticks', { venue, date })
    const status = items.some(item => item.status === 'failed') ? 'incomplete' : 'complete'
    const document = {
      ...manifestOf({ venue, date }, status, items),
      ...(date > '2024-08-01' && { incidents: [INCIDENT] }),
      ...more,
    }
    await mkdir(dirname(join(folder, 'data', name)), { recursive: true })
    await writeFile(join(folder, 'data', name), encodeDocument(manifest, name, document))
  }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'status-parts-'))
    await write('binance', '2024-08-01', [
      storedItem('quotes', 'BTCUSDT', 7, 70),
      storedItem('trades', 'BTCUSDT', 10, 100),
    ])
    await write('binance', '2024-08-02', [
      storedItem('quotes', 'BTCUSDT', 8, 80),
      { dataType: 'trades', symbol: 'BTCUSDT', status: 'failed', error: 'line 7: bad price', retryable: false },
      storedItem('trades', 'ETHUSDT', 1, 10),
    ])
    await write('binance-futures', '2024-08-01', [storedItem('trades', 'BTCUSDT', 1, 10)])
    await write('deribit', '2024-08-01', [storedItem('trades', 'OPTIONS', 1, 10)])
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const status = (...args: string[]) => runCli(['status', 'data', ...args], { cwd: folder })
  const shown = async (...args: string[]) => {
    const { code, stdout } = await status('--json', ...args)
    const { venueDays } = JSON.parse(stdout)
    return [code, ...new Set(venueDays.map((day: { venue: string }) => day.venue))]
  }

  it('takes patterns of venues', async () => {
    assert.deepEqual(await shown('--venues', 'binance*'), [1, 'binance', 'binance-futures'])
    assert.deepEqual(await shown('--venues', 'd*,*-futures'), [0, 'binance-futures', 'deribit'])
    assert.deepEqual(await shown('--venues', 'x*'), [1])
    const { code, stderr } = await status('--venues', 'Bin*')
    assert.equal(code, 2)
    assert.match(stderr, /--venues: found "Bin\*", expected a Tardis exchange id/)
  })

  it('draws a calendar for each data type, with a blank where it is not recorded', async () => {
    const { code, stdout, stderr } = await status('--by', 'symbol', '--venues', 'binance', '--data-types', 'trades')
    assert.equal(code, 1)
    assert.equal(stderr, '')
    assert.equal(
      stdout,
      `binance trades BTCUSDT  1 of 2 days complete
           1   5    10   15   20   25   30
  2024-08  CI

binance trades ETHUSDT  1 of 1 day complete
           1   5    10   15   20   25   30
  2024-08   C

C complete   I incomplete

2 of 3 days of symbols complete
recorded in data: 2 files, 11 rows, 110 B of Parquet
as recorded; --check compares with the bucket

Not complete:
  binance trades BTCUSDT 2024-08-02  incomplete: 1 of 1 item failed
      trades BTCUSDT: failed: line 7: bad price

What to do:
  failed, and the same again would fail again: see the error; try --force when Tardis has replaced the file
`,
    )
  })

  it('exits by what it shows: complete for quotes, though the venue-day is not', async () => {
    assert.equal((await status('--by', 'data-type', '--data-types', 'quotes', '--venues', 'binance')).code, 0)
    assert.equal((await status('--by', 'data-type', '--venues', 'binance')).code, 1)
    const none = await status('--by', 'symbol', '--symbols', 'XRP*', '--venues', 'deribit')
    assert.deepEqual([none.code, none.stdout], [1, 'Nothing of this selection is recorded in data.\n'])
  })

  it('prints CSV and JSON of the parts', async () => {
    const csv = await status('--csv', '--by', 'data-type', '--venues', 'binance', '--end-date', '2024-08-01')
    assert.equal(
      csv.stdout,
      `venue,data_type,date,status,items,stored,empty,missing,forbidden,failed,pending,rows,bytes,condition,reasons
binance,quotes,2024-08-01,complete,1,1,0,0,0,0,0,7,70,,
binance,trades,2024-08-01,complete,1,1,0,0,0,0,0,10,100,,
`,
    )
    assert.equal(csv.code, 0)
    const document = JSON.parse((await status('--json', '--by', 'data-type', '--venues', 'binance')).stdout)
    assert.deepEqual([document.by, document.complete, document.venueDays.length], ['data-type', false, 4])
    assert.equal(document.venueDays[3].dataType, 'trades')
  })

  it('lists incidents, and has them in the JSON of their days', async () => {
    const { stdout } = await status('--incidents', '--venues', 'binance')
    assert.match(stdout, /1 incident that Tardis reported \(UTC\):\n {2}binance {2}2024-08-02 03:00:00 … 03:45:00/)
    assert.doesNotMatch((await status()).stdout, /incident/)
    const { venueDays } = JSON.parse((await status('--json', '--venues', 'binance')).stdout)
    assert.deepEqual([venueDays[0].incidents, venueDays[1].incidents], [undefined, [INCIDENT]])
  })

  it('fails on degraded data only where that is asked for', async () => {
    await write('okex', '2024-08-01', [storedItem('trades', 'BTC', 1, 10)], {
      ...{ conditionVersion: 1, condition: 'degraded', reasons: [{ reason: 'gap', items: 1 }] },
    })
    const plain = await status('--venues', 'okex', '--quality')
    assert.equal(plain.code, 0)
    assert.match(plain.stdout, /\n {2}2024-08 {2}D\n[\s\S]*\nDegraded:\n {2}okex 2024-08-01 {2}gap \(1 item\)\n/)
    assert.equal((await status('--venues', 'okex', '--fail-on', 'degraded')).code, 1)
    assert.equal((await status('--venues', 'deribit', '--fail-on', 'degraded')).code, 0)
    const { venueDays } = JSON.parse((await status('--venues', 'okex', '--json')).stdout)
    assert.equal(venueDays[0].condition, 'degraded')
    await rm(join(folder, 'data/_ledger/venue=okex'), { recursive: true })
  })

  it('names every contradiction, and reads nothing', async () => {
    const { code, stdout, stderr } = await status('--symbols', 'A', '--exclude', 'a', '--csv', '--json')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /--csv and --json exclude each other/)
    assert.match(
      stderr,
      /--exclude: found a list of 1, expected names and patterns that leave at least one symbol over/,
    )
    assert.match((await status('--by', 'symbol', '--check')).stderr, /--check compares whole venue-days/)
    assert.match((await status('--by', 'symbol', '--incidents')).stderr, /--incidents is of whole venue-days/)
  })
})
