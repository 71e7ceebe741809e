import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

/** The dictionary and codes that the kernel makes, or undefined where it would rather not. */
function build(values: Float64Array, expected = 0): { dictionary: Float64Array; codes: Uint32Array } | undefined {
  const harness = new KernelHarness(values.byteLength * 2 + (4 << 20))
  const { kernel } = harness
  const address = harness.put(values)
  const table = harness.room(kernel.TABLE_BYTES.value)
  const codes = harness.room(values.length * 4)
  const dictionary = harness.room(kernel.MAX_DISTINCT.value * 8)
  const count = kernel.buildDictionary(address, values.length, table, codes, dictionary, expected)
  if (count < 0) return undefined
  const { buffer } = kernel.memory
  return {
    dictionary: new Float64Array(buffer, dictionary, count),
    codes: new Uint32Array(buffer, codes, values.length),
  }
}

function assertRoundTrip(values: Float64Array): Float64Array {
  const built = build(values)
  for (const expected of [1, 300, 3000, 1_000_000]) assert.deepEqual(build(values, expected), built)
  assert.ok(built, 'a dictionary')
  const found = Float64Array.from(built.codes, code => built.dictionary[code]!)
  assert.deepEqual(new BigUint64Array(found.buffer), new BigUint64Array(values.buffer))
  assert.equal(new Set(new BigUint64Array(built.dictionary.slice().buffer)).size, built.dictionary.length)
  return built.dictionary
}

describe('the dictionary of doubles', () => {
  it('holds each value once, in order of first use', () => {
    assert.deepEqual([...assertRoundTrip(Float64Array.of(2.5, 1, 2.5, 2.5, 7, 1))], [2.5, 1, 7])
    assert.deepEqual([...assertRoundTrip(Float64Array.of(0))], [0])
    assert.deepEqual([...assertRoundTrip(new Float64Array(1000))], [0])
  })

  it('distinguishes values by their bits', () => {
    const dictionary = assertRoundTrip(Float64Array.of(0, -0, 0, 5e-324, -5e-324, 1, 1 + Number.EPSILON))
    assert.equal(dictionary.length, 6)
    assert.ok(Object.is(dictionary[1], -0))
  })

  for (const distinct of [2, 3, 100, 1024, 1025, 5000, 8192, 8193, 30_000, 65_536])
    it(`finds all of ${distinct} values in any order`, () => {
      const random = randomFrom(distinct)
      const count = distinct * 3
      // Each at least once; close together, as prices are.
      const values = Float64Array.from(
        { length: count },
        (_, i) => 61_800 + (i < distinct ? i : random(distinct)) / 100,
      )
      // What is common comes first, or the values would be taken for ones that never repeat.
      const common = new Float64Array(9000).fill(61_800)
      assert.equal(assertRoundTrip(Float64Array.from([...common, ...values])).length, distinct)
    })

  it('is not used for more values than it has room for, nor for values that hardly repeat', () => {
    const common = new Float64Array(200_000).fill(1)
    assert.equal(build(Float64Array.from([...common, ...Array.from({ length: 65_536 }, (_, i) => i + 2)])), undefined)
    assert.equal(build(Float64Array.from({ length: 20_000 }, (_, i) => i)), undefined)
    assert.equal(build(Float64Array.from({ length: 1000 }, (_, i) => i)), undefined)
  })

  it('is used as long as three quarters of the values are distinct, and always for up to 64 values', () => {
    const values = (count: number, distinct: number) => Float64Array.from({ length: count }, (_, i) => i % distinct)
    for (const [count, distinct] of [
      [64, 64],
      [65, 48],
      [100, 75],
      [8193, 6144],
    ] as const) {
      assert.equal(assertRoundTrip(values(count, distinct)).length, distinct)
      if (count > 64) assert.equal(build(values(count, distinct + 1)), undefined, `${distinct + 1} of ${count}`)
    }
  })

  it('is given up after 8193 values of which more than 6144 are distinct, whatever follows', () => {
    const values = (distinct: number) => Float64Array.from({ length: 30_000 }, (_, i) => Math.min(i, distinct - 1))
    assert.equal(assertRoundTrip(values(6144)).length, 6144)
    assert.equal(build(values(6145)), undefined)
  })
})
