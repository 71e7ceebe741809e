import assert from 'node:assert/strict'
import fc from 'fast-check'
import { KernelHarness } from '../../support/kernel-harness.ts'

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, holds), { seed: 1, numRuns: 200 })

const harness = new KernelHarness()
const { kernel } = harness

function rangeOfTexts(texts: readonly string[]): [string, string] {
  harness.reset()
  const { offsets, data } = harness.putTexts(texts)
  kernel.textRange(offsets, data, texts.length)
  return [texts[kernel.firstText.value]!, texts[kernel.lastText.value]!]
}

describe('statistics', () => {
  it('are the smallest and largest integers, whatever their sign', () => {
    check(fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { minLength: 1 }), values => {
      kernel.integerRange(put(BigInt64Array.from(values)), values.length)
      const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
      assert.equal(kernel.smallestInteger.value, sorted[0])
      assert.equal(kernel.largestInteger.value, sorted.at(-1))
    })
  })

  it('are the smallest and largest doubles', () => {
    check(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), values => {
      kernel.doubleRange(put(Float64Array.from(values)), values.length)
      // Adding 0 takes a zero's sign away, which does not count here.
      assert.equal(kernel.smallestDouble.value + 0, Math.min(...values) + 0)
      assert.equal(kernel.largestDouble.value + 0, Math.max(...values) + 0)
    })
  })

  it('compare texts by their bytes, as unsigned numbers', () => {
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

  it('put a beginning before the whole text, and U+10FFFF after U+FFFD', () => {
    assert.deepEqual(rangeOfTexts(['abc', 'ab', 'abcd', 'ab']), ['ab', 'abcd'])
    assert.deepEqual(rangeOfTexts(['\u{10ffff}', '\ufffd', 'z']), ['z', '\u{10ffff}'])
    assert.deepEqual(rangeOfTexts(['', 'a']), ['', 'a'])
    assert.deepEqual(rangeOfTexts(['one']), ['one', 'one'])
  })

  it('give the largest code', () => {
    check(fc.array(fc.nat(0xffff_ffff), { minLength: 1 }), codes => {
      assert.equal(kernel.largestCode(put(Uint32Array.from(codes)), codes.length) >>> 0, Math.max(...codes))
    })
  })
})

function put(values: NodeJS.TypedArray): number {
  harness.reset()
  return harness.put(values)
}
