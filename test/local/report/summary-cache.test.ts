import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { manifest } from '../../../functions/ledger/manifest.ts'
import { SummaryFiles } from '../../../functions/local/report/summary-files.ts'
import { survey } from '../../../functions/local/report/survey.ts'
import { daysFrom } from '../../../functions/market/days.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { type BucketOperation, MemoryBucket } from '../../support/memory-bucket.ts'
import { manifestOf, storedItem } from '../report/fixtures.ts'

const RANGE = { startDate: '2024-07-30', endDate: '2024-08-06' }

describe('summaries of manifests that are kept on this machine', () => {
  let folder: string
  let bucket: MemoryBucket
  let operations: BucketOperation[]
  let warnings: string[]
  let maxBytes: number | undefined

  const commit = async (venue: string, date: string, rows: number, to = bucket) => {
    const name = manifestName('ticks', { venue, date })
    const current = await to.stat(name)
    const document = manifestOf({ venue, date }, 'complete', [storedItem('trades', 'A', rows, 1)])
    await to.write(name, encodeDocument(manifest, name, document), current?.generation ?? '0', { contentType: 'x' })
  }
  const filled = async (rows = 1) => {
    const made = new MemoryBucket()
    for (const venue of ['binance', 'deribit'])
      for (const date of daysFrom('2024-08-01', '2024-08-05')) await commit(venue, date, rows, made)
    return made
  }
  const use = (next: MemoryBucket) => {
    bucket = next
    operations = []
    bucket.hook = operation => void (operation.when === 'before' && operations.push(operation))
  }
  const openFiles = () =>
    new SummaryFiles({
      ...{ folder: join(folder, 'kept'), nowMs: () => Date.parse('2024-09-01T00:00:00Z') },
      ...{ warn: line => void warnings.push(line), ...(maxBytes && { maxBytes }) },
    })
  /** The rows of all days, and the days that were read. */
  const run = async ({ refresh = false, files = openFiles(), range = {} } = {}) => {
    operations.length = 0
    const ledger = openLedger(bucket, 'ticks')
    const reports = await survey(bucket, ledger, 'ticks', range, undefined, { files, refresh })
    const read = operations.filter(({ operation }) => operation.startsWith('read'))
    return {
      rows: reports.map(({ status, totals }) => totals?.rows ?? status),
      read: read.map(({ name }) => name.replace(/.*venue=(.*)\/date=(.*)\/.*/, '$1 $2')).sort(),
    }
  }
  const pathOf = (venue: string) => join(folder, 'kept', `${venue}.jsonl`)
  const ALL = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'summaries-'))
    warnings = []
    maxBytes = undefined
    use(await filled())
  })
  afterEach(async () => {
    assert.deepEqual(warnings, [])
    await rm(folder, { recursive: true })
  })

  it('reads each manifest once, and with one list per venue none of them again', async () => {
    const first = await run()
    assert.equal(first.read.length, 10)
    assert.deepEqual(first.rows, ALL)
    assert.deepEqual(await run(), { rows: ALL, read: [] })
    const lists = operations.filter(({ operation }) => operation === 'list')
    assert.deepEqual(
      lists.map(({ name }) => name),
      ['_ledger/venue=binance/date=', '_ledger/venue=deribit/date='],
    )
  })

  it('reads those that were replaced or added, and no longer has those that were removed', async () => {
    await run()
    await commit('binance', '2024-08-02', 7)
    await commit('binance', '2024-08-06', 8)
    const removed = manifestName('ticks', { venue: 'deribit', date: '2024-08-03' })
    await bucket.remove((await bucket.stat(removed))!)
    const { rows, read } = await run({ range: RANGE })
    assert.deepEqual(read, ['binance 2024-08-02', 'binance 2024-08-06'])
    const absent = ['absent', 'absent']
    assert.deepEqual(rows, [...absent, 1, 7, 1, 1, 1, 8, ...absent, 1, 1, 'absent', 1, 1, 'absent'])
    assert.doesNotMatch(await readFile(pathOf('deribit'), 'utf8'), /2024-08-03/)
    assert.deepEqual((await run({ range: RANGE })).read, [])
  })

  it('keeps the other days of a venue when some of them are shown', async () => {
    await run()
    await commit('binance', '2024-08-02', 7)
    const range = { startDate: '2024-08-01', endDate: '2024-08-04' }
    assert.deepEqual((await run({ range })).read, ['binance 2024-08-02'])
    assert.deepEqual((await run()).read, [])
  })

  it('does not list for a few days', async () => {
    await run()
    const range = { startDate: '2024-08-01', endDate: '2024-08-03' }
    assert.equal((await run({ range })).read.length, 6)
    assert.ok(!operations.some(({ operation }) => operation === 'list'))
  })

  it('reads the manifests of a bucket that took the place of another, also where generations are the same', async () => {
    await run()
    const generations = async () => {
      const found: string[] = []
      for await (const { generation } of bucket.list('_ledger/')) found.push(generation)
      return found
    }
    const before = await generations()
    use(await filled(2))
    assert.deepEqual(await generations(), before)
    const { rows, read } = await run()
    assert.equal(read.length, 10)
    assert.deepEqual(rows, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
  })

  it('does not take a manifest that was replaced after the list for the one that was listed', async () => {
    let isReplaced = false
    bucket.hook = async ({ operation, name, when }) => {
      if (operation !== 'readBeginning' || when !== 'before' || isReplaced || !name.includes('2024-08-04')) return
      isReplaced = true
      await commit('binance', '2024-08-04', 9)
    }
    assert.equal((await run()).rows[3], 9)
    use(bucket)
    assert.deepEqual((await run()).read, ['binance 2024-08-04'])
    assert.deepEqual((await run()).rows, [1, 1, 1, 9, 1, 1, 1, 1, 1, 1])
  })

  it('reads all again where that is asked for', async () => {
    await run()
    assert.equal((await run({ refresh: true })).read.length, 10)
    assert.deepEqual((await run()).read, [])
  })

  it('keeps the days of two processes that write at once', async () => {
    const [early, late] = [
      { startDate: '2024-08-01', endDate: '2024-08-04' },
      { startDate: '2024-08-02', endDate: '2024-08-05' },
    ]
    const ledger = openLedger(bucket, 'ticks')
    const shown = (range: object) =>
      survey(bucket, ledger, 'ticks', range, undefined, { files: openFiles(), refresh: false })
    await Promise.all([shown(early), shown(late), shown(early), shown(late)])
    const { rows, read } = await run()
    assert.deepEqual(rows, ALL)
    // What one of them did not see of the other is read again, never taken wrongly.
    assert.ok(read.every(name => name.endsWith('08-01') || name.endsWith('08-05')))
    assert.deepEqual((await run()).read, [])
  })

  for (const [what, damage] of [
    ['cut', (text: string) => text.slice(0, -20)],
    ['empty', () => ''],
    ['of one changed digit', (text: string) => text.replace('"rows":1', '"rows":2')],
    ['not ours', () => 'hello\n'],
  ] as const)
    it(`ignores a file that is ${what}, says so once, and replaces it`, async () => {
      await run()
      await writeFile(pathOf('binance'), damage(await readFile(pathOf('binance'), 'utf8')))
      const { rows, read } = await run()
      assert.deepEqual(rows, ALL)
      assert.deepEqual([...new Set(read.map(name => name.split(' ')[0]))], ['binance'])
      assert.equal(warnings.length, 1)
      assert.match(warnings.pop()!, /binance\.jsonl: ignored, because it/)
      assert.deepEqual((await run()).read, [])
    })

  it('has no summaries from the file of a release that reads other fields', async () => {
    await run()
    const text = await readFile(pathOf('binance'), 'utf8')
    await writeFile(pathOf('binance'), text.replace(/summaries 1 \w+/, 'summaries 1 0123'))
    assert.equal((await run()).read.length, 5)
  })

  it('is for this user alone, and removes what a killed process left', async () => {
    await run()
    assert.equal((await stat(pathOf('binance'))).mode & 0o777, 0o600)
    const [old, recent] = [join(folder, 'kept', 'okex.jsonl.1.aside'), join(folder, 'kept', 'okex.jsonl.2.aside')]
    for (const path of [old, recent]) await writeFile(path, 'half')
    await utimes(old, 0, Date.parse('2024-08-31T22:00:00Z') / 1000)
    await utimes(recent, 0, Date.parse('2024-08-31T23:30:00Z') / 1000)
    await run({ refresh: true })
    assert.deepEqual((await readdir(join(folder, 'kept'))).sort(), [
      'binance.jsonl',
      'deribit.jsonl',
      'okex.jsonl.2.aside',
    ])
  })

  it('keeps the latest days where a file would be too large', async () => {
    await run()
    maxBytes = Math.ceil((await readFile(pathOf('binance'))).length * 0.7)
    await run({ refresh: true })
    assert.deepEqual((await run()).read, [
      ...['binance 2024-08-01', 'binance 2024-08-02'],
      ...['deribit 2024-08-01', 'deribit 2024-08-02'],
    ])
  })

  it('says once that nothing can be kept, and shows everything', async () => {
    await writeFile(join(folder, 'kept'), 'a file where the folder would be')
    assert.deepEqual((await run()).rows, ALL)
    assert.ok(warnings.length > 0 && warnings.length <= 3)
    assert.match(warnings.at(-1)!, /cannot keep summaries in|ignored, because/)
    warnings = []
  })
})
