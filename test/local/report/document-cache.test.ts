import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DocumentCache } from '../../../functions/local/report/document-cache.ts'
import { DocumentFiles } from '../../../functions/local/report/document-files.ts'
import { daysFrom } from '../../../functions/market/days.ts'
import { manifestName, receiptName, receiptsPrefix } from '../../../functions/storage/names.ts'
import { type BucketOperation, MemoryBucket } from '../../support/memory-bucket.ts'

const DATES = daysFrom('2024-08-01', '2024-08-05')
const DAYS = ['binance', 'deribit'].flatMap(venue => DATES.map(date => ({ venue, date })))

describe('documents that are kept on this machine', () => {
  let folder: string
  let bucket: MemoryBucket
  let operations: BucketOperation[]
  let warnings: string[]
  let maxBytes: number | undefined

  const store = async (name: string, text: string) => {
    const current = await bucket.stat(name)
    await bucket.write(name, Buffer.from(text), current?.generation ?? '0', { contentType: 'x' })
  }
  const receiptOf = (day: (typeof DAYS)[number], index = 0) => receiptName('ticks', day, 'abcd', index)
  const open = (refresh = false) => {
    const warn = (line: string) => void warnings.push(line)
    const nowMs = () => Date.parse('2024-09-01T00:00:00Z')
    const files = new DocumentFiles({ folder: join(folder, 'kept'), nowMs, warn, ...(maxBytes && { maxBytes }) })
    return new DocumentCache({ bucket, prefix: 'ticks', files, refresh }, DAYS)
  }
  /** The texts of all days, receipts after the manifest, and what was read for them. */
  const run = async (cache = open()) => {
    operations.length = 0
    const texts: (string | undefined)[] = []
    for (const day of DAYS) {
      const names = [manifestName('ticks', day)]
      for await (const { name } of cache.list(receiptsPrefix('ticks', day))) names.push(name)
      for (const name of names) texts.push(textOf((await cache.read(name))?.data))
    }
    await cache.trim()
    const read = operations.filter(({ operation }) => operation === 'read').map(({ name }) => name)
    const lists = operations.filter(({ operation }) => operation === 'list').length
    return { texts, read, lists }
  }
  const filesOf = async () => {
    const names = await readdir(join(folder, 'kept'), { recursive: true })
    return names.filter(name => name.endsWith('.zst')).map(name => join(folder, 'kept', name))
  }
  const ALL = DAYS.flatMap(({ venue, date }) => [`${venue} ${date}`, `work of ${venue} ${date}`])

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'documents-'))
    warnings = []
    operations = []
    maxBytes = undefined
    bucket = new MemoryBucket()
    for (const day of DAYS) {
      await store(manifestName('ticks', day), `${day.venue} ${day.date}`)
      await store(receiptOf(day), `work of ${day.venue} ${day.date}`)
    }
    bucket.hook = operation => void (operation.when === 'before' && operations.push(operation))
  })
  afterEach(async () => {
    assert.deepEqual(warnings, [])
    await rm(folder, { recursive: true })
  })

  it('reads each document once, and with one list per venue none of them again', async () => {
    const first = await run()
    assert.deepEqual([first.texts, first.read.length, first.lists], [ALL, 20, 2])
    assert.deepEqual(await run(), { texts: ALL, read: [], lists: 2 })
  })

  it('reads those that were replaced or added, and has none that were removed', async () => {
    await run()
    const [first, second, third] = DAYS as [(typeof DAYS)[0], (typeof DAYS)[0], (typeof DAYS)[0]]
    await store(manifestName('ticks', first), 'other')
    await store(receiptOf(second, 1), 'more work')
    await bucket.remove((await bucket.stat(manifestName('ticks', third)))!)
    const { texts, read } = await run()
    assert.deepEqual(read, [manifestName('ticks', first), receiptOf(second, 1)])
    assert.deepEqual(texts.slice(0, 6), ['other', ALL[1], ALL[2], ALL[3], 'more work', undefined])
    assert.deepEqual((await run()).read, [])
  })

  it('does not take a document that was replaced after the list for the one that was listed', async () => {
    let isReplaced = false
    const name = manifestName('ticks', DAYS[3]!)
    bucket.hook = async operation => {
      if (operation.operation !== 'read' || operation.name !== name || isReplaced) return
      isReplaced = true
      await store(name, 'later')
    }
    assert.equal((await run()).texts[6], 'later')
    const { texts, read } = await run()
    assert.deepEqual([texts[6], read], ['later', []])
  })

  it('reads what is outside of the days, and does not keep it', async () => {
    const cache = open()
    const outside = manifestName('ticks', { venue: 'binance', date: '2024-08-06' })
    await store(outside, 'outside')
    assert.equal(textOf((await cache.read(outside))?.data), 'outside')
    assert.equal(await cache.read(manifestName('ticks', { venue: 'okex', date: '2024-08-01' })), undefined)
    assert.equal(await cache.read('_ledger/quality.json'), undefined)
    await assert.rejects(stat(join(folder, 'kept')), { code: 'ENOENT' })
  })

  it('reads all again where that is asked for', async () => {
    await run()
    assert.equal((await run(open(true))).read.length, 20)
    assert.deepEqual((await run()).read, [])
  })

  for (const [what, damage] of [
    ['cut', (data: Buffer) => data.subarray(0, -5)],
    ['empty', () => Buffer.alloc(0)],
    ['of one changed bit', (data: Buffer) => data.fill(data.at(-8)! ^ 1, data.length - 8, data.length - 7)],
    ['not ours', () => Buffer.from('hello\n')],
  ] as const)
    it(`ignores a file that is ${what}, says so, and replaces it`, async () => {
      await run()
      const [path] = await filesOf()
      await writeFile(path!, damage(await readFile(path!)))
      const { texts, read } = await run()
      assert.deepEqual([texts, read.length], [ALL, 1])
      assert.match(warnings.pop()!, /\.zst: ignored, because /)
      assert.deepEqual((await run()).read, [])
    })

  it('has nothing from the file of another release, or of an object of another bucket', async () => {
    await run()
    for (const path of (await filesOf()).slice(0, 2)) {
      const data = await readFile(path)
      const [line] = data.toString('latin1').split('\n')
      const changed = line!.replace('document 1', 'document 9').replace(/"crc32c":"\w/, '"crc32c":"_')
      await writeFile(path, Buffer.concat([Buffer.from(changed), data.subarray(line!.length)]))
    }
    assert.equal((await run()).read.length, 2)
  })

  it('is for this user alone, and keeps the latest files within the bound', async () => {
    await run()
    const paths = await filesOf()
    const sizes = await Promise.all(paths.map(async path => (await stat(path)).size))
    assert.equal((await stat(paths[0]!)).mode & 0o777, 0o600)
    for (const path of paths) await utimes(path, 1, 1)
    maxBytes = sizes.reduce((sum, size) => sum + size, 0)
    await store(manifestName('ticks', DAYS[0]!), 'a longer text than the one before')
    await run()
    const left = await filesOf()
    assert.ok(left.length >= paths.length - 2 && left.length < paths.length, `${left.length} of ${paths.length}`)
    assert.deepEqual((await run()).read.includes(manifestName('ticks', DAYS[0]!)), false)
  })

  it('says once that nothing can be kept, and has everything', async () => {
    await writeFile(join(folder, 'kept'), 'a file where the folder would be')
    assert.deepEqual((await run()).texts, ALL)
    assert.equal(warnings.length, 2)
    assert.match(warnings.join('\n'), /ignored, because [\s\S]*cannot keep documents in/)
    warnings = []
  })
})

function textOf(data: Uint8Array | undefined): string | undefined {
  return data && Buffer.from(data).toString()
}
