import assert from 'node:assert/strict'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'
import { decodeHybrid } from '../../support/readers/parquet-encodings.ts'

const harness = new KernelHarness(64 << 20)

function encode(values: readonly number[], width: number): Buffer {
  const address = harness.put(Uint32Array.from(values))
  const most = 40 + values.length * 5
  return harness.written(most, out => harness.kernel.writeHybrid(address, values.length, width, 0, out))
}

function assertRoundTrip(values: readonly number[], width: number, what: string): void {
  const bytes = encode(values, width)
  const found = decodeHybrid(bytes, width).values
  assert.deepEqual(found.slice(0, values.length), values, what)
  // Only the last group may hold more than was given: zeros, so that the bytes depend on the values alone.
  assert.ok(found.length - values.length < 8, what)
  assert.ok(
    found.slice(values.length).every(value => value === 0),
    what,
  )
  if (width > 24) return
  const output = new Array<number>(values.length).fill(-1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  readRleBitPackedHybrid({ view, offset: 0 }, width, output, bytes.length)
  assert.deepEqual(output, values, `${what}, hyparquet`)
}

describe('the RLE / bit-packing hybrid', () => {
  for (let width = 1; width <= 32; width++)
    it(`can be read back for values of ${width} bits`, () => {
      const random = randomFrom(width)
      const any = () => random(2 ** width)
      const largest = 2 ** width - 1
      for (const count of [1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 200])
        assertRoundTrip(Array.from({ length: count }, any), width, `${count} values`)
      assertRoundTrip(new Array(100).fill(largest), width, 'a run of the largest value')
      const mixed: number[] = []
      while (mixed.length < 3000) mixed.push(...new Array(1 + random(40)).fill(random(3) ? any() : largest))
      assertRoundTrip(mixed, width, 'runs of every length')
    })

  it('writes the ranks of values of 16 bits, in runs and between them', () => {
    const random = randomFrom(3)
    for (const distinct of [257, 65_536]) {
      harness.reset()
      // The last rank is the first value's, so that the zeros that fill a group up are told from ranks.
      const ranks = Uint16Array.from({ length: distinct }, (_, value) => distinct - 1 - value)
      const values: number[] = [0, distinct - 1]
      while (values.length < 5003) values.push(...new Array(1 + random(40)).fill(random(distinct)))
      const [address, ranksAt] = [harness.put(Uint32Array.from(values)), harness.put(ranks)]
      const bytes = harness.written(values.length * 3, out =>
        harness.kernel.writeHybrid(address, values.length, 16, ranksAt, out),
      )
      const expected = values.map(value => ranks[value]!)
      assert.deepEqual(decodeHybrid(bytes, 16).values.slice(0, values.length), expected)
      assert.ok(bytes.equals(encode(expected, 16)))
    }
  })

  it('writes nothing for no values', () => assert.equal(encode([], 8).length, 0))

  it('finds runs: a column of one value takes a few bytes', () => {
    assert.equal(encode(new Array(40_960).fill(5), 8).length, 4)
    const { runs, groups } = decodeHybrid(encode([...new Array(16).fill(1), ...new Array(16).fill(2)], 8), 8)
    assert.deepEqual({ runs, groups }, { runs: 2, groups: 0 })
  })

  it('takes no more than its bits where there are no runs', () => {
    const values = Array.from({ length: 8000 }, (_, i) => i % 251)
    assert.ok(encode(values, 8).length <= 8000 + 3)
  })

  it('has a width for every largest value, which holds it', () => {
    for (const largest of [0, 1, 2, 3, 4, 15, 16, 255, 256, 65_535, 65_536, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1]) {
      const width = harness.kernel.bitWidth(largest)
      assert.ok(width >= 1 && width <= 32 && 2 ** width > largest, `${largest}: ${width}`)
      assertRoundTrip([0, largest, ...new Array(20).fill(largest), 0], width, `up to ${largest}`)
    }
  })
})
