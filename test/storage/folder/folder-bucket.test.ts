import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'
import { committed, describeBucket, names, someBytes } from '../../support/bucket-suite.ts'
import { type OpenFolder, openTemporaryFolder } from './temporary-folder.ts'

const TYPE = { contentType: 'application/octet-stream' }
/** The writer collects this much before it writes. */
const COLLECTED_BYTES = 256 * 1024

describe('openFolderBucket', () => {
  describe('as every bucket', () => {
    describeBucket(async () => {
      const { bucket, close } = await openTemporaryFolder()
      return { bucket, close }
    }, COLLECTED_BYTES)
  })

  let opened: OpenFolder
  beforeEach(async () => {
    opened = await openTemporaryFolder()
  })
  afterEach(() => opened.close())

  const uploads = () => readdir(join(opened.folder, '.tick-handler/uploads'))
  const isStorageError = (code: string, text: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StorageError, String(error))
    assert.deepEqual({ code: error.code, retryable: error.retryable }, { code, retryable: false })
    assert.match(error.message, text)
    return true
  }

  it('keeps no file of an upload that was aborted, refused or committed', async () => {
    const { bucket } = opened
    for (const bytes of [10, 3 * COLLECTED_BYTES]) {
      committed(await bucket.write('a', someBytes(5), ABSENT, TYPE))
      const refused = bucket.createWriter('a', '7', TYPE)
      await refused.write(someBytes(bytes))
      assert.deepEqual(await refused.commit(), { outcome: 'conflict' })
      const aborted = bucket.createWriter('b', ABSENT, TYPE)
      await aborted.write(someBytes(bytes))
      await aborted.abort()
      const taken = bucket.createWriter(`c${bytes}`, ABSENT, TYPE)
      await taken.write(someBytes(bytes))
      committed(await taken.commit())
    }
    assert.deepEqual(await uploads(), [])
  })

  it('lets an abort wait for the commit that it comes too late for', async () => {
    const writer = opened.bucket.createWriter('a', ABSENT, TYPE)
    await writer.write(someBytes(10))
    const committing = writer.commit()
    // Microtasks only: the content is on its way to the disk, and the disk has not answered.
    for (let n = 0; n < 20; n++) await undefined
    await writer.abort()
    assert.deepEqual(await opened.bucket.stat('a'), committed(await committing))
    assert.deepEqual(await uploads(), [])
  })

  it('gives the memory of chunks back where the writer may', async () => {
    for (const freesChunks of [false, true]) {
      const chunks = [someBytes(COLLECTED_BYTES), someBytes(COLLECTED_BYTES), someBytes(10)]
      const writer = opened.bucket.createWriter(`a${freesChunks}`, ABSENT, { ...TYPE, freesChunks })
      for (const chunk of chunks) await writer.write(chunk)
      committed(await writer.commit())
      const left = freesChunks ? [0, 0, 10] : [COLLECTED_BYTES, COLLECTED_BYTES, 10]
      assert.deepEqual(
        chunks.map(chunk => chunk.length),
        left,
      )
    }
  })

  it('throws the reason of a signal that is aborted while the content is on its way', async () => {
    const reason = new Error('no time left')
    const stop = new AbortController()
    const writer = opened.bucket.createWriter('a', ABSENT, { ...TYPE, signal: stop.signal })
    await writer.write(someBytes(10))
    const committing = writer.commit()
    // Microtasks only: the disk has not answered.
    for (let n = 0; n < 20; n++) await undefined
    stop.abort(reason)
    await assert.rejects(committing, error => error === reason)
    await writer.abort()
    assert.equal(await opened.bucket.stat('a'), undefined)
    assert.deepEqual(await uploads(), [])
  })

  for (const name of [
    '..',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    'a\nb',
    '.tick-handler/lock.1',
    '.Tick-Handler/x',
    'x'.repeat(256),
    `${'y/'.repeat(512)}z`,
  ]) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 30))}`, async () => {
      const refused = isStorageError('INVALID_NAME', /object name/)
      await assert.rejects(opened.bucket.write(name, someBytes(1), ABSENT, TYPE), refused)
      const writer = opened.bucket.createWriter(name, ABSENT, TYPE)
      await writer.write(someBytes(1))
      await assert.rejects(writer.commit(), refused)
      await assert.rejects(opened.bucket.stat(name), refused)
      await assert.rejects(opened.bucket.read(name), refused)
      assert.deepEqual(await names(opened.bucket.list('')), [])
      assert.deepEqual(await uploads(), [])
    })
  }

  for (const prefix of ['../', '/', './', '.tick-handler/', 'a/../']) {
    it(`lists nothing below ${prefix}`, async () => {
      committed(await opened.bucket.write('a/b/c', someBytes(1), ABSENT, TYPE))
      assert.deepEqual(await names(opened.bucket.list(prefix)), [])
      for await (const folder of opened.bucket.listFolders(prefix)) assert.fail(folder)
    })
  }

  it('refuses an object that would be the folder of others, or the other way round', async () => {
    committed(await opened.bucket.write('a/b', someBytes(1), ABSENT, TYPE))
    committed(await opened.bucket.write('c', someBytes(1), ABSENT, TYPE))
    const refused = isStorageError('NAME_CLASH', /cannot also be the folder/)
    await assert.rejects(opened.bucket.write('a', someBytes(1), ABSENT, TYPE), refused)
    await assert.rejects(opened.bucket.write('c/d', someBytes(1), ABSENT, TYPE), refused)
    assert.deepEqual(await names(opened.bucket.list('')), ['a/b', 'c'])
  })

  it('says which process works on the folder', async () => {
    const refused = isStorageError('IN_USE', new RegExp(`in use by process ${process.pid} `))
    await assert.rejects(openFolderBucket({ folder: opened.folder }), refused)
  })
})
