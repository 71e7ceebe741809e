import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkOrCopy } from '../../../functions/storage/folder/files.ts'

describe('a further file of the same content', () => {
  let folder: string
  let from: string
  let to: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'links-'))
    ;[from, to] = [join(folder, 'a'), join(folder, 'b')]
    writeFileSync(from, 'content')
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const failing = (code: string) => () => {
    throw Object.assign(new Error(`${code}: planted`), { code })
  }

  it('is a hard link', () => {
    linkOrCopy(from, to)
    assert.equal(statSync(to).ino, statSync(from).ino)
  })

  it('is a copy where there are no hard links, and never replaces a file', () => {
    linkOrCopy(from, to, failing('ENOTSUP'))
    assert.equal(readFileSync(to, 'utf8'), 'content')
    assert.notEqual(statSync(to).ino, statSync(from).ino)
    assert.throws(() => linkOrCopy(from, to, failing('ENOTSUP')), /EEXIST/)
    assert.throws(() => linkOrCopy(from, to), /EEXIST/)
  })

  it('is none where the disk fails', () => {
    assert.throws(() => linkOrCopy(from, to, failing('EIO')), /EIO/)
  })
})
