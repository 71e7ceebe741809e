import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../../functions/emulators/gcs/server.ts'
import { writeArchive } from '../../../support/archive.ts'
import { callMain } from '../cli.ts'

describe('tick-handler report', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'))
    await writeArchive(join(folder, 'data'), { venues: 2, days: 3, firstDate: '2024-08-01', symbols: 1, seed: 1 })
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const report = (...args: string[]) => callMain(['report', ...args], { cwd: folder })

  it('writes one page, and says what is in it', async () => {
    const { code, stdout, stderr } = await report('data', '--out', 'report.html')
    const page = await readFile(join(folder, 'report.html'), 'utf8')
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^report\.html: 6 venue-days, \d+ kB\n$/)
    assert.match(page, /^<!doctype html>\n[\s\S]*<\/html>\n$/)
  })

  it('prints one JSON document with --json, of the days that were asked for', async () => {
    const { code, stdout } = await report(
      'data',
      '--out',
      'two.html',
      '--start-date',
      '2024-08-02',
      '--venues',
      'b?nanc*e',
      '--json',
    )
    const { bytes, ...rest } = JSON.parse(stdout)
    assert.equal(code, 0)
    assert.equal(bytes, (await readFile(join(folder, 'two.html'))).length)
    assert.deepEqual(rest, { out: 'two.html', venueDays: 2, venues: 1, unreadable: [] })
  })

  it('reads a bucket, and receipts beside the manifests', async () => {
    await using server = await closing(startGcsServer({ folder: join(folder, 'data'), bucket: 'my-ticks' }))
    const { code, stdout } = await callMain(['report', 'gs://my-ticks', '--out', 'bucket.html'], {
      ...{ cwd: folder, env: { GCS_API_ENDPOINT: server.endpoint } },
    })
    assert.equal(code, 0, stdout)
    const pages = ['bucket.html', 'report.html'].map(name => readFile(join(folder, name)))
    const [ofBucket, ofFolder] = await Promise.all(pages)
    assert.ok(Math.abs(ofBucket!.length - ofFolder!.length) < 1000)
  })

  it('names what cannot be read, on the page too, and exits with 1', async () => {
    const broken = join(folder, 'broken')
    await writeArchive(broken, { venues: 1, days: 2, firstDate: '2024-08-01', symbols: 1, seed: 1 })
    const day = join(broken, '_ledger/venue=binance/date=2024-08-02')
    await writeFile(join(day, 'manifest.json'), '{"half":')
    await mkdir(join(day, 'receipts/beef'), { recursive: true })
    await writeFile(join(day, 'receipts/beef/0.json'), '[]')
    const { code, stdout } = await report('broken', '--out', 'broken.html', '--json')
    assert.equal(code, 1)
    const { unreadable } = JSON.parse(stdout)
    assert.match(unreadable[0], /date=2024-08-02\/manifest\.json: expected one JSON document/)
    assert.match(unreadable[1], /receipts\/beef\/0\.json: /)
    assert.equal(unreadable.length, 2)
  })

  it('writes no page where nothing is recorded, or where it cannot', async () => {
    const empty = await report('nothing', '--out', 'empty.html')
    assert.deepEqual([empty.code, empty.stdout], [1, ''])
    assert.match(empty.stderr, /nothing is recorded in nothing for this range, so no page is written/)
    await assert.rejects(readFile(join(folder, 'empty.html')), { code: 'ENOENT' })
    const nowhere = await report('data', '--out', 'no/such/folder/report.html')
    assert.equal(nowhere.code, 1)
    assert.match(
      nowhere.stderr,
      /^tick-handler: --out: .*no\/such\/folder\/report\.html: no such file or (folder|directory)/,
    )
  })

  it('needs --out, and refuses what status refuses', async () => {
    const { code, stderr } = await report('data', '--bucket', 'my-ticks')
    assert.equal(code, 2)
    assert.match(stderr, /missing required --out \(the page to write, such as report\.html\)/)
    assert.match(stderr, /"data" and --data-dir or --bucket exclude each other/)
  })
})

async function closing<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T & AsyncDisposable> {
  const server = await starting
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() })
}
