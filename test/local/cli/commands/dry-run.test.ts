import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import type { ManifestItem } from '../../../../functions/ledger/manifest.ts'
import { PRICES } from '../../../../functions/local/forecast/prices.ts'
import { median } from '../../../../functions/local/forecast/sizes.ts'
import { KNOWN_DATA_TYPES } from '../../../../functions/market/names.ts'
import { Secret } from '../../../../functions/runtime/config/secret.ts'
import { callMain } from '../cli.ts'

const [FIRST, SECOND] = ['2024-08-01', '2024-08-02']
const KEY = 'TD.the-right-key'

describe('tick-handler download --dry-run', () => {
  let server: TardisServer
  let folder: string
  let datasets: number
  before(async () => {
    server = await startTardisServer({
      source: sampleSource({ dates: [FIRST, SECOND], rowsPerFile: 20_000 }),
      apiKey: new Secret(KEY),
      intercept(request) {
        if (request.url?.includes('/datasets/')) datasets += 1
        return false
      },
    })
  })
  after(() => server.close())
  beforeEach(async () => {
    datasets = 0
    folder = await mkdtemp(join(tmpdir(), 'dry-run-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const call = (args: readonly string[], key: string | undefined = KEY, more: Record<string, string> = {}) => {
    const { apiUrl, datasetsUrl } = server
    const env = { TARDIS_API_URL: apiUrl, TARDIS_DATASETS_URL: datasetsUrl, ...(key && { TARDIS_API_KEY: key }) }
    return callMain(args, { cwd: folder, env: { ...env, ...more, LOG_LEVEL: 'error' } })
  }
  const argsFor = (venues: string, first: string, last: string, types: readonly string[] = KNOWN_DATA_TYPES) => {
    const range = ['--start-date', first, '--end-date', last]
    return ['download', '--venues', venues, ...range, '--data-types', types.join()]
  }
  const forecast = async (...args: string[]) => JSON.parse((await call([...args, '--dry-run', '--json'])).stdout)

  it('downloads and writes nothing', async () => {
    const { code, stdout, stderr } = await call([...argsFor('binance', FIRST, SECOND), '--dry-run'])
    assert.deepEqual([code, stderr, datasets], [0, '', 0])
    assert.match(stdout, /^2 venue-days: 2 to download, 0 complete already$/m)
    assert.match(stdout, /^ {2}trades +4 .* typical sizes$/m)
    assert.match(stdout, /^free without a key: 1 of these venue-days/m)
    assert.ok(!existsSync(join(folder, 'data')))
  })

  it('counts the files that the download then stores, and none of them again', async () => {
    const args = argsFor('binance-futures,deribit', FIRST, FIRST)
    const { total } = await forecast(...args)
    assert.equal((await call([...args, '--quiet'])).code, 0)
    const items = await itemsOf('binance-futures', FIRST)
    assert.equal(total.files, items.length + (await itemsOf('deribit', FIRST)).length)
    const again = await forecast(...args)
    assert.deepEqual([again.total.files, again.venueDays.complete], [0, 2])
    const more = await forecast(...argsFor('binance-futures', FIRST, FIRST, ['trades']), '--force')
    assert.equal(more.total.files, items.filter(({ dataType }) => dataType === 'trades').length)
  })

  it('knows how many instruments there are, and waits with as many requests open as may be', async () => {
    const args = [...argsFor('binance-futures', FIRST, FIRST, ['instruments', 'liquidations']), '--dry-run', '--json']
    const of = async (connections: number) =>
      JSON.parse((await call(args, KEY, { DOWNLOAD_MAX_CONNECTIONS: String(connections) })).stdout)
    const many = await of(16)
    const [instruments] = many.byType
    assert.deepEqual([instruments.dataType, instruments.rows, instruments.sourceBytes], ['instruments', 3, 750])
    const waiting = many.total.files * 0.5
    const added = (await of(1)).costs.seconds - many.costs.seconds
    assert.equal(added.toFixed(6), (waiting - waiting / many.total.files).toFixed(6))
  })

  it('leaves out of a begun venue-day what is stored', async () => {
    assert.equal((await call([...argsFor('binance', FIRST, FIRST, ['trades']), '--quiet'])).code, 0)
    const { byType } = await forecast(...argsFor('binance', FIRST, FIRST, ['trades', 'quotes']))
    assert.deepEqual(
      byType.map(({ dataType, files }: { dataType: string; files: number }) => [dataType, files]),
      [['quotes', 1]],
    )
  })

  it('is at most 30 % off by the median of each data type, with one day stored', async () => {
    const venues = ['binance-futures', 'binance', 'deribit']
    assert.equal((await call([...argsFor(venues.join(), FIRST, FIRST), '--quiet'])).code, 0)
    const errors = new Map<string, number[]>()
    const estimates = []
    for (const venue of venues) estimates.push([venue, await forecast(...argsFor(venue, SECOND, SECOND))] as const)
    assert.equal((await call([...argsFor(venues.join(), SECOND, SECOND), '--quiet'])).code, 0)
    for (const [venue, { byType }] of estimates) {
      const stored = await itemsOf(venue, SECOND)
      for (const { dataType, bases, ...estimated } of byType) {
        const items = stored.filter(item => item.dataType === dataType)
        assert.equal(bases.symbol, items.length, `${venue} ${dataType}`)
        for (const figure of ['sourceBytes', 'bytes', 'rows'] as const) {
          const actual = items.reduce((sum, item) => sum + (item[figure] ?? 0), 0)
          const list = errors.get(dataType) ?? []
          errors.set(dataType, list)
          list.push(Math.round((100 * Math.abs(estimated[figure] - actual)) / actual))
        }
      }
    }
    assert.deepEqual([...errors.keys()].sort(), [...KNOWN_DATA_TYPES].sort())
    for (const [dataType, list] of errors) assert.ok(median(list) <= 30, `${dataType}: ${list.join(', ')} %`)
  })

  it('is compared by status with what was stored then', async () => {
    assert.equal((await call([...argsFor('binance', FIRST, SECOND, ['trades', 'quotes']), '--quiet'])).code, 0)
    const { estimates } = JSON.parse((await call(['status', '--estimates', '--json'])).stdout)
    const [before, after] = [await itemsOf('binance', FIRST), await itemsOf('binance', SECOND)]
    const quotes = (items: ManifestItem[]) => items.find(({ dataType }) => dataType === 'quotes')?.rows ?? 0
    assert.deepEqual(
      estimates.map((one: Record<string, unknown>) => [one.dataType, one.files]),
      [
        ['quotes', 1],
        ['trades', 2],
      ],
    )
    const expected = Math.abs(quotes(before) - quotes(after)) / quotes(after)
    assert.ok(Math.abs(estimates[0].rows - expected) < 1e-6, `${estimates[0].rows} ${expected}`)
    assert.match((await call(['status', '--estimates'])).stdout, /^ {2}quotes +1 +[\d.]+% +[\d.]+% +[\d.]+%$/m)
    assert.match((await call(['status', '--estimates', '--csv'])).stderr, /--csv .* excludes --estimates/)
  })

  it('says what cannot be read without a key, or with this one', async () => {
    const none = await call([...argsFor('binance', FIRST, SECOND, ['trades']), '--dry-run'], '')
    assert.match(none.stdout, /^2 venue-days: 1 to download, 0 complete already$/m)
    assert.match(none.stdout, /^cannot be read: 1 venue-day: no TARDIS_API_KEY is set$/m)
    assert.match(none.stdout, /^not in the figures: 2 files of those$/m)
  })

  it('takes prices from a file, and names what is wrong with one', async () => {
    const args = argsFor('binance', FIRST, FIRST)
    await writeFile(join(folder, 'prices.json'), JSON.stringify({ ...PRICES, asOf: '2030-01-31', currency: 'EUR' }))
    const { costs } = await forecast(...args, '--prices', 'prices.json')
    assert.deepEqual([costs.currency, costs.pricesAsOf], ['EUR', '2030-01-31'])
    await writeFile(join(folder, 'prices.json'), JSON.stringify({ ...PRICES, egressPerGb: 'much' }))
    const wrong = await call([...args, '--dry-run', '--prices', 'prices.json'])
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /prices\.json: egressPerGb: .*expected JSON such as \{"asOf"/)
    assert.match((await call([...args, '--prices', 'prices.json'])).stderr, /--prices needs --dry-run/)
    assert.match((await call([...args, '--dry-run', '--upgrade'])).stderr, /--dry-run and --upgrade exclude each other/)
  })

  it('of backfill prints the same for the deployed functions, with what a bucket or folder has', async () => {
    const range = ['--start-date', FIRST, '--end-date', SECOND, '--data-types', 'trades']
    const args = ['backfill', '--venues', 'binance', ...range, '--dry-run']
    const { code, stdout, stderr } = await call(args)
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).venues[0], 'binance')
    assert.match(stderr, /^would publish 1 request .*\n2 venue-days: 2 to download, 0 complete already\n/)
    assert.match(stderr, /^ {2}trades +4 .* typical sizes$/m)
    assert.match(stderr, /^time: about .* with 10 fetch instances, at a usual speed$/m)
    assert.equal((await call([...argsFor('binance', FIRST, FIRST, ['trades']), '--quiet'])).code, 0)
    const { forecast: left } = JSON.parse((await call([...args, '--json', '--data-dir', 'data'])).stdout)
    assert.deepEqual([left.venueDays.complete, left.total.files, left.total.bases.symbol], [1, 2, 2])
    assert.equal(datasets, 2)
  })

  async function itemsOf(venue: string, date: string): Promise<ManifestItem[]> {
    const path = join(folder, 'data/_ledger', `venue=${venue}`, `date=${date}`, 'manifest.json')
    return JSON.parse(await readFile(path, 'utf8')).items
  }
})
