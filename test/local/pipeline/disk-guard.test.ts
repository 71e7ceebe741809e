import assert from 'node:assert/strict'
import { watchDisk } from '../../../functions/local/pipeline/disk-guard.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { DiskFullError } from '../../../functions/storage/folder/disk-full-error.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'

const OPTIONS = { contentType: 'text/plain' }

describe('watchDisk', () => {
  let bucket: MemoryBucket
  let errors: DiskFullError[]
  const guarded = () => watchDisk(bucket, error => errors.push(error))
  const full = () => {
    const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    throw new DiskFullError({ bucket: 'b', operation: 'write' }, '/', 10, cause)
  }

  beforeEach(() => {
    bucket = new MemoryBucket()
    errors = []
  })

  it('writes and reads as the bucket does', async () => {
    const written = await guarded().write('a', Buffer.from('text'), ABSENT, OPTIONS)
    assert.equal(written.outcome, 'committed')
    assert.equal(String((await guarded().read('a'))?.data), 'text')
    const names: string[] = []
    for await (const { name } of guarded().list('')) names.push(name)
    assert.deepEqual(names, ['a'])
    const writer = guarded().createWriter('b', ABSENT, OPTIONS)
    await writer.write(Buffer.from('text'))
    assert.equal((await writer.commit()).outcome, 'committed')
    assert.equal(guarded().url, bucket.url)
    assert.deepEqual(errors, [])
  })

  for (const operation of ['write', 'writeChunk', 'commit'] as const) {
    it(`reports a full disk at ${operation}, and fails as without`, async () => {
      bucket.hook = at => void (at.operation === operation && at.when === 'before' && full())
      const writing = async () => {
        if (operation === 'write') return await guarded().write('a', Buffer.from('x'), ABSENT, OPTIONS)
        const writer = guarded().createWriter('a', ABSENT, OPTIONS)
        await writer.write(Buffer.from('x'))
        return await writer.commit()
      }
      await assert.rejects(writing, DiskFullError)
      assert.equal(errors.length, 1)
    })
  }

  it('reports no other error', async () => {
    bucket.hook = () => {
      throw new Error('something else')
    }
    await assert.rejects(guarded().write('a', Buffer.from('x'), ABSENT, OPTIONS), /something else/)
    assert.deepEqual(errors, [])
  })
})
