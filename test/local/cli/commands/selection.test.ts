import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { callMain } from '../cli.ts'

const DATE = '2024-08-01'

describe('download and backfill by patterns and types', () => {
  let server: TardisServer
  let cwd: string
  beforeEach(async () => {
    server = await startTardisServer({ source: sampleSource({ dates: [DATE], rowsPerFile: 10 }) })
    cwd = await mkdtemp(join(tmpdir(), 'selection-'))
  })
  afterEach(async () => {
    await server.close()
    await rm(cwd, { recursive: true, force: true })
  })

  const call = (...args: string[]) =>
    callMain([...args, '--dates', DATE, '--json'], {
      cwd,
      env: { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, DATA_TYPES: 'trades' },
    })
  const faults = async (...args: string[]) => {
    const { code, stderr } = await call('download', ...args)
    assert.equal(code, 2, stderr)
    return stderr
  }

  it('downloads what fits on the day, and is complete for it', async () => {
    const args = [
      '--venues',
      'binance*',
      '--symbols',
      'eth*,btc*',
      '--instrument-types',
      'perpetual',
      '--exclude',
      'BTC*',
    ]
    const { code, stdout, stderr } = await call('download', ...args)
    assert.equal(code, 0, stderr)
    const scopes = JSON.parse(stdout).venueDays.map(
      (day: { venue: string; scope: object; counts: { stored: number } }) => [day.venue, day.counts.stored],
    )
    assert.deepEqual(scopes, [
      ['binance', 0],
      ['binance-futures', 1],
    ])
  })

  it('estimates the same that it downloads', async () => {
    const args = ['--venues', 'binance-futures', '--symbols', '*USDT', '--exclude', 'IDLE*', '--dry-run']
    const { code, stdout, stderr } = await call('download', ...args)
    assert.equal(code, 0, stderr)
    assert.equal(JSON.parse(stdout).total.files, 2)
  })

  it('refuses what no venue has, with what may be meant', async () => {
    const venue = ['--venues', 'binance-futures']
    assert.match(
      await faults(...venue, '--symbols', 'BTX*'),
      /--symbols: binance-futures has no "BTX\*" \(did you mean BTC\*/,
    )
    assert.match(
      await faults(...venue, '--instrument-types', 'perpetuals'),
      /--instrument-types: none of the venues has "perpetuals" \(did you mean perpetual\?/,
    )
    assert.match(await faults(...venue, '--exclude', '*'), /no symbol of binance-futures is left by --symbols/)
    assert.match(await faults('--venues', 'x*'), /--venues: Tardis has none like "x\*"/)
  })

  it('publishes names of venues and the patterns of symbols, of a version that older releases refuse', async () => {
    const args = ['--venues', 'bin*', '--symbols', '*USDT', '--instrument-types', 'perpetual', '--dry-run']
    const { code, stdout, stderr } = await call('backfill', ...args)
    assert.equal(code, 0, stderr)
    const [request] = JSON.parse(stdout).requests
    assert.deepEqual(request.venues.toSorted(), ['binance', 'binance-futures'])
    assert.deepEqual([request.symbols, request.instrumentTypes, request.version], [['*USDT'], ['perpetual'], 4])
    const wrong = await call('backfill', '--venues', 'binance', '--symbols', 'BTX*', '--dry-run')
    assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
  })
})
