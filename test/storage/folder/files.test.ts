import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  linkOrCopy,
  removeEmptyFolders,
  removeEmptyTree,
  sameFacts,
  syncFolder,
} from '../../../functions/storage/folder/files.ts'
import { failFs, watchFs } from '../../support/failing-fs.ts'

describe('storage/folder/files', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'files-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const openFiles = () => readdirSync('/proc/self/fd').length

  it('knows a file by inode, size and time alike', () => {
    const facts = { ino: '1', size: 2, mtimeNs: '3' }
    assert.ok(sameFacts(facts, { ...facts }))
    for (const other of [{ ino: '2' }, { size: 3 }, { mtimeNs: '4' }])
      assert.ok(!sameFacts(facts, { ...facts, ...other }), JSON.stringify(other))
  })

  it('does without the sync of a folder where the file system has none, and leaves nothing open', async () => {
    for (const code of ['EINVAL', 'EBADF', 'ENOTSUP', 'EOPNOTSUPP']) {
      using failing = failFs('fsync', code)
      await syncFolder(folder)
      assert.equal(failing.fired, 1)
    }
    if (process.platform !== 'linux') return
    const before = openFiles()
    using _ = failFs('fsync', 'EIO')
    await assert.rejects(syncFolder(folder), { code: 'EIO' })
    assert.equal(openFiles(), before)
  })

  it('has nothing to sync of a folder that is gone', async () => {
    using failing = failFs('fsync', 'EIO')
    await syncFolder(join(folder, 'gone'))
    assert.equal(failing.fired, 0)
  })

  it('copies a content where it cannot be linked, and syncs the copy', () => {
    const from = join(folder, 'from')
    writeFileSync(from, 'content')
    for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES']) {
      const to = join(folder, code)
      const opened: unknown[] = []
      using _ = watchFs('openSync', ([path]) => opened.push(path))
      linkOrCopy(from, to, () => {
        throw Object.assign(new Error('planted'), { code })
      })
      assert.equal(readFileSync(to, 'utf8'), 'content')
      assert.deepEqual(opened, [to])
    }
  })

  it('leaves nothing open where a content is copied', function () {
    if (process.platform !== 'linux') return this.skip()
    writeFileSync(join(folder, 'from'), 'content')
    const before = openFiles()
    linkOrCopy(join(folder, 'from'), join(folder, 'to'), () => {
      throw Object.assign(new Error('planted'), { code: 'EXDEV' })
    })
    assert.equal(openFiles(), before)
  })

  it('removes folders upwards as far as they are empty, and never the root or one outside of it', () => {
    mkdirSync(join(folder, 'root/a/b'), { recursive: true })
    mkdirSync(join(folder, 'beside'))
    const root = join(folder, 'root')
    removeEmptyFolders(join(root, 'a/b'), root)
    assert.deepEqual(readdirSync(root), [])
    removeEmptyFolders(join(folder, 'beside'), root)
    assert.deepEqual(readdirSync(folder).sort(), ['beside', 'root'])
  })

  it('removes a tree of nothing but folders, and tells where it is none', () => {
    mkdirSync(join(folder, 'empty/a/b'), { recursive: true })
    mkdirSync(join(folder, 'full/a'), { recursive: true })
    writeFileSync(join(folder, 'full/a/file'), '')
    assert.equal(removeEmptyTree(join(folder, 'empty')), true)
    assert.equal(removeEmptyTree(join(folder, 'full')), false)
    assert.deepEqual(readdirSync(folder), ['full'])
    assert.deepEqual(readdirSync(join(folder, 'full/a')), ['file'])
  })
})
