import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness()
const { kernel } = harness

const random = randomFrom(5)
const ROWS = [0, 1, 2, 3, 8, 9, 50]
/** Which rows have a value; undefined where all have one. */
const presences = (rows: number) => [
  undefined,
  ...[1, 2].map(n => Array.from({ length: rows }, () => random(n + 1) < n)),
]

/** A column of values, some of them equal, zero or below it; behind it stands one that must not count. */
function columnOf(rows: number, present: readonly boolean[] | undefined) {
  const values = Array.from({ length: rows }, () => (random(9) - 3) / 4)
  const address = harness.put(Float64Array.from([...values, -1e9, 1e9]))
  return { values, address, validity: present ? harness.putBits(present) : 0 }
}

describe('prices and amounts in the kernel', () => {
  it('have the range that a loop finds, and as many that are not above zero', () => {
    for (const rows of ROWS)
      for (const present of presences(rows)) {
        harness.reset()
        const { values, address, validity } = columnOf(rows, present)
        kernel.scanValues(address, validity, rows)
        const found = values.filter((_, row) => present?.[row] ?? true)
        assert.deepEqual(
          [kernel.smallestValue.value, kernel.largestValue.value, kernel.nonPositive.value],
          [Math.min(...found), Math.max(...found), found.filter(value => value <= 0).length],
          `${found} of ${rows}`,
        )
      }
  })

  it('are summed up over the rows that have both', () => {
    for (const rows of ROWS)
      for (const hasPrice of presences(rows))
        for (const hasAmount of presences(rows)) {
          harness.reset()
          const [prices, amounts] = [columnOf(rows, hasPrice), columnOf(rows, hasAmount)]
          kernel.sumTrades(prices.address, prices.validity, amounts.address, amounts.validity, rows)
          let [volume, notional] = [0, 0]
          for (let row = 0; row < rows; row++) {
            if (!(hasPrice?.[row] ?? true) || !(hasAmount?.[row] ?? true)) continue
            volume += amounts.values[row]!
            notional += amounts.values[row]! * prices.values[row]!
          }
          assert.deepEqual([kernel.volume.value, kernel.notional.value], [volume, notional])
        }
  })
})

describe('flags in the kernel', () => {
  it('start where one is set and the one before is not', () => {
    for (const rows of [0, 1, 31, 32, 33, 64, 65, 100])
      for (const share of [1, 2, 5])
        for (const previous of [false, true]) {
          harness.reset()
          const flags = Array.from({ length: rows }, () => random(share) === 0)
          const address = harness.putBits([...flags, true, false, true])
          const starts = flags.filter((flag, row) => flag && !(row === 0 ? previous : flags[row - 1])).length
          assert.equal(kernel.countStarts(address, rows, previous), starts, `${flags} after ${previous}`)
        }
  })
})

describe('books in the kernel', () => {
  it('are what a loop finds, where rows have a bid and an ask, one of them or none', () => {
    for (const rows of ROWS)
      for (const hasBid of presences(rows))
        for (const hasAsk of presences(rows)) {
          harness.reset()
          const [bids, asks] = [columnOf(rows, hasBid), columnOf(rows, hasAsk)]
          kernel.scanBook(bids.address, bids.validity, asks.address, asks.validity, rows)
          let [crossed, locked, oneSided] = [0, 0, 0]
          for (let row = 0; row < rows; row++) {
            const sides = [hasBid?.[row] ?? true, hasAsk?.[row] ?? true]
            if (sides[0] !== sides[1]) oneSided++
            if (!sides[0] || !sides[1]) continue
            if (bids.values[row]! > asks.values[row]!) crossed++
            if (bids.values[row]! === asks.values[row]!) locked++
          }
          assert.deepEqual(
            [kernel.crossed.value, kernel.locked.value, kernel.oneSided.value],
            [crossed, locked, oneSided],
          )
        }
  })

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
