import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { readFolder } from '../../../functions/storage/folder/folder-bucket.ts'
import { committed, names } from '../../support/bucket-suite.ts'
import { type OpenFolder, openTemporaryFolder } from './temporary-folder.ts'

const TYPE = { contentType: 'text/plain' }

describe('readFolder', () => {
  it('lists names by prefix, which need not end where a folder does, without the hidden folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'read-folder-'))
    const all = ['a-b.json', 'a/b.json', 'a/b/c.json', 'ab/c.json', 'z.json']
    for (const name of [...all, '.tick-handler/lock.1']) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), name)
    }
    const bucket = readFolder({ folder })
    assert.deepEqual(await names(bucket.list('')), all)
    assert.deepEqual(await names(bucket.list('a/b')), ['a/b.json', 'a/b/c.json'])
    assert.deepEqual(await names(bucket.list('a')), all.slice(0, 4))
    assert.deepEqual(await names(bucket.list('nothing/')), [])
    await rm(folder, { recursive: true })
  })

  it('finds nothing where there is no folder', async () => {
    const bucket = readFolder({ folder: join(tmpdir(), 'nowhere-to-be-found') })
    assert.equal(await bucket.stat('x'), undefined)
    assert.equal(await bucket.read('x/y'), undefined)
    assert.deepEqual(await names(bucket.list('')), [])
  })

  describe('beside the process that works on the folder', () => {
    let opened: OpenFolder
    beforeEach(async () => {
      opened = await openTemporaryFolder()
    })
    afterEach(() => opened.close())

    it('sees the same objects with the same generations and checksums', async () => {
      const reading = readFolder({ folder: opened.folder })
      assert.deepEqual(await names(reading.list('')), [])
      const first = committed(await opened.bucket.write('a/b', Buffer.from('1'), ABSENT, TYPE))
      assert.deepEqual(await reading.stat('a/b'), first)
      const second = committed(await opened.bucket.write('a/b', Buffer.from('22'), first.generation, TYPE))
      const found = await reading.read('a/b')
      assert.deepEqual(found?.object, second)
      assert.equal(String(found?.data), '22')
      assert.equal(await reading.readRange(first, 0, 1), undefined)
      assert.equal(String(await reading.readRange(second, 1, 2)), '2')
    })

    it('writes nothing, also for a file that has no record', async () => {
      const reading = readFolder({ folder: opened.folder })
      await writeFile(join(opened.folder, 'by-hand'), '123456789')
      const before = await readdir(opened.folder, { recursive: true })
      const object = await reading.stat('by-hand')
      assert.equal(object?.crc32c, '4waSgw==')
      assert.deepEqual(await reading.stat('by-hand'), object)
      assert.deepEqual(await readdir(opened.folder, { recursive: true }), before)
      await assert.rejects(reading.write('x', Buffer.from(''), ABSENT, TYPE), /for reading only/)
      assert.throws(() => reading.createWriter('x', ABSENT, TYPE), /for reading only/)
    })
  })

  it('reads more files without a record than it remembers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'read-folder-'))
    const all = Array.from({ length: 1010 }, (_, n) => `file-${String(n).padStart(4, '0')}`)
    for (const name of all) await writeFile(join(folder, name), name)
    const reading = readFolder({ folder })
    assert.deepEqual(await names(reading.list('')), all)
    assert.equal(String((await reading.read('file-0000'))?.data), 'file-0000')
    await rm(folder, { recursive: true })
  })

  it('knows a copy of a folder by its content: the generations are those of the original', async () => {
    const original = await openTemporaryFolder()
    const object = committed(await original.bucket.write('a/b', Buffer.from('content'), ABSENT, TYPE))
    const folder = await mkdtemp(join(tmpdir(), 'read-folder-'))
    await cp(original.folder, folder, { recursive: true })
    await original.close()
    assert.deepEqual(await readFolder({ folder }).stat('a/b'), object)
    await writeFile(join(folder, 'a/b'), 'changed')
    const changed = await readFolder({ folder }).stat('a/b')
    assert.notEqual(changed?.generation, object.generation)
    assert.notEqual(changed?.crc32c, object.crc32c)
    await rm(folder, { recursive: true })
  })
})
