import assert from 'node:assert/strict'
import fc from 'fast-check'
import { itemsInWork } from '../../functions/fetch/held.ts'
import { memoryPlan, smallestPlan } from '../../functions/fetch/memory-plan.ts'

const MIB = 1048576
const DEFAULT = { limitBytes: 256 * MIB, memoryEfficient: true, downloadMaxWorkers: 2, processors: 2 }

describe('memoryPlan', () => {
  it('keeps the sum of all bounds within the default allocation, with two items at once', () => {
    const plan = memoryPlan(DEFAULT)
    const sum = plan.parts.reduce((total, { bytes, count }) => total + bytes * count, 0)
    assert.equal(plan.totalBytes, sum)
    assert.ok(sum <= 256 * MIB, `${sum / MIB} MiB`)
    assert.deepEqual([plan.itemsAtOnce, plan.fits, plan.threads], [2, true, 1])
  })

  it('has room for the responses of the default settings that wait for the converter, beside two items', () => {
    const heldItems = itemsInWork({ downloadMaxConnections: 16, downloadMaxWorkers: 2 })
    const [plan, without] = [memoryPlan({ ...DEFAULT, heldItems }), memoryPlan(DEFAULT)]
    assert.deepEqual([plan.itemsAtOnce, plan.fits], [2, true])
    assert.equal(plan.heldBytes, heldItems * (128 + 64) * 1024)
    assert.equal(plan.parts.find(({ count }) => count === heldItems)?.bytes, (128 + 64) * 1024)
    assert.ok(plan.totalBytes <= 256 * MIB && plan.uploadChunkBytes <= without.uploadChunkBytes)
  })

  it('plans for no more than the limit and no more items than workers, or says that it does not fit', () => {
    const any = fc.record({
      limitMib: fc.integer({ min: 64, max: 8192 }),
      memoryEfficient: fc.boolean(),
      downloadMaxWorkers: fc.integer({ min: 1, max: 16 }),
      heldItems: fc.integer({ min: 0, max: 96 }),
      processors: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(any, ({ limitMib, ...rest }) => {
        const limitBytes = limitMib * MIB
        const plan = memoryPlan({ limitBytes, ...rest })
        assert.ok(plan.totalBytes <= limitBytes || !plan.fits)
        assert.ok(plan.itemsAtOnce >= 1 && plan.itemsAtOnce <= rest.downloadMaxWorkers)
        assert.equal(plan.uploadChunkBytes % (256 * 1024), 0)
        assert.ok(
          smallestPlan(limitBytes, rest.downloadMaxWorkers, plan.memoryEfficient, rest.heldItems).itemBytes <=
            plan.itemBytes,
        )
        if (plan.threads === 2) assert.ok(rest.processors > 1 && plan.itemsAtOnce === rest.downloadMaxWorkers)
      }),
    )
  })

  it('keeps to small buffers unless memoryEfficient is false', () => {
    const of = (limitMib: number, memoryEfficient: boolean) =>
      memoryPlan({ ...DEFAULT, limitBytes: limitMib * MIB, memoryEfficient, processors: 1 })
    assert.equal(of(8192, true).itemBytes, of(300, true).itemBytes)
    assert.ok(of(1024, false).itemBytes > 2 * of(1024, true).itemBytes)
    assert.deepEqual([of(1024, false).memoryEfficient, of(512, false).memoryEfficient], [false, true])
  })

  it('adds a second thread where every item has room for one and there is a processor to run it', () => {
    const threads = (limitMib: number, processors: number) =>
      memoryPlan({ ...DEFAULT, limitBytes: limitMib * MIB, processors }).threads
    assert.deepEqual([threads(256, 4), threads(512, 1), threads(512, 2)], [1, 1, 2])
  })

  it('reduces threads first, then buffers, then items at once', () => {
    const plan = (limitMib: number) => memoryPlan({ ...DEFAULT, limitBytes: limitMib * MIB })
    assert.deepEqual([plan(300).threads, plan(300).uploadChunkBytes, plan(300).itemsAtOnce], [1, 4 * MIB, 2])
    assert.deepEqual([plan(256).uploadChunkBytes < 4 * MIB, plan(256).itemsAtOnce], [true, 2])
    assert.equal(plan(220).itemsAtOnce, 1)
    assert.equal(plan(170).fits, false)
  })

  it('keeps row groups as they are when memory is short, for a file’s bytes must not depend on that', () => {
    const limitBytes = 2048 * MIB
    const { memoryEfficient } = memoryPlan({ ...DEFAULT, limitBytes, memoryEfficient: false })
    assert.deepEqual([memoryEfficient, smallestPlan(limitBytes, 2, memoryEfficient).memoryEfficient], [false, false])
  })
})
