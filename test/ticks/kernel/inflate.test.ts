import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { BitWriter, farMatches, type Random, random, randomBytes, texts } from './deflate-samples.ts'
import {
  always,
  assertInflates,
  byZlib,
  inflate,
  inputAt,
  kernel,
  memory,
  OUTPUT_FULL,
  STREAM_END,
  whole,
  windowAt,
} from './inflate-harness.ts'

describe('inflate in the kernel', () => {
  for (const [name, text] of Object.entries(texts))
    it(`inflates what zlib deflates at every level and strategy: ${name}`, () => {
      const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = zlib.constants
      for (const strategy of [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED])
        for (let level = 0; level <= 9; level++) assertInflates(zlib.deflateRawSync(text, { level, strategy }), text)
    })

  it('inflates with windows and memory of every size', () => {
    for (let windowBits = 9; windowBits <= 15; windowBits++)
      for (const memLevel of [1, 5, 9])
        assertInflates(
          zlib.deflateRawSync(texts.csv, { windowBits, memLevel }),
          texts.csv,
          always(50_000),
          always(70_000),
        )
  })

  it('continues wherever the input is cut', () => {
    const text = texts.csv.subarray(0, 3000)
    for (const options of [{}, { strategy: zlib.constants.Z_FIXED }, { level: 0 }]) {
      const deflated = zlib.deflateRawSync(text, options)
      for (let cut = 1; cut < deflated.length; cut++) {
        const pieces = [cut, deflated.length - cut]
        assertInflates(deflated, text, () => pieces.shift()!)
      }
    }
  })

  it('takes one byte of input at a time', () => {
    for (const text of Object.values(texts)) {
      const part = text.subarray(0, 20_000)
      assertInflates(zlib.deflateRawSync(part), part, always(1))
      assertInflates(zlib.deflateRawSync(part, { level: 0 }), part, always(1))
    }
  })

  it('writes 1 to 400 bytes of output at a time', () => {
    const text = Buffer.concat([
      texts.csv.subarray(0, 2000),
      texts.runs.subarray(0, 2000),
      texts.random.subarray(0, 500),
    ])
    const deflated = zlib.deflateRawSync(text)
    for (let bytes = 1; bytes <= 400; bytes++) assertInflates(deflated, text, whole, always(bytes))
    for (let bytes = 1; bytes <= 40; bytes++) assertInflates(deflated, text, always(1), always(bytes))
  })

  it('finds the end of the stream where the output is full at it', () => {
    const deflated = zlib.deflateRawSync(texts.csv)
    assertInflates(deflated, texts.csv, whole, always(texts.csv.length))
  })

  it('copies from 32,768 bytes back, wherever input and output are cut', () => {
    const { text, deflated } = farMatches(randomBytes(random(5), 33_000), 400)
    for (const bytes of [1, 257, 258, 259, 5000]) assertInflates(deflated, text, whole, always(bytes))
    for (const bytes of [1, 2, 3, 97]) assertInflates(deflated, text, always(bytes))
    assertInflates(deflated, text)
  })

  it('inflates any data, in pieces of any size', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const dice = random(seed)
      const text = mixture(dice)
      const deflated = zlib.deflateRawSync(text, {
        level: dice(10),
        strategy: dice(5),
        memLevel: 1 + dice(9),
        windowBits: 9 + dice(7),
      })
      const sizes = [2, 50, 3000, 200_000]
      const most = [sizes[dice(4)]!, sizes[dice(4)]!] as const
      assertInflates(
        deflated,
        text,
        () => 1 + dice(most[0]),
        () => 1 + dice(most[1]),
      )
    }
  })

  it('copies matches of every distance and length, overlapping or not', () => {
    for (let distance = 1; distance <= 40; distance++) {
      const seed = randomBytes(random(distance), distance)
      for (const length of [3, 4, 15, 16, 17, 31, 33, 79, 80, 81, 112, 113, 255, 256, 257, 258]) {
        const bits = new BitWriter().header(1)
        for (const byte of seed) bits.fixedLiteral(byte)
        bits.fixedMatch(length, distance).fixedLiteral(0x21)
        for (let i = 0; i < 400; i++) bits.fixedLiteral(0x2e)
        const deflated = bits.fixedEnd().bytes()
        assertInflates(deflated, byZlib(deflated)!)
      }
    }
  })

  it('decodes codes of up to 15 bits', () => {
    const counts = [1, 1]
    while (counts.length < 19) counts.push(counts.at(-1)! + counts.at(-2)!)
    const dice = random(7)
    const all = counts.flatMap((count, byte) => new Array<number>(count).fill(byte * 13))
    for (let i = all.length - 1; i > 0; i--) {
      const j = dice(i + 1)
      ;[all[i], all[j]] = [all[j]!, all[i]!]
    }
    const text = Buffer.from(all)
    assertInflates(zlib.deflateRawSync(text, { strategy: zlib.constants.Z_HUFFMAN_ONLY, memLevel: 9 }), text)
    const far = Buffer.concat([text, randomBytes(dice, 20_000), text, text])
    assertInflates(zlib.deflateRawSync(far, { level: 9 }), far, always(70_000), always(60_000))
  })

  it('skips many empty blocks', () => {
    const bits = new BitWriter()
    for (let i = 0; i < 2000; i++) bits.put(0, 1).put(1, 2).fixedEnd()
    const deflated = bits.header(1).fixedEnd().bytes()
    assertInflates(deflated, Buffer.alloc(0))
    assertInflates(deflated, Buffer.alloc(0), always(1), always(1))
  })

  it('does not read past the end of the stream', () => {
    for (const text of [Buffer.alloc(0), texts.csv, texts.random])
      for (const pieces of [whole, always(1), always(7)]) {
        const deflated = zlib.deflateRawSync(text)
        const { status, bytes, read } = inflate(Buffer.concat([deflated, Buffer.alloc(40, 0xee)]), pieces, whole)
        assert.equal(status, STREAM_END)
        assert.ok(bytes.equals(text))
        assert.equal(read, deflated.length)
      }
  })

  it('stays at the end, and at an error, until it is reset', () => {
    const deflated = zlib.deflateRawSync(Buffer.from('tick'))
    assert.equal(inflate(deflated, whole, whole).status, STREAM_END)
    assert.equal(kernel.inflate(inputAt, inputAt + 10, windowAt, windowAt + 100, windowAt), STREAM_END)
    assert.equal(kernel.inflateInputPos(), inputAt)
    assert.equal(inflate(Buffer.from([7]), whole, whole).status, -1)
    assert.equal(kernel.inflate(inputAt, inputAt + 10, windowAt, windowAt + 100, windowAt), -1)
    assertInflates(deflated, Buffer.from('tick'))
  })

  it('refuses a match that reaches before the history, even if text stands there', () => {
    const first = texts.random.subarray(0, 100)
    const deflated = zlib.deflateRawSync(Buffer.concat([first, first]), { level: 9 })
    memory.set(deflated, inputAt)
    for (const [historyStart, expected] of [
      // zlib finds no match at the very first byte: the match is of the second one on.
      [windowAt + 1, STREAM_END],
      [windowAt + 2, -10],
    ] as const) {
      kernel.inflateReset()
      const end = inputAt + deflated.length
      assert.equal(kernel.inflate(inputAt, end, windowAt, windowAt + 100, windowAt), OUTPUT_FULL)
      const input = kernel.inflateInputPos()
      assert.equal(kernel.inflate(input, end, windowAt + 100, windowAt + 300, historyStart), expected)
    }
  })
})

/** Some of all kinds of data, one after another. */
function mixture(dice: Random): Buffer {
  const kinds = Object.values(texts)
  return Buffer.concat(
    Array.from({ length: 1 + dice(5) }, () => {
      const kind = kinds[dice(kinds.length)]!
      const from = dice(kind.length)
      return kind.subarray(from, from + dice(30_000))
    }),
  )
}
