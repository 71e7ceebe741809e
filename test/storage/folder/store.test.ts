import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useFakeTimers } from 'sinon'
import { Generations } from '../../../functions/storage/folder/generations.ts'
import { FolderStore } from '../../../functions/storage/folder/store.ts'
import { watchFs } from '../../support/failing-fs.ts'

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

  it('gives every generation once and rising, also after a restart and with a clock that goes back', () => {
    const clock = useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] })
    try {
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
        clock.setSystemTime(1_800_000_000_000 - life * 86_400_000)
      }
      assert.equal(given.size, 3000)
    } finally {
      clock.restore()
    }
  })

  it('has generations on disk before it gives them', () => {
    const flushed: unknown[] = []
    using _ = watchFs('writeFileSync', ([, text, options]) => flushed.push([text, options]))
    const next = BigInt(new Generations(join(folder, '.tick-handler')).next())
    assert.deepEqual(flushed, [[String(next + 1_000_000n), { flush: true }]])
  })
})
