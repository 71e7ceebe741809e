import assert from 'node:assert/strict'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness(16 << 20)
const { kernel } = harness
const random = randomFrom(1)

/** Which rows have a value: all, none, some, and one alone. */
function patterns(rows: number): boolean[][] {
  const of = (valid: (row: number) => boolean) => Array.from({ length: rows }, (_, row) => valid(row))
  return [of(() => true), of(() => false), of(() => random(2) === 0), of(() => random(9) === 0), of(row => row === 3)]
}

const ROWS = [1, 7, 8, 9, 31, 32, 33, 64, 100, 1000]

/** What the values of a page are read with: hyparquet's reader of levels of one bit. */
function levelsOf(bytes: Uint8Array, rows: number): { levels: number[]; length: number } {
  const levels = new Array<number>(rows).fill(-1)
  const reader = { view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 }
  readRleBitPackedHybrid(reader, 1, levels)
  return { levels, length: reader.offset }
}

describe('definition levels', () => {
  it('say which rows have a value', () => {
    for (const rows of ROWS)
      for (const valid of patterns(rows)) {
        const validity = harness.putBits(valid)
        const bytes = harness.written(rows / 8 + 16, out => kernel.writeLevels(validity, 0, rows, out))
        assert.deepEqual(levelsOf(bytes, rows), { levels: valid.map(Number), length: bytes.length })
      }
  })

  it('are those of the page’s own rows', () => {
    const [valid] = patterns(200).slice(2)
    const validity = harness.putBits(valid!)
    const bytes = harness.written(64, out => kernel.writeLevels(validity, 80, 200, out))
    assert.deepEqual(levelsOf(bytes, 120).levels, valid!.slice(80).map(Number))
  })

  it('are a run of a few bytes where no row is null', () => {
    const bytes = harness.written(16, out => kernel.writeLevels(0, 0, 40_960, out))
    assert.ok(bytes.length <= 8)
    assert.deepEqual(levelsOf(bytes, 40_960).levels, new Array(40_960).fill(1))
  })
})

describe('rows without a value', () => {
  it('are counted, in any part of the rows', () => {
    for (const rows of ROWS)
      for (const valid of patterns(rows)) {
        const validity = harness.putBits(valid)
        for (let from = 0; from < rows; from += 8)
          for (const to of [rows, Math.min(rows, from + 37)])
            assert.equal(kernel.countValues(validity, from, to), valid.slice(from, to).filter(Boolean).length)
      }
  })

  it('leave no gap between the other values', () => {
    for (const rows of ROWS)
      for (const valid of patterns(rows)) {
        const validity = harness.putBits(valid)
        const present = <T>(values: readonly T[]) => values.filter((_, row) => valid[row])
        const wide = Array.from({ length: rows }, () => BigInt(random(2 ** 32)) << 20n)
        const narrow = wide.map(value => Number(value >> 20n))
        const [values64, values32] = [harness.put(BigInt64Array.from(wide)), harness.put(Uint32Array.from(narrow))]
        const out64 = harness.room((rows + 1) * 8)
        const out32 = harness.room((rows + 1) * 4)
        const count = kernel.gather64(values64, validity, rows, out64)
        assert.equal(kernel.gather32(values32, validity, rows, out32), count)
        assert.deepEqual([...new BigInt64Array(kernel.memory.buffer, out64, count)], present(wide))
        assert.deepEqual([...new Uint32Array(kernel.memory.buffer, out32, count)], present(narrow))
      }
  })

  it('leave the other texts as they are', () => {
    for (const rows of ROWS)
      for (const valid of patterns(rows)) {
        const texts = valid.map((isValid, row) => (isValid ? `${row}`.repeat(row % 4) : ''))
        const { offsets, data } = harness.putTexts(texts)
        const out = harness.room((rows + 1) * 4)
        const count = kernel.gatherOffsets(offsets, harness.putBits(valid), rows, out)
        const ends = new Int32Array(kernel.memory.buffer, out, count + 1)
        const found = Array.from({ length: count }, (_, i) =>
          Buffer.from(harness.bytes(data + ends[i]!, data + ends[i + 1]!)).toString(),
        )
        assert.deepEqual(
          found,
          texts.filter((_, row) => valid[row]),
        )
      }
  })
})
