import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { DiskFullError } from '../../../functions/storage/folder/disk-full-error.ts'
import { FolderError, type FolderErrorCode } from '../../../functions/storage/folder/folder-error.ts'
import { storageErrorOf } from '../../../functions/storage/folder/storage-error-of.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'

const PLACE = { folder: tmpdir(), bucket: './data', object: 'a/b', operation: 'write' }
const coded = (code: string) => Object.assign(new Error('as the system says'), { code })
const said = (error: unknown) => {
  const { message, code, retryable, cause } = storageErrorOf(error, PLACE)
  return { message, code, retryable, isCause: cause === error }
}

describe('storage/folder: an error as the bucket’s', () => {
  for (const [code, text] of [
    ['EFBIG', 'the object is larger than the file system allows a file to be'],
    ['EACCES', 'permission denied; this user may not read or write there'],
    ['EPERM', 'permission denied; the system does not allow it'],
    ['EROFS', 'the file system is read-only'],
    ['EXDEV', 'a folder inside the bucket is on another disk; a bucket is on one file system'],
    ['ENOTDIR', 'a file is where a folder is expected'],
    ['EEXIST', 'a file is where a folder is expected'],
    ['ENAMETOOLONG', 'the path is too long for the file system'],
  ] as const)
    it(`is lasting, and says what is wrong: ${code}`, () => {
      const message = `write ./data/a/b: ${text} (as the system says)`
      assert.deepEqual(said(coded(code)), { message, code, retryable: false, isCause: true })
    })

  it('may pass where it is of no known kind', () => {
    const rest = { retryable: true, isCause: true }
    assert.deepEqual(said(coded('EIO')), { message: 'write ./data/a/b: as the system says', code: 'EIO', ...rest })
    assert.deepEqual(said('text'), { message: 'write ./data/a/b: text', code: 'UNKNOWN', ...rest })
    assert.deepEqual(said(null), { message: 'write ./data/a/b: null', code: 'UNKNOWN', ...rest })
  })

  it('may pass where another program writes the file, and no other fault of the folder does', () => {
    const codes: FolderErrorCode[] = ['CHANGING', 'INVALID_NAME', 'NAME_CLASH', 'SYMBOLIC_LINK', 'IN_USE', 'DAMAGED']
    for (const code of codes) {
      const found = said(new FolderError(code, 'the reason'))
      const message = 'write ./data/a/b: the reason'
      assert.deepEqual(found, { message, code, retryable: code === 'CHANGING', isCause: true })
    }
  })

  it('stays what it is where it is the bucket’s already', () => {
    const error = new StorageError('no', { ...PLACE, retryable: true, code: 1 })
    assert.equal(storageErrorOf(error, PLACE), error)
  })

  it('says how much is free, or that nobody knows, where the disk is full', () => {
    const full = storageErrorOf(coded('ENOSPC'), { ...PLACE, neededBytes: 5 })
    assert.ok(full instanceof DiskFullError)
    assert.deepEqual([full.code, full.neededBytes, full.bucket, full.operation], ['ENOSPC', 5, './data', 'write'])
    assert.equal(storageErrorOf(coded('ENOSPC'), PLACE).message.includes('at least 0 bytes'), true)
    const gone = { ...PLACE, folder: '/nowhere/to/be/found' }
    const unknown = storageErrorOf(coded('ENOSPC'), gone)
    assert.ok(unknown instanceof DiskFullError && unknown.freeBytes === undefined)
    assert.equal(
      unknown.message,
      'write ./data/a/b: no space left on the disk of /nowhere/to/be/found: it cannot be asked how much is free, ' +
        'expected at least 0 bytes; free some space and run it again',
    )
    const quota = storageErrorOf(coded('EDQUOT'), PLACE)
    assert.ok(quota instanceof DiskFullError)
    assert.equal(quota.code, 'EDQUOT')
    assert.match(quota.message, new RegExp(`the disk quota of this user is used up on the disk of ${tmpdir()}, exp`))
  })
})
