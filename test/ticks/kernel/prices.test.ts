import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'

const harness = new KernelHarness()
const { kernel } = harness

describe('books in the kernel', () => {
  it('are crossed where the bid is above the ask, and locked where they are equal', () => {
    for (let rows = 0; rows < 12; rows++)
      for (let odd = 0; odd < rows; odd++) {
        harness.reset()
        const asks = harness.put(Float64Array.from({ length: rows + 1 }, () => 10))
        const bidsWith = (bid: number) =>
          harness.put(Float64Array.from({ length: rows + 1 }, (_, row) => (row === odd || row === rows ? bid : 9.5)))
        const found = [10.5, 10, 9].map(bid => {
          kernel.scanBook(bidsWith(bid), 0, asks, 0, rows)
          return [kernel.crossed.value, kernel.locked.value, kernel.oneSided.value]
        })
        assert.deepEqual(
          found,
          [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 0],
          ],
          `row ${odd} of ${rows}`,
        )
      }
  })
})
