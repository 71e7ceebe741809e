import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../../functions/emulators/gcs/server.ts'
import { writeArchive } from '../../../support/archive.ts'
import { dataOf } from '../../report/page/page-data.ts'
import { callMain } from '../cli.ts'

/** Manifests that are not complete are read whole each time. */
const ARCHIVE = { venues: 2, days: 30, firstDate: '2024-01-01', symbols: 1, seed: 1 }

describe('tick-handler status of a bucket, with summaries that are kept', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startGcsServer>>
  let requests: string[]
  const onRequest = (message: unknown) =>
    void requests.push((message as { readonly request: { readonly path: string } }).request.path)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'status-cache-'))
    await writeArchive(join(folder, 'data'), ARCHIVE)
    server = await startGcsServer({ folder: join(folder, 'data'), bucket: 'ticks-bucket' })
    subscribe('undici:request:create', onRequest)
  })
  after(async () => {
    unsubscribe('undici:request:create', onRequest)
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => rm(join(folder, 'cache'), { recursive: true, force: true }))

  const status = async (...args: string[]) => {
    requests = []
    const env = { GCS_API_ENDPOINT: server.endpoint, XDG_CACHE_HOME: join(folder, 'cache') }
    const { stdout, stderr } = await callMain(['status', '--json', ...args], { cwd: folder, env })
    return { stdout, stderr, reads: requests.filter(path => path.includes('alt=media')).length }
  }

  it('prints the same with a tenth of the reads', async () => {
    const first = await status('gs://ticks-bucket')
    const second = await status('gs://ticks-bucket')
    assert.equal(second.stdout, first.stdout)
    assert.ok(first.reads >= 60 && second.reads <= 6, `${first.reads}, then ${second.reads} reads`)
    const refreshed = await status('gs://ticks-bucket', '--refresh')
    assert.deepEqual([refreshed.stdout, refreshed.reads], [first.stdout, first.reads])
  })

  it('notes on stderr that a file is damaged, and prints the same', async () => {
    const first = await status('gs://ticks-bucket')
    const [place] = await readdir(join(folder, 'cache', 'tick-handler'))
    assert.match(place!, /^gs-ticks-bucket-\w{16}$/)
    await writeFile(join(folder, 'cache', 'tick-handler', place!, 'binance.jsonl'), 'x')
    const second = await status('gs://ticks-bucket')
    assert.equal(second.stdout, first.stdout)
    assert.match(second.stderr, /^tick-handler: \S*binance\.jsonl: ignored, because it begins with "x", expected/)
  })

  it('has files of its own for each ledger, and not for each prefix beside one', async () => {
    const places = () => readdir(join(folder, 'cache', 'tick-handler'))
    await status('gs://ticks-bucket')
    assert.equal((await status('gs://ticks-bucket/sample')).reads, (await status('gs://ticks-bucket')).reads)
    assert.equal((await places()).length, 1)
    await cp(join(folder, 'data', '_ledger'), join(folder, 'data', 'other', '_ledger'), { recursive: true })
    await status('gs://ticks-bucket/other/ticks')
    assert.equal((await places()).length, 2)
  })

  it('report and --by symbol share the whole manifests, and read none of them again', async () => {
    const report = async (...args: string[]) => {
      requests = []
      const env = { GCS_API_ENDPOINT: server.endpoint, XDG_CACHE_HOME: join(folder, 'cache') }
      await callMain(['report', 'gs://ticks-bucket', '--out', 'page.html', ...args], { cwd: folder, env })
      const page = await readFile(join(folder, 'page.html'), 'utf8')
      const { madeAt: _, ...shown } = dataOf(page)
      return {
        shown,
        reads: requests.filter(path => path.includes('/_ledger%2Fvenue') && path.includes('alt=media')).length,
      }
    }
    const first = await report()
    assert.equal(first.reads, 120)
    assert.deepEqual(await report(), { ...first, reads: 0 })
    assert.deepEqual(await report('--refresh'), first)
    const { reads } = await status('gs://ticks-bucket')
    assert.ok((await status('gs://ticks-bucket', '--by', 'symbol')).reads <= reads / 10)
  })

  it('keeps nothing of a folder', async () => {
    await status('data')
    assert.ok(!existsSync(join(folder, 'cache')))
  })
})
