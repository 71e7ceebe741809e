import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bucket, type File, Storage } from '@google-cloud/storage'
import { someBytes } from '../../support/bucket-suite.ts'
import { BUCKET, type Served, serveFolder } from './with-server.ts'

const CHUNK_BYTES = 256 * 1024

const conditionNotMet = (error: unknown): boolean => (error as { code?: unknown }).code === 412
const notFound = (error: unknown): boolean => (error as { code?: unknown }).code === 404

describe('emulators/gcs, as @google-cloud/storage sees it', () => {
  let served: Served
  let bucket: Bucket

  // A download adds eleven listeners to one stream, whatever server it comes from.
  const { defaultMaxListeners } = EventEmitter
  before(() => {
    EventEmitter.defaultMaxListeners = 20
  })
  after(() => {
    EventEmitter.defaultMaxListeners = defaultMaxListeners
  })

  beforeEach(async () => {
    served = await serveFolder()
    bucket = new Storage({ apiEndpoint: served.server.endpoint, projectId: 'local' }).bucket(BUCKET)
  })
  afterEach(() => served.close())

  const save = (name: string, content: string | Uint8Array): Promise<void> =>
    bucket.file(name).save(content, { resumable: false, validation: 'crc32c' })
  const download = async (file: File): Promise<Buffer> => (await file.download({ validation: 'crc32c' }))[0]

  it('has one bucket', async () => {
    assert.deepEqual(await bucket.exists(), [true])
    assert.equal((await bucket.getMetadata())[0].name, BUCKET)
    assert.deepEqual(await bucket.storage.bucket('other').exists(), [false])
    await assert.rejects(bucket.storage.bucket('other').getFiles(), notFound)
  })

  for (const resumable of [false, true]) {
    it(`stores an object and reads it back, ${resumable ? 'resumable' : 'multipart'}`, async () => {
      const content = Buffer.from(someBytes(700_001))
      const file = bucket.file('folder/an object+.bin')
      const metadata = { contentType: 'application/x-tick', cacheControl: 'no-store', metadata: { kind: 'trial' } }
      await file.save(content, { resumable, validation: 'md5', metadata })
      assert.ok(content.equals(await download(file)))
      assert.ok(content.equals(await readFile(join(served.folder, 'folder/an object+.bin'))))
      const [found] = await file.getMetadata()
      assert.equal(found.size, '700001')
      assert.equal(found.contentType, 'application/x-tick')
      assert.equal(found.cacheControl, 'no-store')
      assert.deepEqual(found.metadata, { kind: 'trial' })
      assert.equal(found.metageneration, '1')
    })
  }

  for (const bytes of [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 3]) {
    it(`takes a resumable upload of ${bytes} bytes in chunks of 256 KiB`, async () => {
      const content = Buffer.from(someBytes(bytes))
      const file = bucket.file('chunked')
      await file.save(content, { resumable: true, chunkSize: CHUNK_BYTES, validation: 'crc32c' })
      assert.ok(content.equals(await download(file)))
    })
  }

  it('serves ranges as streams', async () => {
    const content = Buffer.from(someBytes(10_000))
    await save('a', content)
    const ranges = [{ start: 0, end: 0 }, { start: 17, end: 4711 }, { start: 9_000 }, { start: 9_999, end: 20_000 }]
    for (const range of ranges) {
      const stream = bucket.file('a').createReadStream({ ...range, validation: false })
      const found = Buffer.concat(await stream.toArray())
      assert.ok(content.subarray(range.start, (range.end ?? content.length) + 1).equals(found), JSON.stringify(range))
    }
    const tail = Buffer.concat(await bucket.file('a').createReadStream({ end: -100, validation: false }).toArray())
    assert.ok(content.subarray(-100).equals(tail))
  })

  it('lists by prefix, delimiter and pages', async () => {
    const names = ['a/1', 'a/2', 'a/b/3', 'a/b/4', 'a/c/5', 'b']
    for (const name of names) await save(name, name)
    const list = async (query: object): Promise<string[]> => (await bucket.getFiles(query))[0].map(file => file.name)
    assert.deepEqual(await list({}), names)
    assert.deepEqual(await list({ maxResults: 2, autoPaginate: true }), names.slice(0, 2))
    assert.deepEqual(await list({ prefix: 'a/b/' }), ['a/b/3', 'a/b/4'])
    assert.deepEqual(await list({ startOffset: 'a/2', endOffset: 'b' }), ['a/2', 'a/b/3', 'a/b/4', 'a/c/5'])
    const [files, , answer] = await bucket.getFiles({ prefix: 'a/', delimiter: '/', autoPaginate: false })
    assert.deepEqual(
      files.map(file => file.name),
      ['a/1', 'a/2'],
    )
    assert.deepEqual((answer as { prefixes: string[] }).prefixes, ['a/b/', 'a/c/'])
    const found: string[] = []
    let query: object | null = { maxResults: 1, autoPaginate: false }
    while (query) {
      const page: [File[], object | null, unknown] = await bucket.getFiles(query)
      assert.ok(page[0].length <= 1)
      found.push(...page[0].map(file => file.name))
      query = page[1]
    }
    assert.deepEqual(found, names)
  })

  it('composes objects', async () => {
    const parts = [someBytes(1000, 1), someBytes(300_000, 2), someBytes(0), someBytes(5, 3)]
    for (const [n, part] of parts.entries()) await save(`part-${n}`, part)
    await bucket.combine(
      parts.map((_, n) => bucket.file(`part-${n}`)),
      bucket.file('whole'),
    )
    assert.ok(Buffer.concat(parts).equals(await download(bucket.file('whole'))))
    const [metadata] = await bucket.file('whole').getMetadata()
    assert.equal(metadata.componentCount, 4)
    assert.equal(metadata.md5Hash, undefined)
    await assert.rejects(bucket.combine(['part-0', 'nothing'], 'other'), notFound)
    assert.deepEqual(await bucket.file('other').exists(), [false])
  })

  it('checks the preconditions of every operation', async () => {
    await save('a', 'one')
    const [{ generation }] = await bucket.file('a').getMetadata()
    const stale = { ifGenerationMatch: 1 }
    const current = { ifGenerationMatch: Number(generation) }
    const put = (preconditionOpts: object, resumable: boolean) =>
      bucket.file('a', { preconditionOpts } as object).save('two', { resumable, preconditionOpts })
    for (const resumable of [false, true]) {
      await assert.rejects(put({ ifGenerationMatch: 0 }, resumable), conditionNotMet)
      await assert.rejects(put(stale, resumable), conditionNotMet)
      await assert.rejects(put({ ifMetagenerationMatch: 9 }, resumable), conditionNotMet)
    }
    await assert.rejects(bucket.file('a').delete(stale), conditionNotMet)
    await assert.rejects(bucket.file('a').setMetadata({ contentType: 'x/y' }, stale), conditionNotMet)
    await assert.rejects(bucket.file('a').getMetadata(stale as object), conditionNotMet)
    assert.equal((await download(bucket.file('a'))).toString(), 'one')
    await put(current, true)
    assert.equal((await download(bucket.file('a'))).toString(), 'two')
    await assert.rejects(bucket.file('a').delete(current), conditionNotMet)
  })

  it('raises the generation with each content, and the metageneration with each change of metadata', async () => {
    await save('a', 'one')
    const [first] = await bucket.file('a').getMetadata()
    await bucket.file('a').setMetadata({ contentType: 'text/x', metadata: { a: '1', b: '2' } })
    await bucket.file('a').setMetadata({ metadata: { a: null } })
    const [patched] = await bucket.file('a').getMetadata()
    assert.equal(patched.generation, first.generation)
    assert.equal(patched.metageneration, '3')
    assert.equal(patched.contentType, 'text/x')
    assert.deepEqual(patched.metadata, { b: '2' })
    await save('a', 'one')
    const [second] = await bucket.file('a').getMetadata()
    assert.ok(BigInt(second.generation!) > BigInt(first.generation!))
    assert.equal(second.metageneration, '1')
    const old = bucket.file('a', { generation: first.generation as string })
    await assert.rejects(old.download(), notFound)
  })

  it('deletes objects', async () => {
    await save('a/b/c', 'content')
    await bucket.file('a/b/c').delete()
    await assert.rejects(bucket.file('a/b/c').delete(), notFound)
    await assert.rejects(bucket.file('a/b/c').download(), notFound)
    await bucket.file('a/b/c').delete({ ignoreNotFound: true })
    await save('a', 'the folder is gone')
  })

  it('refuses a content that is not what the client stated', async () => {
    const metadata = { crc32c: 'AAAAAA==' }
    const refused = bucket.file('a').save('content', { resumable: false, validation: false, metadata })
    await assert.rejects(refused, /doesn't match calculated CRC32C/)
    assert.deepEqual(await bucket.file('a').exists(), [false])
  })
})
