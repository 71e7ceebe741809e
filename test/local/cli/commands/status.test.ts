import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../../functions/emulators/gcs/server.ts'
import { encodeDocument } from '../../../../functions/ledger/document.ts'
import { type ManifestItem, manifest } from '../../../../functions/ledger/manifest.ts'
import { ABSENT } from '../../../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../../../functions/storage/gcs.ts'
import { manifestName } from '../../../../functions/storage/names.ts'
import { manifestOf, storedItem } from '../../report/fixtures.ts'
import { callMain, runCli } from '../cli.ts'

describe('tick-handler status', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startGcsServer>>
  let bucket: ReturnType<typeof createGcsBucket>

  const commit = async (
    venue: string,
    date: string,
    status: 'complete' | 'incomplete' | 'pending',
    items: readonly ManifestItem[],
  ) => {
    const name = manifestName('ticks', { venue, date })
    const converterVersions = date === '2024-08-01' ? [{ version: 1, items: items.length }] : undefined
    const document = { ...manifestOf({ venue, date }, status, items), ...(converterVersions && { converterVersions }) }
    const data = encodeDocument(manifest, name, document)
    const written = await bucket.write(name, data, ABSENT, { contentType: 'application/json' })
    assert.equal(written.outcome, 'committed')
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'status-'))
    server = await startGcsServer({ folder: join(folder, 'data'), bucket: 'ticks-bucket' })
    bucket = createGcsBucket({ bucket: 'ticks-bucket', apiEndpoint: server.endpoint })
    await commit('binance', '2024-08-01', 'complete', [storedItem('trades', 'BTCUSDT', 1_234_567, 12_300_000)])
    await commit('binance', '2024-08-02', 'incomplete', [
      storedItem('trades', 'BTCUSDT', 10, 100),
      { dataType: 'trades', symbol: 'ETHUSDT', status: 'forbidden', error: 'answered 401' },
      { dataType: 'trades', symbol: 'XRPUSDT', status: 'failed', error: 'line 7: bad price', retryable: false },
    ])
    await commit('binance', '2024-08-04', 'pending', [])
    await commit('deribit', '2024-08-01', 'complete', [storedItem('quotes', 'OPTIONS', 5, 50)])
    await bucket.write('_ledger/venue=deribit/date=2024-08-02/manifest.json', Buffer.from('{"half":'), ABSENT, {
      contentType: 'application/json',
    })
  })
  after(async () => {
    await bucket.close()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  // The server stands and holds its lock all the while: status must not care.
  const status = (...args: string[]) => runCli(['status', '--data-dir', 'data', ...args], { cwd: folder })

  it('shows a calendar with letters, the open days with their reasons, and what to do', async () => {
    const { code, stdout, stderr } = await status()
    assert.equal(code, 1)
    assert.equal(stderr, '')
    assert.equal(
      stdout,
      `binance  1 of 4 days complete
  trades (all symbols)
           1   5    10   15   20   25   30
  2024-08  CI-P

deribit  1 of 2 days complete
  quotes (all symbols)
           1   5    10   15   20   25   30
  2024-08  C?

C complete   I incomplete   P not exported by Tardis yet   - no manifest   ? manifest unreadable

2 of 6 venue-days complete
recorded in data: 3 files, 1,234,582 rows, 12.3 MB of Parquet
files by converter version: 2 of version 1, 1 not recorded; download --upgrade converts those below 3 again
as recorded; --check compares with the bucket

Not complete:
  binance 2024-08-02  incomplete: 1 of 3 items forbidden, 1 failed
      trades ETHUSDT: forbidden: answered 401
      trades XRPUSDT: failed: line 7: bad price
  binance 2024-08-03  absent: no manifest
  binance 2024-08-04  pending: Tardis has not exported the day yet
  deribit 2024-08-02  unreadable: _ledger/venue=deribit/date=2024-08-02/manifest.json: expected one JSON document, found 8 characters that begin "{\\"half\\":"

What to do:
  forbidden: set TARDIS_API_KEY (environment or .env); without a key only the first day of each month is free
  pending: run download again once Tardis has exported the day, around 06:00 UTC of the next day
  failed, and the same again would fail again: see the error; try --force when Tardis has replaced the file
  absent: never requested or not started: run download
  unreadable: the manifest is damaged, or written by another version; its name is above
`,
    )
  })

  it('exits with 0 where all of the asked range is complete, with 1 where a day has no manifest', async () => {
    const range = ['--venues', 'binance,deribit', '--start-date', '2024-08-01', '--end-date']
    assert.equal((await status(...range, '2024-08-01')).code, 0)
    assert.equal(
      (await status('--venues', 'deribit', '--start-date', '2024-07-31', '--end-date', '2024-08-01')).code,
      1,
    )
    assert.equal((await status('--venues', 'bitmex', '--start-date', '2024-08-01', '--end-date', '2024-08-01')).code, 1)
  })

  it('gives every venue-day in one JSON document', async () => {
    const { code, stdout } = await status('--json', '--start-date', '2024-07-31', '--end-date', '2024-08-04')
    assert.equal(code, 1)
    assert.equal(stdout.trimEnd().split('\n').length, 1)
    const { venueDays, ...rest } = JSON.parse(stdout)
    assert.deepEqual(rest, {
      ...{ where: 'data', prefix: 'ticks', complete: false, withoutData: 0, checked: false },
      converterVersions: { unknown: 1, 1: 2 },
      statuses: { complete: 2, incomplete: 1, pending: 1, absent: 5, unreadable: 1 },
      range: { startDate: '2024-07-31', endDate: '2024-08-04' },
    })
    assert.equal(venueDays.length, 10)
    assert.deepEqual(venueDays[1].converterVersions, { 1: 1 })
    assert.deepEqual(venueDays[2].problems, [
      { dataType: 'trades', symbol: 'ETHUSDT', status: 'forbidden', error: 'answered 401' },
      { dataType: 'trades', symbol: 'XRPUSDT', status: 'failed', error: 'line 7: bad price', retryable: false },
    ])
  })

  it('takes a folder or an address as its argument, but not one and a flag', async () => {
    const { code, stdout } = await runCli(['status', 'data', '--json'], { cwd: folder })
    assert.deepEqual([code, JSON.parse(stdout).where], [1, 'data'])
    const both = await runCli(['status', 'data', '--data-dir', 'data'], { cwd: folder })
    assert.deepEqual(
      [both.code, both.stderr],
      [2, 'tick-handler: "data" and --data-dir or --bucket exclude each other\n'],
    )
    const other = await runCli(['status', 's3://bucket'], { cwd: folder })
    assert.deepEqual(
      [other.code, other.stderr],
      [2, 'tick-handler: unexpected argument "s3://bucket", expected a folder or gs://NAME\n'],
    )
  })

  it('says the same of a bucket behind an emulator', async () => {
    const emulator = { GCS_API_ENDPOINT: server.endpoint }
    const { stdout } = await runCli(['status', 'gs://ticks-bucket', '--json'], { cwd: folder, env: emulator })
    const local = await status('--json')
    assert.deepEqual(JSON.parse(stdout).venueDays, JSON.parse(local.stdout).venueDays)
    assert.equal(JSON.parse(stdout).where, 'gs://ticks-bucket')
  })

  it('finds nothing where nothing is, and makes no folder for it', async () => {
    const { code, stdout } = await runCli(['status', '--data-dir', 'nowhere'], { cwd: folder })
    assert.equal(code, 1)
    assert.equal(stdout, 'No venue-day found in nowhere: there is no such folder.\n')
    const later = await callMain(['status', 'data', '--start-date', '2030-01-01'], { cwd: folder })
    assert.deepEqual([later.code, later.stdout], [1, 'No venue-day found in data for this range.\n'])
    assert.deepEqual(await readdir(folder), ['data'])
  })
})
