import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { folderSource } from '../../../../functions/emulators/tardis/folder-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { datasetPath } from '../../../../functions/tardis/path.ts'
import { CONVERTER_VERSION } from '../../../../functions/ticks/convert.ts'
import { converterVersionOf } from '../../../../functions/ticks/parquet/metadata.ts'
import { detailsOf } from '../../../fetch/fake-vendor.ts'
import { callMain } from '../cli.ts'

const RELEASE = join(import.meta.dirname, '../../../fixtures/release-0.1/bucket')
const DATE = '2024-08-08'
const OBJECT = `ticks/data_type=quotes/venue=binance/date=${DATE}/A.parquet`
const QUOTES =
  'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n' +
  'binance,A,1723075200000000,1723075200000001,1,5.6,5.5,2\n'

describe('tick-handler download --upgrade', () => {
  let folder: string
  let server: TardisServer
  let asked: string[]

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upgrade-'))
    const vendor = join(folder, 'vendor')
    const { venue, ...details } = detailsOf({ A: ['quotes'] })
    const dataset = { venue, dataType: 'quotes', date: DATE, symbol: 'A' }
    const files = {
      [`exchanges/${venue}.json`]: JSON.stringify({ id: venue, ...details }),
      [`datasets/${datasetPath(dataset)}`]: gzipSync(QUOTES),
    }
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(vendor, name)), { recursive: true })
      await writeFile(join(vendor, name), content)
    }
    server = await startTardisServer({
      source: folderSource(vendor),
      intercept({ url }) {
        if (url?.includes('/quotes/')) asked.push(url)
        return false
      },
    })
    await cp(RELEASE, join(folder, 'data'), { recursive: true })
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })
  beforeEach(() => {
    asked = []
  })

  const run = async (...args: string[]) => {
    const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, LOG_LEVEL: 'warn' }
    const range = ['--venues', 'binance', '--start-date', DATE, '--end-date', DATE]
    const { stdout } = await callMain([...args, ...range, '--json'], { cwd: folder, env })
    return JSON.parse(stdout)
  }
  const download = (...more: string[]) => run('download', '--data-types', 'quotes', '--symbols', 'A', ...more)
  const fileVersion = async () => {
    const text = (await readFile(join(folder, 'data', OBJECT))).toString('latin1')
    return converterVersionOf(/market-data-tick-handler version \d+\.\d+\.\d+/.exec(text)?.[0])
  }

  it('converts the files of release 0.1 again, once, as status counts them', async () => {
    assert.deepEqual((await run('status')).converterVersions, { unknown: 3 })
    await download()
    assert.deepEqual([asked, await fileVersion()], [[], 1])
    await download('--upgrade')
    assert.equal(asked.length, 1)
    assert.equal(await fileVersion(), CONVERTER_VERSION)
    assert.deepEqual((await run('status')).converterVersions, { unknown: 2, [CONVERTER_VERSION]: 1 })
    await download('--upgrade')
    assert.equal(asked.length, 1)
  })
})
