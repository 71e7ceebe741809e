import assert from 'node:assert/strict'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'
import { decodeDeltaBinaryPacked } from '../../support/readers/parquet-encodings.ts'

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

const harness = new KernelHarness(64 << 20)
const random = randomFrom(1)
const random64 = () => BigInt.asIntN(64, (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32)))
const list = (count: number, value: (i: number) => bigint) => Array.from({ length: count }, (_, i) => value(i))

function encode(values: readonly bigint[]): Buffer {
  const address = harness.put(BigInt64Array.from(values))
  const most = 64 + Math.ceil(values.length / 128) * (14 + 128 * 8)
  return harness.written(most, out => harness.kernel.writeDeltaBinaryPacked(address, values.length, out))
}

function assertRoundTrip(values: readonly bigint[]): Buffer {
  const bytes = encode(values)
  const { values: found, end } = decodeDeltaBinaryPacked(bytes)
  assert.deepEqual(found, values)
  assert.ok(end <= bytes.length)
  const output = new BigInt64Array(values.length)
  deltaBinaryUnpack({ view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 }, values.length, output)
  assert.deepEqual([...output], values)
  return bytes
}

describe('DELTA_BINARY_PACKED', () => {
  it('can be read back for any number of values, around the ends of blocks and miniblocks', () => {
    for (const count of [1, 2, 31, 32, 33, 34, 64, 65, 127, 128, 129, 130, 256, 257, 258, 1000])
      assertRoundTrip(list(count, random64))
  })

  it('writes a header only for no values', () => {
    const { values } = decodeDeltaBinaryPacked(encode([]))
    assert.deepEqual(values, [])
  })

  it('takes two or three bytes for a row’s time', () => {
    let time = 1_723_161_255_088_176n
    const bytes = assertRoundTrip(list(40_960, () => (time += BigInt(random(60_000)))))
    assert.ok(bytes.length < 40_960 * 2.1, `${bytes.length} bytes`)
  })

  it('takes next to nothing for equal values or equal steps', () => {
    assert.ok(assertRoundTrip(list(12_800, () => -7n)).length < 1000)
    assert.ok(assertRoundTrip(list(12_800, i => BigInt(i) * -1000n)).length < 1000)
  })

  for (let bits = 0n; bits <= 64n; bits++)
    it(`can be read back for differences of ${bits} bits`, () => {
      const step = () => BigInt.asUintN(Number(bits), random64())
      let value = 0n
      assertRoundTrip(list(300, () => (value = BigInt.asIntN(64, value + step()))))
      assertRoundTrip(list(300, i => (i % 2 === 0 ? 0n : BigInt.asIntN(64, step()))))
    })

  it('wraps around for differences that are larger than an integer', () => {
    assertRoundTrip([MIN, MAX])
    assertRoundTrip([MAX, MIN])
    assertRoundTrip([0n, MIN, MAX, -1n, 1n, MIN, MIN, MAX, MAX, 0n])
    assertRoundTrip(list(500, i => (i % 2 === 0 ? MIN : MAX)))
    assertRoundTrip(list(500, () => [MIN, 0n, MAX, -1n, MIN + 1n, MAX - 1n][random(6)]!))
  })
})
