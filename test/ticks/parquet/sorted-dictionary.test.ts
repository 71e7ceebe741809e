import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness(8 << 20)
const { kernel } = harness

/** The values in the kernel's order, and the place of each. */
function sort(values: Float64Array): { sorted: Float64Array; ranks: Uint16Array } {
  harness.reset()
  const address = harness.put(values)
  const table = harness.room(kernel.TABLE_BYTES.value)
  harness.bytes(table, table + kernel.TABLE_BYTES.value).fill(0xa5)
  let ranks = 0
  const sorted = harness.written(values.byteLength, out => {
    ranks = kernel.sortDictionary(address, values.length, table, out)
    return out + values.byteLength
  })
  assert.ok(ranks >= table && ranks + values.length * 2 <= table + kernel.TABLE_BYTES.value)
  const { buffer } = kernel.memory
  return {
    sorted: new Float64Array(Uint8Array.from(sorted).buffer),
    ranks: new Uint16Array(buffer, ranks, values.length).slice(),
  }
}

const bitsOf = (values: Float64Array) => [...new BigUint64Array(values.slice().buffer)]

/** Every value stands at its place, so that every place is taken once. */
function sortedOf(values: Float64Array): Float64Array {
  const { sorted, ranks } = sort(values)
  assert.deepEqual(bitsOf(Float64Array.from(ranks, rank => sorted[rank]!)), bitsOf(values))
  assert.equal(new Set(ranks).size, values.length)
  return sorted
}

describe('a dictionary that is sorted', () => {
  for (const count of [1, 2, 255, 256, 257, 2048, 5000, 65_535, 65_536])
    it(`has ${count} prices in ascending order, and the place of each`, () => {
      const random = randomFrom(count)
      const prices = new Set<number>()
      while (prices.size < count) prices.add(61_800 + random(count * 2) / 100)
      assert.deepEqual(
        sortedOf(Float64Array.from(prices)),
        Float64Array.from(prices).sort((a, b) => a - b),
      )
    })

  it('has negative values before positive ones, and −0 before 0', () => {
    const values = Float64Array.of(1, 1e300, -1, 0, -1e300, 1e-300, -1e-300)
    assert.deepEqual([...sortedOf(values)], [-1e300, -1, -1e-300, 0, 1e-300, 1, 1e300])
    assert.deepEqual(bitsOf(sortedOf(Float64Array.of(0, -0))), bitsOf(Float64Array.of(-0, 0)))
    assert.deepEqual(bitsOf(sortedOf(Float64Array.of(-1, -2, -3))), bitsOf(Float64Array.of(-3, -2, -1)))
  })

  it('keeps the order of values that differ in low bits alone, where others differ more', () => {
    const [a, b, c] = [1 + Number.EPSILON * 2, 1, 1 + Number.EPSILON]
    assert.deepEqual([...sortedOf(Float64Array.of(1e300, a, b, c, -1e300))], [-1e300, a, b, c, 1e300])
    assert.deepEqual([...sortedOf(Float64Array.of(a, b, c))], [b, c, a])
  })

  it('holds random bits, each at its place, in the order of their highest bits', () => {
    const random = randomFrom(7)
    const values = Float64Array.from({ length: 20_000 }, () => (random(2 ** 32) - 2 ** 31) * 2 ** (random(2000) - 1000))
    const sorted = sortedOf(Float64Array.from(new Set(values)))
    // 22 bits of a range of all doubles: sign, exponent and the ten highest bits of the fraction.
    for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i]! >= sorted[i - 1]! - Math.abs(sorted[i - 1]!) * 2 ** -9)
  })
})
