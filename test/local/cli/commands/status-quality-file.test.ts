import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Condition } from '../../../../functions/ledger/condition.ts'
import { encodeDocument } from '../../../../functions/ledger/document.ts'
import { type ManifestItem, manifest } from '../../../../functions/ledger/manifest.ts'
import { manifestName } from '../../../../functions/storage/names.ts'
import { manifestOf, storedItem } from '../../report/fixtures.ts'
import { runCli } from '../cli.ts'

const VENUE = 'deribit'
const LATE: ManifestItem = {
  ...storedItem('trades', 'LATE', 1_000, 1),
  ...{ condition: 'degraded', reasons: ['negative-latency'] },
  quality: {
    ...{ version: 2, rowsOutOfOrder: 0, largestGapMicros: '0' },
    latency: { minMicros: '-5', medianMicros: '1', p99Micros: '2', maxMicros: '3', negative: 50 },
  },
}
const BUSY: ManifestItem = { ...storedItem('trades', 'X', 1_000, 1), condition: 'available' }
const EMPTY: ManifestItem = { dataType: 'trades', symbol: 'X', status: 'empty', condition: 'available' }

describe('status and report with quality.json', () => {
  let folder: string
  const write = async (date: string, items: readonly ManifestItem[]) => {
    const name = join(folder, 'data', manifestName('ticks', { venue: VENUE, date }))
    const condition: Condition = items.some(item => item.condition === 'degraded') ? 'degraded' : 'available'
    const judged = { conditionVersion: 1, condition, reasons: [] }
    const document = { ...manifestOf({ venue: VENUE, date }, 'complete', items), ...judged }
    await mkdir(dirname(name), { recursive: true })
    await writeFile(name, encodeDocument(manifest, name, document))
  }
  const rules = (place: string, ...list: readonly object[]) =>
    writeFile(join(folder, place), JSON.stringify({ schemaVersion: 1, rules: list }))
  const status = (...args: string[]) => runCli(['status', 'data', ...args], { cwd: folder })
  const degraded = async (...args: string[]) => {
    const { venueDays } = JSON.parse((await status('--json', ...args)).stdout)
    return venueDays
      .filter((day: { condition: string }) => day.condition === 'degraded')
      .map(({ date, reasons }: { date: string; reasons: { reason: string }[] }) => [
        date,
        ...reasons.map(r => r.reason),
      ])
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'status-quality-'))
    await write('2024-08-01', [LATE, BUSY])
    await write('2024-08-02', [EMPTY])
    await write('2024-08-03', [BUSY])
  })
  after(() => rm(folder, { recursive: true, force: true }))
  afterEach(() => rm(join(folder, 'data/_ledger/quality.json'), { force: true }))

  it('--quality looks at the neighbouring days of an empty file, and --fail-on degraded fails for it', async () => {
    const late = ['2024-08-01', 'negative-latency']
    assert.deepEqual(await degraded(), [['2024-08-01']], 'as recorded')
    assert.deepEqual(await degraded('--quality'), [['2024-08-01'], ['2024-08-02', 'suspicious-empty']])
    assert.equal((await status('--fail-on', 'degraded', '--start-date', '2024-08-02')).code, 1)
    assert.deepEqual(await degraded('--by', 'symbol'), [late, ['2024-08-02', 'suspicious-empty']])
    const { stdout } = await status('--csv', '--quality', '--start-date', '2024-08-02', '--end-date', '2024-08-02')
    assert.match(stdout, /,condition,reasons\n[^\n]+,degraded,suspicious-empty:1\n$/)
  })

  it('takes thresholds from the ledger, and from a file in place of them', async () => {
    await rules('data/_ledger/quality.json', { ignore: ['negative-latency', 'suspicious-empty'] })
    assert.deepEqual(await degraded(), [])
    assert.equal((await status('--fail-on', 'degraded')).code, 0)
    await rules('own.json', { dataTypes: ['trades'], share: 0.06, neighbourRows: 10 })
    assert.deepEqual(await degraded('--quality-file', 'own.json'), [['2024-08-02', 'suspicious-empty']])
  })

  it('the page has the findings of these thresholds', async () => {
    await rules('own.json', { ignore: ['negative-latency'] })
    const reasons = async (...args: string[]) => {
      assert.equal((await runCli(['report', 'data', '--out', 'page.html', ...args], { cwd: folder })).code, 0)
      const page = await readFile(join(folder, 'page.html'), 'utf8')
      const [, packed] = /id="data">([^<]+)</.exec(page)!
      const { items } = JSON.parse(String(gunzipSync(Buffer.from(packed!, 'base64'))))
      const found = JSON.stringify(items)
      return ['negative-latency', 'suspicious-empty'].map(reason => found.includes(`"reason":"${reason}"`))
    }
    assert.deepEqual(await reasons(), [true, true])
    assert.deepEqual(await reasons('--quality-file', 'own.json'), [false, true])
  })

  it('names a file that cannot be read, and a field that does not fit', async () => {
    await writeFile(join(folder, 'bad.json'), '{"schemaVersion":1,"rules":[{"gapSecs":1}]}')
    for (const [command, ...flags] of [['status'], ['report', '--out', 'x.html']]) {
      const run = (file: string) => runCli([command!, 'data', ...flags, '--quality-file', file], { cwd: folder })
      const [bad, absent] = [await run('bad.json'), await run('absent.json')]
      assert.deepEqual([bad.code, absent.code], [2, 2])
      assert.match(bad.stderr, /--quality-file: .*bad\.json: rules\.0 is \{"gapSecs":1\}, expected no "gapSecs"/)
      assert.match(absent.stderr, /--quality-file: .*absent\.json: no such file/)
    }
    await rules('data/_ledger/quality.json', { share: 2 })
    const { code, stderr } = await status()
    assert.equal(code, 1)
    assert.match(stderr, /_ledger\/quality\.json: rules\.0\.share is 2, expected at most 1/)
  })
})
