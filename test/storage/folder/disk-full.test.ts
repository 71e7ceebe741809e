import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ABSENT, type Generation, type StoredObject, type WriteOutcome } from '../../../functions/storage/bucket.ts'
import { DiskFullError } from '../../../functions/storage/folder/disk-full-error.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'
import { committed, names, someBytes } from '../../support/bucket-suite.ts'
import { failFs } from '../../support/failing-fs.ts'
import { type OpenFolder, openTemporaryFolder } from './temporary-folder.ts'

const TYPE = { contentType: 'application/octet-stream' }
const LARGE_BYTES = 1_000_000

describe('a folder bucket on a full disk', () => {
  let opened: OpenFolder
  let old: StoredObject
  beforeEach(async () => {
    opened = await openTemporaryFolder()
    old = committed(await opened.bucket.write('a/b', someBytes(1000), ABSENT, TYPE))
  })
  afterEach(() => opened.close())

  const uploads = () => readdirSync(join(opened.folder, '.tick-handler/uploads')).filter(name => name !== 'record')

  async function stream(name: string, bytes: number, expected: Generation): Promise<WriteOutcome> {
    const writer = opened.bucket.createWriter(name, expected, TYPE)
    try {
      for (let at = 0; at < bytes; at += 100_000) await writer.write(someBytes(Math.min(100_000, bytes - at), at + 1))
      return await writer.commit()
    } finally {
      await writer.abort()
    }
  }
  const writes: Readonly<Record<string, (name: string, expected: Generation) => Promise<WriteOutcome>>> = {
    'a whole object': (name, expected) => opened.bucket.write(name, someBytes(2000, 2), expected, TYPE),
    'a small stream': (name, expected) => stream(name, 2000, expected),
    'a large stream': (name, expected) => stream(name, LARGE_BYTES, expected),
  }
  const isUpload = ([path]: readonly unknown[]) => /\/uploads\/\d+$/.test(String(path))
  const isRecord = ([path]: readonly unknown[]) => String(path).endsWith('/uploads/record')

  // Where the disk has no room, and for which of the writes that comes.
  const faults = [
    ['openSync', 'making the file', ['a whole object', 'a small stream', 'a large stream']],
    ['writeSync', 'writing little', ['a whole object', 'a small stream', 'a large stream']],
    ['write', 'writing much', ['a large stream']],
    ['fdatasync', 'syncing', ['a whole object', 'a small stream', 'a large stream']],
    ['writeFileSync', 'writing the record', ['a whole object', 'a small stream', 'a large stream']],
    ['renameSync', 'the rename', ['a whole object', 'a small stream', 'a large stream']],
  ] as const
  for (const [call, when, kinds] of faults) {
    for (const kind of kinds) {
      it(`keeps the old object, nothing of the new one, and works again later: ${kind}, full while ${when}`, async () => {
        const applies = call === 'writeFileSync' ? isRecord : call === 'openSync' ? isUpload : undefined
        for (const [name, expected] of [
          ['a/b', old.generation],
          ['new/c', ABSENT],
        ] as const) {
          {
            using full = failFs(call, 'ENOSPC', applies)
            await assert.rejects(writes[kind]!(name, expected), (error: unknown) => {
              assert.ok(error instanceof DiskFullError, String(error))
              assert.deepEqual([error.code, error.retryable], ['ENOSPC', false])
              return true
            })
            assert.ok(full.fired > 0)
          }
          assert.deepEqual(uploads(), [])
          assert.deepEqual(await names(opened.bucket.list('')), ['a/b'])
          assert.deepEqual((await opened.bucket.read('a/b'))?.object, old)
        }
        for (const [name, expected] of [
          ['a/b', old.generation],
          ['new/c', ABSENT],
        ] as const)
          committed(await writes[kind]!(name, expected))
      })
    }
  }

  it('says which disk, how much is free and how much is needed', async () => {
    using _ = failFs('writeSync', 'ENOSPC')
    await assert.rejects(opened.bucket.write('a/b', someBytes(2000), old.generation, TYPE), (error: unknown) => {
      assert.ok(error instanceof DiskFullError)
      assert.deepEqual([error.path, error.object, error.neededBytes], [opened.folder, 'a/b', 2000])
      const { bavail, bsize } = statfsSync(opened.folder)
      assert.ok(error.freeBytes! > 0.5 * bavail * bsize && error.freeBytes! < 2 * bavail * bsize)
      assert.ok(error.message.includes(`: ${error.freeBytes} bytes free, `))
      assert.match(
        error.message,
        /^write \S+\/a\/b: no space left on the disk of \S+: \d+ bytes free, expected at least 2000 bytes; /,
      )
      return true
    })
  })

  it('gives the room of a stream back as soon as it fails', async () => {
    const writer = opened.bucket.createWriter('new/c', ABSENT, TYPE)
    using _ = failFs('write', 'ENOSPC')
    const writing = async () => {
      for (let at = 0; at < 4; at++) await writer.write(someBytes(300_000))
    }
    await assert.rejects(writing(), DiskFullError)
    assert.deepEqual(uploads(), [])
    await writer.abort()
  })

  it('says so of a used-up quota too', async () => {
    using _ = failFs('fdatasync', 'EDQUOT')
    await assert.rejects(opened.bucket.write('a/b', someBytes(1), old.generation, TYPE), (error: unknown) => {
      assert.ok(error instanceof DiskFullError)
      assert.match(error.message, /the disk quota of this user is used up on the disk of /)
      return true
    })
  })

  for (const [code, text] of [
    ['EACCES', /permission denied/],
    ['EROFS', /read-only/],
    ['EFBIG', /larger than the file system allows/],
    ['EXDEV', /on another disk/],
  ] as const) {
    it(`does not try again what the system will refuse again: ${code}`, async () => {
      using _ = failFs('renameSync', code)
      await assert.rejects(opened.bucket.write('a/b', someBytes(1), old.generation, TYPE), (error: unknown) => {
        assert.ok(error instanceof StorageError && !(error instanceof DiskFullError))
        assert.deepEqual([error.code, error.retryable], [code, false])
        assert.match(error.message, text)
        return true
      })
    })
  }

  it('lets what may pass be tried again', async () => {
    using _ = failFs('fdatasync', 'EIO')
    const retryable = { name: 'StorageError', code: 'EIO', retryable: true }
    await assert.rejects(opened.bucket.write('a/b', someBytes(1), old.generation, TYPE), retryable)
  })

  it('says so where there is no room to begin', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'disk-full-'))
    {
      using _ = failFs('mkdirSync', 'ENOSPC')
      await assert.rejects(openFolderBucket({ folder: join(folder, 'new') }), { name: 'StorageError', code: 'ENOSPC' })
    }
    rmSync(folder, { recursive: true })
  })

  it('does without a sync of folders where the file system has none', async () => {
    using failing = failFs('fsync', 'EINVAL')
    committed(await opened.bucket.write('new/c', someBytes(1), ABSENT, TYPE))
    assert.ok(failing.fired > 0)
  })

  it('takes the rename of a folder that could not be synced up again at the next write', async () => {
    {
      using failing = failFs('fsync', 'EIO')
      await assert.rejects(opened.bucket.write('new/c', someBytes(1), ABSENT, TYPE), { code: 'EIO' })
      assert.equal(failing.fired > 0, true)
    }
    let synced = 0
    using _ = failFs('fsync', 'EIO', () => {
      synced += 1
      return false
    })
    // The same content again is our own success, and its folders are synced now.
    committed(await opened.bucket.write('new/c', someBytes(1), ABSENT, TYPE))
    assert.ok(synced >= 2)
  })
})
