import assert from 'node:assert/strict'
import fc from 'fast-check'
import { KNOWN_DATA_TYPES } from '../../../functions/market/names.ts'
import { bufferPlan, ROW_GROUPS, smallestPlan } from '../../../functions/runtime/memory/buffer-plan.ts'
import { createKernel } from '../../../functions/ticks/kernel.ts'
import { KIND } from '../../../functions/ticks/kernel-constants.ts'
import { LARGE, type Layout, layOut, PAGE_ROWS, type Sizes, SMALL } from '../../../functions/ticks/layout.ts'
import { frameBound } from '../../../functions/ticks/parquet/compress.ts'
import { columnTypes, standardSchema } from '../../../functions/ticks/schema.ts'

const MIB = 1048576
const DEFAULT = { limitBytes: 256 * MIB, memoryEfficient: true, workers: 2, processors: 2 }

describe('bufferPlan', () => {
  it('keeps the sum of all bounds within the default allocation, with two items at once', () => {
    const plan = bufferPlan(DEFAULT)
    const sum = plan.parts.reduce((total, { bytes, count }) => total + bytes * count, 0)
    assert.equal(plan.totalBytes, sum)
    assert.ok(sum <= 256 * MIB, `${sum / MIB} MiB`)
    assert.deepEqual([plan.itemsAtOnce, plan.fits, plan.threads], [2, true, 1])
  })

  it('never plans for more than there is, nor for more items than workers, unless it says so', () => {
    const any = fc.record({
      limitMib: fc.integer({ min: 64, max: 8192 }),
      memoryEfficient: fc.boolean(),
      workers: fc.integer({ min: 1, max: 16 }),
      processors: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(any, ({ limitMib, ...rest }) => {
        const limitBytes = limitMib * MIB
        const plan = bufferPlan({ limitBytes, ...rest })
        assert.ok(plan.totalBytes <= limitBytes || !plan.fits)
        assert.ok(plan.itemsAtOnce >= 1 && plan.itemsAtOnce <= rest.workers)
        assert.equal(plan.uploadChunkBytes % (256 * 1024), 0)
        assert.ok(smallestPlan(limitBytes, rest.workers, plan.smallRowGroups).itemBytes <= plan.itemBytes)
        if (plan.threads === 2) assert.ok(rest.processors > 1 && plan.itemsAtOnce === rest.workers)
      }),
    )
  })

  it('stays small however much there is, and takes what there is only when told', () => {
    const of = (limitMib: number, memoryEfficient: boolean) =>
      bufferPlan({ ...DEFAULT, limitBytes: limitMib * MIB, memoryEfficient, processors: 1 })
    assert.equal(of(8192, true).itemBytes, of(300, true).itemBytes)
    assert.ok(of(1024, false).itemBytes > 2 * of(1024, true).itemBytes)
    assert.deepEqual([of(1024, false).smallRowGroups, of(512, false).smallRowGroups], [false, true])
  })

  it('adds a second thread where every item has room for one and there is a processor to run it', () => {
    const threads = (limitMib: number, processors: number) =>
      bufferPlan({ ...DEFAULT, limitBytes: limitMib * MIB, processors }).threads
    assert.deepEqual([threads(256, 4), threads(512, 1), threads(512, 2)], [1, 1, 2])
  })

  it('gives up the second thread first, then buffers, then items at once', () => {
    const plan = (limitMib: number) => bufferPlan({ ...DEFAULT, limitBytes: limitMib * MIB })
    assert.deepEqual([plan(300).threads, plan(300).uploadChunkBytes, plan(300).itemsAtOnce], [1, 4 * MIB, 2])
    assert.deepEqual([plan(256).uploadChunkBytes < 4 * MIB, plan(256).itemsAtOnce], [true, 2])
    assert.equal(plan(220).itemsAtOnce, 1)
    assert.equal(plan(170).fits, false)
  })

  it('keeps row groups as they are when memory is short, for a file’s bytes must not depend on that', () => {
    const limitBytes = 2048 * MIB
    const { smallRowGroups } = bufferPlan({ ...DEFAULT, limitBytes, memoryEfficient: false })
    assert.deepEqual([smallRowGroups, smallestPlan(limitBytes, 2, smallRowGroups).smallRowGroups], [false, false])
  })
})

describe('what the plan allows a conversion', () => {
  for (const [name, sizes] of [
    ['small', SMALL],
    ['large', LARGE],
  ] as const) {
    it(`is what the widest data type takes with ${name} row groups, and hardly more`, () => {
      const allowed = ROW_GROUPS[name]
      const found = KNOWN_DATA_TYPES.map(dataType => {
        const layOutFor = (places: 1 | 2) =>
          layOut(createKernel(), columnTypes(standardSchema(dataType)), sizes, places)
        const [one, two] = [layOutFor(1), layOutFor(2)]
        return {
          kernel: one.totalBytes,
          place: two.totalBytes - one.totalBytes,
          frame: frameOf(one, sizes),
        }
      })
      for (const [part, bytes] of [
        ['kernel', allowed.kernelBytes],
        ['place', allowed.placeBytes],
        ['frame', allowed.frameBytes],
      ] as const) {
        const most = Math.max(...found.map(one => one[part]))
        assert.ok(most <= bytes && most > 0.9 * bytes, `${part}: ${most / MIB} MiB found, ${bytes / MIB} allowed`)
      }
    })
  }
})

/** The compressed page of a column whose row group's text is all in one page, or of plain values. */
function frameOf({ groups }: Layout, { textBytes }: Sizes): number {
  const hasText = groups[0]!.columns.some(({ kind }) => kind === KIND.TEXT)
  return frameBound(hasText ? textBytes + PAGE_ROWS * 18 : PAGE_ROWS * 9)
}
