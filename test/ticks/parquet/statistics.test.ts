import assert from 'node:assert/strict'
import fc from 'fast-check'
import { KernelHarness } from '../../support/kernel-harness.ts'

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, holds), { seed: 1, numRuns: 200 })

function rangeOfTexts(texts: readonly string[]): [string, string] {
  const harness = new KernelHarness(1 << 20)
  const { offsets, data } = harness.putTexts(texts)
  harness.kernel.textRange(offsets, data, texts.length)
  return [texts[harness.kernel.firstText.value]!, texts[harness.kernel.lastText.value]!]
}

describe('statistics', () => {
  it('of integers are the smallest and the largest, whatever their sign', () => {
    check(fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { minLength: 1 }), values => {
      const { kernel, ...harness } = harnessOf(BigInt64Array.from(values))
      kernel.integerRange(harness.address, values.length)
      const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
      assert.equal(kernel.smallestInteger.value, sorted[0])
      assert.equal(kernel.largestInteger.value, sorted.at(-1))
    })
  })

  it('of doubles are the smallest and the largest', () => {
    check(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), values => {
      const { kernel, address } = harnessOf(Float64Array.from(values))
      kernel.doubleRange(address, values.length)
      // Adding 0 takes a zero's sign away, which does not count here.
      assert.equal(kernel.smallestDouble.value + 0, Math.min(...values) + 0)
      assert.equal(kernel.largestDouble.value + 0, Math.max(...values) + 0)
    })
  })

  it('of texts go by their bytes, as unsigned numbers', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: fc.constantFrom('a', 'ÿ', 'é') }),
    )
    check(fc.array(text, { minLength: 1, maxLength: 40 }), values => {
      const texts = values.map(value => value.toWellFormed())
      const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      assert.deepEqual(rangeOfTexts(texts), [sorted[0], sorted.at(-1)])
    })
  })

  it('of texts: a beginning comes before the whole, and U+10FFFF after U+FFFD', () => {
    assert.deepEqual(rangeOfTexts(['abc', 'ab', 'abcd', 'ab']), ['ab', 'abcd'])
    assert.deepEqual(rangeOfTexts(['\u{10ffff}', '\ufffd', 'z']), ['z', '\u{10ffff}'])
    assert.deepEqual(rangeOfTexts(['', 'a']), ['', 'a'])
    assert.deepEqual(rangeOfTexts(['one']), ['one', 'one'])
  })

  it('of codes are the largest', () => {
    check(fc.array(fc.nat(0xffff_ffff), { minLength: 1 }), codes => {
      const { kernel, address } = harnessOf(Uint32Array.from(codes))
      assert.equal(kernel.largestCode(address, codes.length) >>> 0, Math.max(...codes))
    })
  })
})

function harnessOf(values: NodeJS.TypedArray) {
  const harness = new KernelHarness(values.byteLength + 65_536)
  return { kernel: harness.kernel, address: harness.put(values) }
}
