import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { encodeDocument } from '../../../../functions/ledger/document.ts'
import { manifest } from '../../../../functions/ledger/manifest.ts'
import { manifestName } from '../../../../functions/storage/names.ts'
import { manifestOf } from '../../report/fixtures.ts'
import { callMain } from '../cli.ts'

const DATE = '2024-08-01'
const FUTURES = ['--venues', 'binance-futures']
const OBJECT = `ticks/data_type=trades/venue=binance-futures/date=${DATE}/BTCUSDT.parquet`
const SETTINGS = 'tick-handler.json'

/** binance: all trades. binance-futures: trades of the perpetuals but IDLE*. deribit: trades and quotes, by pattern and group. */
describe('what is recorded, by patterns and types', () => {
  let server: TardisServer
  let cwd: string
  const call = (...args: string[]) =>
    callMain(args, { cwd, env: { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl } })
  before(async () => {
    server = await startTardisServer({ source: sampleSource({ dates: [DATE], rowsPerFile: 10 }) })
    cwd = await mkdtemp(join(tmpdir(), 'recorded-'))
    const download = async (...args: string[]) => {
      const { code, stderr } = await call('download', '--dates', DATE, '--quiet', ...args)
      assert.equal(code, 0, stderr)
    }
    await download('--venues', 'binance', '--data-types', 'trades')
    await download(...FUTURES, '--data-types', 'trades', '--instrument-types', 'perpetual', '--exclude', 'IDLE*')
    await download('--venues', 'deribit', '--data-types', 'trades', '--symbols', 'BTC-*')
    await download('--venues', 'deribit', '--data-types', 'quotes')
  })
  after(async () => {
    await server?.close()
    await rm(cwd, { recursive: true, force: true })
  })

  const files = async (...args: string[]) => {
    const { code, stdout, stderr } = await call('files', '--as', 'names', ...args)
    const names = stdout.split('\n').filter(Boolean)
    return { code, stderr, names: names.map(name => name.replace(/^.*venue=([^/]+).*\/(.*)\.parquet$/, '$1 $2')) }
  }
  const status = async (...args: string[]) => {
    const { code, stdout, stderr } = await call('status', '--json', ...args)
    assert.ok(stdout, stderr)
    const { venueDays, selection } = JSON.parse(stdout)
    return { code, stderr, selection, day: venueDays[0], days: venueDays.length }
  }

  it('lists the files of a type, and of what is not left out', async () => {
    assert.deepEqual((await files('--instrument-types', 'spot')).names, ['binance ETHUSDT', 'binance SOLBTC'])
    const futures = ['binance-futures BTCUSDT', 'binance-futures ETHUSDT', 'deribit BTC-PERPETUAL']
    assert.deepEqual((await files('--instrument-types', 'perpetual')).names, futures)
    assert.deepEqual((await files('--instrument-types', 'option')).names, ['deribit OPTIONS'])
    assert.deepEqual(await files('--instrument-types', 'perpetual,spot', '--exclude', 'E*,*btc,BTC-*'), {
      ...{ code: 0, stderr: '', names: ['binance-futures BTCUSDT'] },
    })
  })

  it('says what types there are where nothing is of the type', async () => {
    const { code, stderr, names } = await files('--venues', 'binance*', '--instrument-types', 'option')
    assert.deepEqual([code, names], [1, []])
    assert.match(stderr, /no stored file of this selection is recorded in \S+ \(types there: perpetual, spot\)\n$/)
  })

  it('refuses what download refuses, in the same words', async () => {
    const wrong = [
      ['--instrument-types', 'Option'],
      ['--symbols', 'A', '--exclude', 'A'],
      ['--exclude', `${'x'.repeat(200)}`],
    ]
    for (const args of wrong) {
      const { code, stderr } = await call('download', '--venues', 'binance', '--dates', DATE, ...args)
      assert.equal(code, 2, stderr)
      for (const command of [['files'], ['query', 'SELECT 1'], ['status'], ['validate'], ['report', '--out', 'x.html']])
        assert.deepEqual(await call(...command, ...args), { code: 2, stdout: '', stderr }, command[0])
    }
  })

  describe('status', () => {
    it('is complete for what was asked for, and for less', async () => {
      const same = ['--instrument-types', 'perpetual', '--exclude', 'IDLE*']
      const { code, selection, day } = await status(...FUTURES, ...same)
      assert.deepEqual([code, day.status, day.counts.items], [0, 'complete', 2])
      assert.deepEqual(selection, { instrumentTypes: ['perpetual'], exclude: ['IDLE*'] })
      const less = await status(
        ...FUTURES,
        '--symbols',
        'BTC*',
        '--exclude',
        'IDLE*',
        '--instrument-types',
        'perpetual',
      )
      assert.deepEqual([less.code, less.day.counts.items, less.day.totals.rows], [0, 1, 5])
      // The plan says that this name is one of those that the selector took.
      assert.equal((await status(...FUTURES, '--symbols', 'BTCUSDT')).code, 0)
    })

    it('is incomplete for more, and says why', async () => {
      for (const more of [
        ['--symbols', '*USDT'],
        ['--instrument-types', 'perpetual'],
        ['--symbols', 'IDLEUSDT'],
      ]) {
        const { code, day } = await status(...FUTURES, ...more)
        assert.deepEqual([code, day.status], [1, 'incomplete'], more.join(' '))
        assert.equal(day.error, 'recorded for fewer data types or symbols than requested')
      }
      const text = await call('status', ...FUTURES, '--symbols', '*USDT')
      assert.match(text.stdout, /recorded for fewer data types or symbols than requested/)
    })

    it('judges each data type with --by data-type', async () => {
      const { stdout } = await call(
        'status',
        '--json',
        '--venues',
        'deribit',
        '--by',
        'data-type',
        '--symbols',
        'ETH-*',
      )
      const { stdout: whole } = await call('status', '--json', '--venues', 'deribit', '--by', 'data-type')
      const statuses = (text: string) =>
        JSON.parse(text).venueDays.map((day: { dataType: string; status: string }) => [day.dataType, day.status])
      assert.deepEqual(statuses(whole), [
        ['quotes', 'complete'],
        ['trades', 'complete'],
      ])
      assert.deepEqual(statuses(stdout), [])
      const some = await call(
        'status',
        '--json',
        '--venues',
        'deribit',
        '--by',
        'data-type',
        '--symbols',
        '*-PERPETUAL',
      )
      assert.deepEqual(statuses(some.stdout), [['trades', 'incomplete']])
    })

    it('compares what is chosen with the bucket', async () => {
      const path = join(cwd, 'data', OBJECT)
      const bytes = await readFile(path)
      const eth = [...FUTURES, '--symbols', 'ETHUSDT', '--check']
      const btc = [...FUTURES, '--symbols', 'BTCUSDT', '--check']
      assert.deepEqual([(await status(...eth)).code, (await status(...btc)).code], [0, 0])
      try {
        await writeFile(path, bytes.subarray(1))
        assert.equal((await status(...eth)).code, 0)
        const { code, day } = await status(...btc)
        assert.deepEqual([code, day.status, day.problems[0].status], [1, 'incomplete', 'changed'])
      } finally {
        await writeFile(path, bytes)
      }
    })
  })

  it('proves the chosen files alone', async () => {
    const validate = async (...args: string[]) => JSON.parse((await call('validate', '--json', ...args)).stdout).files
    assert.equal(await validate('--instrument-types', 'spot'), 2)
    assert.equal(await validate('--exclude', 'ETH*'), 3)
    const progress = ['--progress-file', 'validated.jsonl']
    assert.equal(await validate('--instrument-types', 'spot', ...progress), 2)
    const other = await call('validate', '--instrument-types', 'option', ...progress)
    assert.deepEqual([other.code, other.stdout], [1, ''])
    assert.match(other.stderr, /name another file, or remove it/)
  })

  it('reports the chosen items alone', async () => {
    const { code, stderr } = await call(
      'report',
      '--out',
      'page.html',
      '--instrument-types',
      'spot',
      '--exclude',
      'SOL*',
    )
    assert.deepEqual([code, stderr], [0, ''])
    const page = await readFile(join(cwd, 'page.html'), 'utf8')
    const [, packed = ''] = /id="data">([^<]*)</.exec(page) ?? []
    const { venues, items, series } = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString())
    const shown = items.map((item: { venue: number; symbol: string }) => `${venues[item.venue].venue} ${item.symbol}`)
    assert.deepEqual(shown, ['binance ETHUSDT'])
    assert.deepEqual(
      venues.map((one: { venue: string; condition: string }) => `${one.venue}${one.condition}`),
      ['binancea', 'binance-futures ', 'deribit '],
    )
    assert.deepEqual(
      series.map((one: { items: number[] }) => one.items),
      [[1]],
    )
  })

  it('takes the selection of tick-handler.json, behind flags', async () => {
    try {
      await writeFile(join(cwd, SETTINGS), JSON.stringify({ 'instrument-types': ['spot'], exclude: 'SOL*' }))
      assert.deepEqual((await files()).names, ['binance ETHUSDT'])
      assert.deepEqual((await files('--exclude', 'ETH*')).names, ['binance SOLBTC'])
      assert.equal((await status('--venues', 'binance')).day.counts.items, 1)
      const { code, stderr } = await call('download', '--venues', 'binance', '--dates', DATE, '--dry-run', '--json')
      assert.equal(code, 0, stderr)
    } finally {
      await rm(join(cwd, SETTINGS))
    }
  })

  it('leaves out a symbol whose type nothing tells, names it, and exits with 1', async () => {
    const day = { venue: 'nobody-knows', date: DATE }
    const name = manifestName('ticks', day)
    const item = {
      ...({ dataType: 'trades', symbol: 'ABC', status: 'stored', object: 'ticks/x.parquet' } as const),
      ...{ generation: '1', crc32c: 'AAAAAA==', bytes: 1, rows: 1 },
    }
    await mkdir(dirname(join(cwd, 'data', name)), { recursive: true })
    await writeFile(join(cwd, 'data', name), encodeDocument(manifest, name, manifestOf(day, 'complete', [item])))
    const line =
      'left out 1 symbol of which the bucket does not tell the type (nobody-knows ABC): name them without --instrument-types, or download the data type instruments of these days'
    const types = ['--venues', 'nobody-knows,binance', '--instrument-types', 'spot']
    try {
      const { code, stderr, names } = await files('--instrument-types', 'spot', '--exclude', 'SOL*')
      assert.deepEqual([code, stderr, names], [1, `tick-handler: ${line}\n`, ['binance ETHUSDT']])
      for (const command of [['status'], ['validate'], ['report', '--out', 'x.html']]) {
        const { code, stderr } = await call(...command, ...types)
        assert.deepEqual([code, stderr.includes(`tick-handler: ${line}\n`)], [1, true], stderr)
      }
      assert.deepEqual(await files('--venues', 'nobody-knows', '--symbols', 'A*'), {
        ...{ code: 0, stderr: '', names: ['ticks/x.parquet'] },
      })
    } finally {
      await rm(dirname(dirname(join(cwd, 'data', name))), { recursive: true })
    }
  })
})
