import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolder } from '../../../functions/local/pipeline/folder-bucket.ts'

describe('openFolder', () => {
  let folder: string
  const put = async (name: string, content: string) => {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  const names = async (prefix: string, under = folder) => {
    const found: string[] = []
    for await (const { name } of openFolder(under).list(prefix)) found.push(name)
    return found
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-bucket-'))
    for (const name of ['a/b.json', 'a-b.json', 'a/b/c.json', 'ab/c.json', '.tick-handler/lock.1', 'z.json']) {
      await put(name, name)
    }
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it("lists names in the order that a bucket has, without what is the server's own", async () => {
    assert.deepEqual(await names(''), ['a-b.json', 'a/b.json', 'a/b/c.json', 'ab/c.json', 'z.json'])
  })

  it("lists the folders directly below a folder, without what is the server's own", async () => {
    const folders = async (under: string) => {
      const found: string[] = []
      for await (const name of openFolder(folder).listFolders(under)) found.push(name)
      return found
    }
    await put('.hidden/x', 'x')
    assert.deepEqual(await folders(''), ['.hidden/', 'a/', 'ab/'])
    assert.deepEqual(await folders('a/'), ['a/b/'])
    assert.deepEqual(await folders('ab'), ['ab/'])
    assert.deepEqual(await folders('no/'), [])
    await rm(join(folder, '.hidden'), { recursive: true })
  })

  it('lists by prefix, which need not end where a folder does', async () => {
    assert.deepEqual(await names('a/b'), ['a/b.json', 'a/b/c.json'])
    assert.deepEqual(await names('a'), ['a-b.json', 'a/b.json', 'a/b/c.json', 'ab/c.json'])
    assert.deepEqual(await names('nothing/'), [])
  })

  it('reads whole objects and ranges of a generation, and nothing of one that was replaced', async () => {
    const bucket = openFolder(folder)
    const read = await bucket.read('z.json')
    assert.equal(Buffer.from(read!.data).toString(), 'z.json')
    assert.equal(read!.object.bytes, 6)
    assert.equal(Buffer.from((await bucket.readRange(read!.object, 2, 4))!).toString(), 'js')
    await put('z.json', 'other')
    await utimes(join(folder, 'z.json'), 1, 1)
    assert.equal(await bucket.readRange(read!.object, 2, 4), undefined)
  })

  it('knows what is not there', async () => {
    const bucket = openFolder(join(folder, 'nowhere'))
    assert.equal(await bucket.stat('x'), undefined)
    assert.equal(await bucket.read('x/y'), undefined)
    assert.equal(await openFolder(folder).stat('a'), undefined)
    assert.deepEqual(await names('', join(folder, 'nowhere')), [])
  })

  it('writes nothing', async () => {
    const bucket = openFolder(folder)
    await assert.rejects(bucket.write('x', Buffer.from(''), '0', { contentType: 'text/plain' }), /for reading only/)
    assert.throws(() => bucket.createWriter('x', '0', { contentType: 'text/plain' }), /for reading only/)
  })
})
