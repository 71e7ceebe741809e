import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const DISTINCT = 1000

describe('the dictionary of doubles that share a place in its table', () => {
  it('tells them apart, whichever was first and however far they are apart', () => {
    const harness = new KernelHarness()
    const { kernel } = harness
    const random = randomFrom(1)
    // Of 1,000 values among 4,096 places each finds another one at its place now and then, also one of the values just before.
    for (let run = 0; run < 150; run++) {
      harness.reset()
      const distinct = Array.from({ length: DISTINCT }, () => random(2 ** 32) / 1000)
      const values = [...distinct, ...distinct, ...distinct.toReversed()]
      const [address, table] = [harness.put(Float64Array.from(values)), harness.room(kernel.TABLE_BYTES.value)]
      const [codes, dictionary] = [harness.room(values.length * 4), harness.room(kernel.MAX_DISTINCT.value * 8)]
      const count = kernel.buildDictionary(address, values.length, table, codes, dictionary, run * 300)
      assert.equal(count, new Set(distinct).size)
      const texts = new Float64Array(kernel.memory.buffer, dictionary, count)
      const found = Array.from(new Uint32Array(kernel.memory.buffer, codes, values.length), code => texts[code])
      assert.deepEqual(found, values)
    }
  })

  it('finds a zero that is not in it yet, whatever stands in front of it', () => {
    for (const before of [0, 0xa5]) {
      const harness = new KernelHarness()
      const { kernel } = harness
      const [address, table] = [harness.put(Float64Array.of(5, 0, -0, 0, 5)), harness.room(kernel.TABLE_BYTES.value)]
      const [codes, dictionary] = [harness.room(20), harness.room(kernel.MAX_DISTINCT.value * 8)]
      harness.bytes(dictionary - 64, dictionary).fill(before)
      assert.equal(kernel.buildDictionary(address, 5, table, codes, dictionary, 0), 3)
      assert.deepEqual([...new Uint32Array(kernel.memory.buffer, codes, 5)], [0, 1, 2, 1, 0])
    }
  })
})
