import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import type { Finding } from '../../../../functions/local/validate/finding.ts'
import { KNOWN_DATA_TYPES } from '../../../../functions/market/names.ts'
import { callMain } from '../cli.ts'

const DATE = '2024-08-01'
const PLACE = `venue=binance-futures/date=${DATE}`
const TRADES = `ticks/data_type=trades/${PLACE}/BTCUSDT.parquet`
const QUOTES = `ticks/data_type=quotes/${PLACE}/BTCUSDT.parquet`
const MANIFEST = `_ledger/${PLACE}/manifest.json`

describe('tick-handler validate', () => {
  let folder: string
  let server: TardisServer
  let requests: string[] = []
  const pathOf = (name: string) => join(folder, 'data', name)

  const run = (...args: string[]) => {
    const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, LOG_LEVEL: 'error' }
    return callMain(args, { cwd: folder, env })
  }
  const validate = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('validate', 'data', '--json', ...args)
    assert.notEqual(stdout, '', stderr)
    const { findings, ...rest } = JSON.parse(stdout) as { findings: Finding[]; files: number; repairedFiles?: number }
    return { code, ...rest, found: findings.map(({ check, object }) => [check, object]), findings }
  }
  const changeManifest = async (change: (text: string) => string) => {
    const text = await readFile(pathOf(MANIFEST), 'utf8')
    assert.notEqual(change(text), text)
    await writeFile(pathOf(MANIFEST), change(text))
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'validate-'))
    server = await startTardisServer({
      source: sampleSource({ dates: [DATE], rowsPerFile: 500 }),
      intercept({ url = '' }) {
        if (url.includes('.csv.gz')) requests.push(url)
        return false
      },
    })
    const types = KNOWN_DATA_TYPES.join(',')
    const range = ['--data-types', types, '--venues', 'binance-futures', '--start-date', DATE, '--end-date', DATE]
    const { code, stderr } = await run('download', '--data-dir', 'clean', ...range, '--quiet')
    assert.equal(code, 0, stderr)
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })
  beforeEach(async () => {
    await rm(join(folder, 'data'), { recursive: true, force: true })
    await cp(join(folder, 'clean'), join(folder, 'data'), { recursive: true, preserveTimestamps: true })
    requests = []
  })

  it('finds nothing in what was stored, of every data type, list, bytes and values', async () => {
    const { code, found, files } = await validate('--read', '--deep')
    assert.deepEqual({ code, found }, { code: 0, found: [] })
    assert.ok(files >= 9, `${files} files`)
    const { stdout } = await run('validate', 'data', '--read', '--deep')
    assert.match(
      stdout,
      /^compared in data: 1 venue-day, .* \(list, footers, checksums, values\)\nNothing differs\.\n$/,
    )
  })

  const damages: readonly (readonly [string, string, string, () => Promise<void>])[] = [
    ['an object that was deleted', 'exists', TRADES, () => rm(pathOf(TRADES))],
    ['an object that was truncated', 'size', TRADES, () => truncate(pathOf(TRADES), 1_000)],
    [
      'an object that was replaced by an older one',
      'generation',
      TRADES,
      async () => {
        const data = await readFile(pathOf(TRADES))
        await rename(pathOf(TRADES), join(folder, 'old'))
        await writeFile(pathOf(TRADES), data.fill(0, 100, 108))
      },
    ],
    [
      'rows that were changed in the manifest',
      'rows',
      QUOTES,
      () => changeManifest(text => text.replace(/("object":"[^"]*data_type=quotes[^}]*?"rows":)\d+/, '$17')),
    ],
    [
      'a sum that was changed in the manifest',
      'quality',
      TRADES,
      () => changeManifest(text => text.replace(/("object":"[^"]*data_type=trades.*?"volume":)[\d.]+/, '$11.5')),
    ],
  ]
  for (const [what, check, object, damage] of damages)
    it(`finds ${what}, and repairs that file alone`, async () => {
      await damage()
      const first = await validate()
      assert.equal(first.code, 1)
      assert.deepEqual(new Set(first.findings.map(finding => finding.object)), new Set([object]))
      assert.ok(
        first.found.some(([name]) => name === check),
        JSON.stringify(first.findings),
      )
      assert.deepEqual(requests, [], 'nothing is downloaded unless asked for')
      const repaired = await validate('--repair', '--read', '--deep')
      assert.deepEqual({ code: repaired.code, found: repaired.found }, { code: 0, found: [] })
      assert.equal(repaired.repairedFiles, 1)
      assert.equal(requests.length, 1, `${requests}`)
      assert.equal((await validate('--read', '--deep')).code, 0)
    })

  it('finds objects that no manifest has, and leaves them alone', async () => {
    const foreign = [
      `ticks/data_type=trades/${PLACE}/SOLUSDT.parquet`,
      `ticks/data_type=trades/venue=binance-futures/date=2024-08-02/BTCUSDT.parquet`,
      'ticks/notes.txt',
    ]
    for (const name of foreign) {
      await mkdir(dirname(pathOf(name)), { recursive: true })
      await cp(pathOf(TRADES), pathOf(name))
    }
    for (const flags of [[], ['--repair']]) {
      const { code, found } = await validate(...flags)
      assert.equal(code, 1)
      assert.deepEqual(found.sort(), foreign.map(name => ['unknown-object', name]).sort())
    }
    assert.deepEqual(requests, [])
    for (const venues of ['binance-futures', 'bin*']) {
      const { found, files } = await validate('--venues', venues, '--data-types', 'trades,quotes')
      assert.deepEqual(
        found.sort(),
        foreign
          .slice(0, 2)
          .map(name => ['unknown-object', name])
          .sort(),
      )
      assert.ok(files > 0)
    }
    assert.deepEqual(
      (await validate('--data-types', 'derivative_ticker', '--venues', 'binance*')).found,
      [],
      'of the selection only',
    )
  })

  it('names a manifest that cannot be read, and what to do', async () => {
    await writeFile(pathOf(MANIFEST), '{')
    const { code, stdout } = await run('validate', 'data')
    assert.equal(code, 1)
    assert.match(stdout, /^binance-futures 2024-08-01: manifest: .*manifest\.json: expected one JSON document/)
    assert.match(stdout, /download of the day writes its manifest anew/)
  })

  it('goes on with a progress file where it was, as long as the manifest is the same', async () => {
    const flags = ['--progress-file', 'validated.jsonl']
    const resumed = async (...more: string[]) =>
      JSON.parse((await run('validate', 'data', '--json', ...flags, ...more)).stdout)
    const first = await resumed()
    assert.deepEqual([first.resumed, first.venueDays], [0, 1])
    await rm(pathOf(TRADES))
    const second = await resumed()
    assert.deepEqual([second.resumed, second.files, second.rows], [1, first.files, first.rows], 'not looked at again')
    assert.deepEqual(second.findings, [])
    await writeFile(
      join(folder, 'validated.jsonl'),
      `${await readFile(join(folder, 'validated.jsonl'), 'utf8')}{"venue":"bin`,
    )
    await changeManifest(text => text.replace('"schemaVersion":1', '"schemaVersion": 1'))
    const third = await resumed()
    assert.deepEqual([third.resumed, third.findings.length], [0, 1])
    const { code, stderr } = await run('validate', 'data', '--deep', ...flags)
    assert.equal(code, 1)
    assert.match(stderr, /validated\.jsonl: found .*"isDeep":false.*, expected .*"isDeep":true.*name another file/)
  })
})
