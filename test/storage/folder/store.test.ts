import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generations } from '../../../functions/storage/folder/generations.ts'
import { FolderStore } from '../../../functions/storage/folder/store.ts'

describe('FolderStore', () => {
  let folder: string
  let store: FolderStore

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-store-'))
    store = await FolderStore.open(folder)
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  async function stage(text: string) {
    const staged = store.stage()
    staged.writeSync(Buffer.from(text))
    return { ...(await staged.finish()), metadata: { contentType: 'text/x' } }
  }

  it('knows the old object with its generation where a replacement fails at its rename', async () => {
    const old = await store.put('a/b', await stage('old'), () => true)
    const lost = await stage('new')
    await rm(lost.path)
    await assert.rejects(
      store.put('a/b', lost, () => true),
      { code: 'ENOENT' },
    )
    assert.deepEqual(await store.find('a/b'), old)
    // The next one that succeeds does not forget whose record is whose.
    const next = await store.put('a/b', await stage('next'), () => true)
    assert.deepEqual(await store.find('a/b'), next)
    assert.ok(BigInt(next!.generation) > BigInt(old!.generation))
  })

  it('gives every generation once, also to another process after this one', () => {
    const given = new Set<string>()
    let last = 0n
    for (let life = 0; life < 3; life++) {
      const generations = new Generations(join(folder, '.tick-handler'))
      for (let n = 0; n < 1000; n++) {
        const next = generations.next()
        assert.ok(BigInt(next) > last)
        last = BigInt(next)
        given.add(next)
      }
    }
    assert.equal(given.size, 3000)
  })
})
