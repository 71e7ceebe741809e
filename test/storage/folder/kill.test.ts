import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openFolderBucket, readFolder } from '../../../functions/storage/folder/folder-bucket.ts'

const WRITER = join(import.meta.dirname, 'writing-process.ts')
const ROUNDS = 6

describe('a folder bucket whose process is killed', () => {
  let folder: string
  const children: ChildProcess[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-kill-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  function start(seed: number) {
    const child = spawn(process.execPath, [WRITER, folder, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), ended: once(child, 'close') }
  }

  it('is whole at every moment, for a reader beside it and for the next process, and generations rise', async () => {
    const seen = new Map<string, bigint>()
    const rise = (name: string, generation: string) => {
      assert.ok(BigInt(generation) >= (seen.get(name) ?? 0n), `${name} fell back to ${generation}`)
      seen.set(name, BigInt(generation))
    }
    for (let round = 0; round < ROUNDS; round++) {
      const { child, lines, ended } = start(round * 1000)
      // The reader sees what is committed at once, and its reads check each content against its checksum.
      const reading = readFolder({ folder })
      for (let line = 0; line < 4 + round; line++) {
        const [name, generation] = String((await lines.next()).value).split(' ')
        if (generation === undefined) continue
        rise(name!, generation)
        for await (const object of reading.list('')) {
          const read = await reading.read(object.name)
          assert.ok(read && BigInt(read.object.generation) >= BigInt(object.generation))
        }
      }
      // It is in the midst of its next writes.
      child.kill('SIGKILL')
      for await (const line of { [Symbol.asyncIterator]: () => lines }) rise(...(line.split(' ') as [string, string]))
      await ended
      const bucket = await openFolderBucket({ folder })
      let objects = 0
      for await (const object of bucket.list('')) {
        const read = await bucket.read(object.name)
        assert.deepEqual(read?.object, object)
        rise(object.name, object.generation)
        objects += 1
      }
      assert.ok(objects > 0)
      assert.deepEqual(await readdir(join(folder, '.tick-handler/uploads')), [])
      await bucket.close()
    }
  })

  it('is refused to a second process until then', async () => {
    const first = start(0)
    assert.equal((await first.lines.next()).value, 'open')
    const second = start(0)
    assert.match((await second.lines.next()).value!, new RegExp(`is in use by process ${first.child.pid} on `))
    assert.deepEqual(await second.ended, [1, null])
    first.child.kill('SIGKILL')
    await first.ended
    await (await openFolderBucket({ folder })).close()
  })
})
