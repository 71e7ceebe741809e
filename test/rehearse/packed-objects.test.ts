import assert from 'node:assert/strict'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { PackedObjects } from './packed-objects.ts'

const OPTIONS = { contentType: 'text/plain' }
const contentOf = (n: number) => Buffer.from(`object ${n} `.repeat(500 + n))

describe('packed objects', () => {
  it('give back what was stored, packed or not, written again or deleted', async () => {
    // Room for two of them: the others are packed.
    const bucket = new MemoryBucket(undefined, new PackedObjects(12_000))
    const generations = new Map<number, string>()
    for (let n = 0; n < 6; n++) {
      const written = await bucket.write(`o${n}`, contentOf(n), '0', OPTIONS)
      if (written.outcome === 'committed') generations.set(n, written.object.generation)
    }
    for (const n of [0, 5, 0, 3]) assert.deepEqual(Buffer.from((await bucket.read(`o${n}`))!.data), contentOf(n))
    await bucket.write('o1', contentOf(11), generations.get(1)!, OPTIONS)
    bucket.delete('o2')
    const found = [...bucket.contents()].map(([name, data]) => [
      name,
      Buffer.from(data).equals(contentOf(Number(name[1]))),
    ])
    assert.deepEqual(found, [
      ['o0', true],
      ['o1', false],
      ['o3', true],
      ['o4', true],
      ['o5', true],
    ])
    assert.deepEqual(Buffer.from((await bucket.read('o1'))!.data), contentOf(11))
  })
})
