import assert from 'node:assert/strict'
import { readPlain } from 'hyparquet/src/plain.js'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness()
const { kernel } = harness

function readerOf(bytes: Uint8Array) {
  return { view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 }
}

describe('PLAIN', () => {
  it('writes the bits of the booleans that have a value', () => {
    const random = randomFrom(1)
    for (const rows of [1, 7, 8, 9, 64, 1000])
      for (const share of [1, 2, 10]) {
        const bits = Array.from({ length: rows }, () => random(2) === 1)
        const valid = bits.map(() => random(share) === 0)
        const present = bits.filter((_, row) => valid[row])
        const [values, validity] = [harness.putBits(bits), harness.putBits(valid)]
        const bytes = harness.written(rows / 8 + 1, out => kernel.writeBooleans(values, validity, 0, rows, out))
        assert.equal(bytes.length, Math.ceil(present.length / 8))
        assert.deepEqual([...readPlain(readerOf(bytes), 'BOOLEAN', present.length, undefined)], present)
      }
  })

  it('writes booleans without nulls of any page', () => {
    const bits = Array.from({ length: 100 }, (_, i) => i % 3 === 0)
    const values = harness.putBits(bits)
    const bytes = harness.written(16, out => kernel.writeBooleans(values, 0, 16, 100, out))
    assert.deepEqual([...readPlain(readerOf(bytes), 'BOOLEAN', 84, undefined)], bits.slice(16))
  })

  it('writes each text after its length', () => {
    const texts = ['', 'a', 'buy', '€', 'x'.repeat(1000), '']
    const { offsets, data } = harness.putTexts(texts)
    const bytes = harness.written(2000, out => kernel.writeTexts(offsets, data, texts.length, out))
    const found = [...readPlain(readerOf(bytes), 'BYTE_ARRAY', texts.length, undefined)] as Uint8Array[]
    assert.deepEqual(
      found.map(text => Buffer.from(text).toString()),
      texts,
    )
    assert.equal(
      bytes.length,
      texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0),
    )
  })
})
