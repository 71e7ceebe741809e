import assert from 'node:assert/strict'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { createKernel } from '../../functions/ticks/kernel.ts'
import { KIND } from '../../functions/ticks/kernel-constants.ts'
import { LARGE, type Layout, layOut, PAGE_ROWS, type Sizes, SMALL } from '../../functions/ticks/layout.ts'
import { ROW_GROUPS } from '../../functions/ticks/memory.ts'
import { frameBound } from '../../functions/ticks/parquet/compress.ts'

const MIB = 1048576

describe('ticks/memory: the bound of a conversion', () => {
  for (const [name, sizes] of [
    ['small', SMALL],
    ['large', LARGE],
  ] as const) {
    it(`is what the widest data type takes with ${name} row groups, and hardly more`, () => {
      const allowed = ROW_GROUPS[name]
      const found = KNOWN_DATA_TYPES.map(dataType => {
        const layOutFor = (places: 1 | 2) => layOut(createKernel(), standardColumns(dataType), sizes, places)
        const [one, two] = [layOutFor(1), layOutFor(2)]
        return {
          kernel: one.totalBytes,
          secondGroup: two.totalBytes - one.totalBytes,
          frame: frameOf(one, sizes),
        }
      })
      for (const [part, bytes] of [
        ['kernel', allowed.kernelBytes],
        ['secondGroup', allowed.secondGroupBytes],
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
