import assert from 'node:assert/strict'
import fc from 'fast-check'
import { deltaByteArray } from 'hyparquet/src/delta.js'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { decodeDeltaByteArray } from '../../support/readers/parquet-encodings.ts'

const harness = new KernelHarness()

function encode(texts: readonly string[]): Buffer {
  harness.reset()
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const { offsets, data } = harness.putTexts(texts)
  const lengths = harness.room(texts.length * 16)
  const most = bytes + texts.length * 18 + 2200
  return harness.written(most, out => harness.kernel.writeDeltaByteArray(offsets, data, texts.length, lengths, out))
}

function assertRoundTrip(texts: readonly string[]): Buffer {
  const bytes = encode(texts)
  const { values, end } = decodeDeltaByteArray(bytes)
  assert.deepEqual(
    values.map(value => value.toString()),
    texts,
  )
  assert.equal(end, bytes.length)
  const output: Uint8Array[] = []
  deltaByteArray({ view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 }, texts.length, output)
  assert.deepEqual(
    output.map(value => Buffer.from(value).toString()),
    texts,
  )
  return bytes
}

describe('DELTA_BYTE_ARRAY', () => {
  it('can be read back for any texts', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: fc.constantFrom('a', 'b') }))
    const property = fc.property(fc.array(text, { minLength: 1, maxLength: 300 }), texts => {
      assertRoundTrip(texts.map(t => t.toWellFormed()))
    })
    fc.assert(property, { seed: 1, numRuns: 60 })
  })

  it('shares no longer a beginning than both texts have', () => {
    assertRoundTrip(['', '', 'a', 'ab', 'abc', 'ab', 'a', '', 'abc'])
    assertRoundTrip(['12345678', '12345678', '123456789', '12345678', '1234567', '1234567X', '12345678'])
    assertRoundTrip(['x'.repeat(5000), 'x'.repeat(5000), `${'x'.repeat(4999)}y`, 'x'.repeat(17), 'y'])
  })

  it('does not take the bytes after a text for a part of it', () => {
    // Both are followed by the same bytes, the beginning of the text after them.
    assertRoundTrip(['abc', 'abcdef', 'abc', 'abcdefgh', 'abcde', 'abcde', 'fgh'])
  })

  it('takes two or three bytes for an id that counts up', () => {
    const bytes = assertRoundTrip(Array.from({ length: 10_000 }, (_, i) => String(5_266_583_935 + i)))
    assert.ok(bytes.length < 10_000 * 3.5, `${bytes.length} bytes`)
  })
})
