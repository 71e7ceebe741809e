import assert from 'node:assert/strict'
import { SampleRing } from '../../../functions/runtime/memory/sample-ring.ts'

describe('SampleRing', () => {
  it('keeps any number of samples in bounded memory, and loses no peak, no low and no time', () => {
    for (const total of [1, 7, 8, 9, 100, 12_345]) {
      const ring = new SampleRing(8)
      for (let i = 0; i < total; i++) ring.add(i, i === 5 ? 1e9 : i === 3 ? -1e9 : i)
      const { buckets } = ring
      assert.ok(buckets.length <= 8 && buckets.length > (total > 8 ? 3 : 0))
      assert.equal(buckets[0]!.from, 0)
      assert.equal(buckets.at(-1)!.to, total - 1)
      assert.equal(
        buckets.reduce((sum, bucket) => sum + bucket.count, 0),
        total,
      )
      if (total > 5) assert.equal(Math.max(...buckets.map(bucket => bucket.highest)), 1e9)
      if (total > 3) assert.equal(Math.min(...buckets.map(bucket => bucket.lowest)), -1e9)
      const widths = new Set(buckets.slice(0, -1).map(bucket => bucket.count))
      assert.ok(widths.size <= 1, 'even resolution')
    }
  })
})
