import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { failFs } from '../../../support/failing-fs.ts'
import { callMain } from '../cli.ts'

const isParquet = (data: Uint8Array) => Buffer.from(data.subarray(0, 4)).equals(Buffer.from('PAR1'))

describe('tick-handler download on a full disk', () => {
  let server: TardisServer
  let folder: string
  let datasets: number

  before(async () => {
    const source = sampleSource({ dates: ['2024-08-01'], rowsPerFile: 500 })
    const intercept = ({ url }: { url?: string }) => {
      if (url?.includes('/datasets/')) datasets += 1
      return false
    }
    server = await startTardisServer({ source, intercept })
  })
  after(() => server.close())
  beforeEach(async () => {
    datasets = 0
    folder = await mkdtemp(join(tmpdir(), 'download-disk-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const download = (...flags: string[]) => {
    const range = ['--start-date', '2024-08-01', '--end-date', '2024-08-01', '--data-types', 'trades,quotes']
    const env = {
      TARDIS_API_URL: server.apiUrl,
      TARDIS_DATASETS_URL: server.datasetsUrl,
      DOWNLOAD_MAX_CONNECTIONS: '1',
      LOG_LEVEL: 'error',
    }
    return callMain(['download', '--venues', 'binance-futures,binance,deribit', ...range, ...flags], {
      cwd: folder,
      env,
    })
  }

  it('stops at once, says which disk it is, and resumes with the same command', async () => {
    {
      // The plans fit, the first Parquet file does not.
      using _ = failFs('writeSync', 'ENOSPC', ([, data]) => isParquet(data as Uint8Array))
      const { code, stdout, stderr } = await download()
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^tick-handler: disk full: \/\S*\/data \(.* free, at least .* needed\)\. Make room and run /)
      assert.equal(stderr.trimEnd().split('\n').length, 1)
      assert.ok(datasets <= 4, `${datasets} datasets were asked for, at most those that were in work`)
    }
    const again = await download()
    assert.equal(again.code, 0, again.stdout)
  })

  it('prints the document of --json too, with the disk and what is needed', async () => {
    using _ = failFs('writeSync', 'ENOSPC', ([, data]) => isParquet(data as Uint8Array))
    const { code, stdout, stderr } = await download('--json')
    assert.equal(code, 1)
    assert.match(stderr, /^tick-handler: disk full: /)
    const { complete, interrupted, diskFull, run, venueDays } = JSON.parse(stdout)
    assert.deepEqual([complete, interrupted, run.stored.files, venueDays.length], [false, false, 0, 3])
    assert.equal(diskFull.path, join(folder, 'data'))
    assert.ok(diskFull.freeBytes > 0 && diskFull.neededBytes > 0, stdout)
  })
})
