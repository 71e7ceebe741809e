import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder, openFile, removeEmptyFolders, unlessAbsent } from '../../../functions/storage/folder/files.ts'
import { FolderStore } from '../../../functions/storage/folder/store.ts'

describe('FolderStore, faults', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-faults-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const locks = () => readdirSync(join(folder, '.tick-handler')).filter(name => name.startsWith('lock.'))

  async function put(store: FolderStore, name: string, text: string) {
    const staged = store.stage()
    await staged.write(Buffer.from(text))
    const content = await staged.finish()
    return (await store.put(name, { ...content, metadata: { contentType: 'text/x' } }, () => true))!
  }

  it('is not opened where its generations would repeat, and is left free', async () => {
    const path = join(folder, '.tick-handler', 'generations')
    mkdirSync(join(folder, '.tick-handler'))
    writeFileSync(path, 'many')
    await assert.rejects(FolderStore.open(folder), error => {
      assert.ok(error instanceof Error && error.cause instanceof SyntaxError)
      assert.equal(error.message, `${path} does not hold a number; generations would repeat`)
      return true
    })
    assert.deepEqual(locks(), [])
    rmSync(path)
    const store = await FolderStore.open(folder)
    assert.equal(locks().length, 1)
    await store[Symbol.asyncDispose]()
    assert.deepEqual(locks(), [])
  })

  it('changes what is said of an object, and neither its content nor its generation', async () => {
    await using store = await FolderStore.open(folder)
    const first = await put(store, 'a', 'text')
    const check = (present: typeof first | undefined) => present!
    const changed = await store.patch('a', check, metadata => ({ ...metadata, cacheControl: 'no-store' }))
    assert.deepEqual(
      { ...changed, updated: first.updated },
      { ...first, metageneration: 2, metadata: { contentType: 'text/x', cacheControl: 'no-store' } },
    )
    assert.ok(changed.updated >= first.updated)
    assert.deepEqual(await store.find('a'), changed)
    const refuse = () => {
      throw new RangeError('not this one')
    }
    await assert.rejects(
      store.patch('a', refuse, metadata => metadata),
      /not this one/,
    )
    assert.deepEqual(await store.find('a'), changed)
  })

  it('takes no bytes for a content that has ended', async () => {
    await using store = await FolderStore.open(folder)
    const staged = store.stage()
    await staged.finish()
    await assert.rejects(staged.write(Buffer.from('x')), /uploads\/0 is written to after its end$/)
  })

  it('opens regular files only, and keeps nothing open of others', () => {
    const open = () => readdirSync('/proc/self/fd').length
    if (process.platform === 'linux') {
      const before = open()
      assert.equal(openFile(folder), undefined)
      assert.equal(open(), before)
    }
    symlinkSync(folder, join(folder, 'link'))
    for (const name of ['link', 'absent', 'absent/x']) assert.equal(openFile(join(folder, name)), undefined, name)
  })

  it('makes folders below its own, tells where, and goes through no link', () => {
    assert.deepEqual(makeFolder(folder, join(folder, 'a/b')), [folder, join(folder, 'a')])
    assert.deepEqual(makeFolder(folder, join(folder, 'a/b')), [])
    symlinkSync(join(folder, 'a'), join(folder, 'link'))
    assert.throws(() => makeFolder(folder, join(folder, 'link')), { code: 'SYMBOLIC_LINK' })
    rmSync(join(folder, 'link'))
    writeFileSync(join(folder, 'a/file'), '')
    removeEmptyFolders(join(folder, 'a/b'), folder)
    assert.deepEqual(readdirSync(join(folder, 'a')), ['file'])
  })

  it('takes for absent what is absent, and nothing else', () => {
    const fail = (code?: string) => () => {
      throw Object.assign(new Error('planted'), { code })
    }
    for (const code of ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']) assert.equal(unlessAbsent(fail(code)), undefined)
    for (const code of ['EACCES', undefined]) assert.throws(() => unlessAbsent(fail(code)), /planted/)
    assert.throws(() => unlessAbsent(fail('ENOTDIR'), ['ENOENT']), /planted/)
  })
})
