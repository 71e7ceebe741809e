import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { encodeDocument } from '../../../../functions/ledger/document.ts'
import { type ManifestItem, manifest } from '../../../../functions/ledger/manifest.ts'
import { manifestName } from '../../../../functions/storage/names.ts'
import { manifestOf, storedItem } from '../../report/fixtures.ts'
import { runCli } from '../cli.ts'

const DATE = '2024-08-01'
const DAY_MICROS = Date.parse(`${DATE}T00:00:00Z`) * 1000
const MINUTE = 60_000_000
const INCIDENT = {
  ...{ from: `${DATE}T10:00:00.000Z`, to: `${DATE}T11:00:00.000Z` },
  ...{ status: 'resolved', details: 'connection lost' },
}

/** Rows over all of the day, but for these gaps, each [start minute, minutes]. */
function withGaps(dataType: string, symbol: string, gaps: readonly (readonly [number, number])[]): ManifestItem {
  const texts = gaps.map(([start, length]) => ({
    startMicros: String(DAY_MICROS + start * MINUTE),
    micros: String(length * MINUTE),
  }))
  return {
    ...storedItem(dataType, symbol, 1_000_000, 1),
    firstTimestampMicros: String(DAY_MICROS),
    lastTimestampMicros: String(DAY_MICROS + 1440 * MINUTE - 1),
    quality: { rowsOutOfOrder: 0, largestGapMicros: '0', version: 2, gaps: texts },
  }
}

describe('tick-handler status --gaps', () => {
  let folder: string
  const nameOf = (venue: string) => join(folder, 'data', manifestName('ticks', { venue, date: DATE }))
  const write = async (venue: string, items: readonly ManifestItem[]) => {
    const document = { ...manifestOf({ venue, date: DATE }, 'complete', items), incidents: [INCIDENT] }
    await mkdir(dirname(nameOf(venue)), { recursive: true })
    await writeFile(nameOf(venue), encodeDocument(manifest, nameOf(venue), document))
  }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'status-gaps-'))
    await write('bitmex', [
      withGaps('quotes', 'XBTUSD', [[60, 20], [610, 30], [300, 2]]), // biome-ignore format: pairs
      withGaps('trades', 'XBTUSD', [[640, 60]]),
      withGaps('liquidations', 'XBTUSD', [[0, 900]]),
    ])
    await write('deribit', [withGaps('quotes', 'BTC', [])])
    // As a release before 0.2 wrote it.
    await write('okex', [storedItem('quotes', 'BTC', 10, 1), storedItem('liquidations', 'BTC', 10, 1)])
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const status = (...args: string[]) => runCli(['status', 'data', '--gaps', ...args], { cwd: folder })

  it('lists a gap outside an incident and one inside, and none that does not count', async () => {
    const { code, stdout } = await status('--venues', 'bitmex')
    assert.equal(code, 0)
    assert.ok(
      stdout.endsWith(`
3 gaps, 1 in an incident of Tardis (UTC):
  bitmex quotes XBTUSD
    2024-08-01 01:00:00 … 01:20:00  20m00s  no incident
    2024-08-01 10:10:00 … 10:40:00  30m00s
      incident 2024-08-01 10:00:00 … 2024-08-01 11:00:00, resolved: connection lost
  bitmex trades XBTUSD
    2024-08-01 10:40:00 … 11:40:00  1h00m  no incident
`),
      stdout,
    )
  })

  it('gives the same as JSON and as CSV', async () => {
    const document = JSON.parse((await status('--venues', 'bitmex', '--json')).stdout)
    const name = { venue: 'bitmex', date: DATE, dataType: 'quotes', symbol: 'XBTUSD' }
    assert.deepEqual(document.gaps.slice(0, 2), [
      { ...name, begin: `${DATE}T01:00:00.000Z`, end: `${DATE}T01:20:00.000Z`, seconds: 1200 },
      { ...name, begin: `${DATE}T10:10:00.000Z`, end: `${DATE}T10:40:00.000Z`, seconds: 1800, incident: INCIDENT },
    ])
    assert.deepEqual([document.gaps.length, document.gapsUnknown], [3, { items: 0, unreadable: [] }])
    const lines = (await status('--csv')).stdout.trimEnd().split('\n')
    assert.deepEqual(
      lines.map(line => line.split(',').slice(0, 8).join(' ')),
      [
        'venue date data_type symbol begin end seconds in_incident',
        `bitmex ${DATE} quotes XBTUSD ${DATE}T01:00:00.000Z ${DATE}T01:20:00.000Z 1200 false`,
        `bitmex ${DATE} quotes XBTUSD ${DATE}T10:10:00.000Z ${DATE}T10:40:00.000Z 1800 true`,
        `bitmex ${DATE} trades XBTUSD ${DATE}T10:40:00.000Z ${DATE}T11:40:00.000Z 3600 false`,
      ],
    )
  })

  it('says that there are none, and nothing of gaps where it is not asked', async () => {
    assert.match(
      (await status('--venues', 'deribit')).stdout,
      /\n\nNo gap that counts against an item is recorded\.\n$/,
    )
    const plain = await runCli(['status', 'data', '--json'], { cwd: folder })
    assert.equal(JSON.parse(plain.stdout).gaps, undefined)
  })

  it('says of a manifest without quality that gaps are unknown', async () => {
    const { code, stdout } = await status('--venues', 'okex')
    assert.equal(code, 0)
    assert.match(stdout, /No gap [^\n]+\nGaps are unknown of 1 item: an older release recorded no quality\.\n$/)
  })

  it('lists the gaps of selected data types and symbols with --by', async () => {
    const only = async (...args: string[]) => JSON.parse((await status('--json', ...args)).stdout).gaps
    const gaps = await only('--by', 'data-type', '--data-types', 'trades')
    assert.deepEqual([gaps.length, gaps[0].dataType], [1, 'trades'])
    assert.deepEqual(await only('--by', 'symbol', '--symbols', 'BTC*'), [])
  })

  it('names a manifest that it cannot read, and ends with 1', async () => {
    await write('kraken', [storedItem('quotes', 'A', 1, 1)])
    const text = await readFile(nameOf('kraken'), 'utf8')
    const broken = text.replace('"status":"stored"', '"status":"odd"')
    assert.notEqual(broken, text)
    // The summary at its beginning can still be read, so that the calendar shows it as complete.
    await writeFile(nameOf('kraken'), broken)
    assert.equal((await runCli(['status', 'data', '--venues', 'kraken'], { cwd: folder })).code, 0)
    for (const args of [[], ['--json'], ['--csv']]) {
      const { code, stdout, stderr } = await status('--venues', 'kraken', ...args)
      assert.equal(code, 1)
      assert.match(stdout + stderr, /manifest\.json/)
    }
    await rm(dirname(nameOf('kraken')), { recursive: true })
  })

  it('refuses flags that exclude each other, and reads nothing', async () => {
    for (const [args, message] of [
      [['--csv', '--json'], /--csv and --json exclude each other/],
      [['--csv', '--incidents'], /--csv [^\n]+excludes --incidents/],
      [['--symbols', 'A', '--exclude', 'a'], /--exclude: /],
    ] as const) {
      const { code, stdout, stderr } = await status(...args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, message)
    }
  })
})
