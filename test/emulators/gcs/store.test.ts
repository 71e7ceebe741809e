import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generations } from '../../../functions/emulators/gcs/generations.ts'
import { Store } from '../../../functions/emulators/gcs/store.ts'

describe('emulators/gcs/store', () => {
  let folder: string
  let store: Store

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcs-store-'))
    await mkdir(join(folder, '.tick-handler/uploads'), { recursive: true })
    store = new Store(folder, 'ticks', new Generations(join(folder, '.tick-handler')))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const target = { name: 'a/b', preconditions: {} }
  async function stage(text: string) {
    const staged = await store.stage()
    await staged.write(Buffer.from(text))
    return staged.finish({})
  }

  it('knows the old object, generation and all, where a replacement comes to nothing at its renaming', async () => {
    const old = await store.put(target, await stage('old'), { contentType: 'text/x' })
    const lost = await stage('new')
    await rm(lost.path)
    await assert.rejects(store.put(target, lost, {}), { code: 'ENOENT' })
    assert.deepEqual(await store.stat(target), old)
    // Nor does the next one that comes through forget whose record is whose.
    const next = await store.put(target, await stage('next'), {})
    assert.deepEqual(await store.stat(target), next)
    assert.ok(BigInt(next.generation) > BigInt(old.generation))
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
