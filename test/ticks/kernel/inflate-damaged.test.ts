import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { BitWriter, random, randomBytes, texts } from './deflate-samples.ts'
import { always, assertInflates, byZlib, inflate, NEED_INPUT, STREAM_END, whole } from './inflate-harness.ts'

describe('damaged DEFLATE in the kernel', () => {
  const text = Buffer.concat([texts.csv.subarray(0, 500), texts.runs.subarray(0, 300)])
  const streams = {
    dynamic: zlib.deflateRawSync(text, { level: 9 }),
    fixed: zlib.deflateRawSync(text, { strategy: zlib.constants.Z_FIXED }),
    stored: zlib.deflateRawSync(text.subarray(0, 100), { level: 0 }),
    literals: zlib.deflateRawSync(texts.random.subarray(0, 300), { strategy: zlib.constants.Z_HUFFMAN_ONLY, level: 9 }),
  }
  for (const [name, deflated] of Object.entries(streams)) {
    it(`${name}: any flipped bit gives an error, or the bytes that zlib gives`, () => {
      for (let bit = 0; bit < deflated.length * 8; bit++) {
        const damaged = Buffer.from(deflated)
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        const expected = byZlib(damaged)
        for (const [input, output] of [
          [whole, whole],
          [always(3), always(100)],
        ] as const) {
          const { status, bytes } = inflate(damaged, input, output)
          assert.equal(status === STREAM_END, expected !== undefined, `bit ${bit}: ${status}`)
          if (expected) assert.ok(bytes.equals(expected), `bit ${bit}`)
        }
      }
    })

    it(`${name}: asks for more input wherever it is cut, and gives the text up to there`, () => {
      const all = zlib.inflateRawSync(deflated)
      for (let bytes = 0; bytes < deflated.length; bytes++) {
        const cut = inflate(deflated.subarray(0, bytes), whole, whole)
        assert.equal(cut.status, NEED_INPUT)
        assert.ok(cut.bytes.equals(all.subarray(0, cut.bytes.length)))
      }
    })
  }

  it('random bytes give an error, or the bytes that zlib gives', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const bytes = randomBytes(random(seed), 400)
      const expected = byZlib(bytes)
      const { status, bytes: found } = inflate(bytes, always(150), always(400))
      assert.equal(status === STREAM_END, expected !== undefined)
      if (expected) assert.ok(found.equals(expected))
    }
  })

  /** Code lengths for literals and distances, given one by one through a code of 16 code lengths of 4 bits. */
  const dynamic = (literals: readonly number[], distances: readonly number[]) =>
    new BitWriter().header(2).plainLengths(literals, distances)
  const lengths = (of: Readonly<Record<number, number>>, count: number) =>
    Array.from({ length: count }, (_, symbol) => of[symbol] ?? 0)

  const faults: readonly (readonly [string, number, BitWriter])[] = [
    ['a block of type 3', -1, new BitWriter().header(3)],
    ['a stored length that its complement denies', -2, new BitWriter().header(0).align().put(5, 16).put(5, 16)],
    ['287 length codes', -3, new BitWriter().header(2).put(30, 5).put(0, 5).put(0, 4)],
    ['31 distance codes', -3, new BitWriter().header(2).put(0, 5).put(30, 5).put(0, 4)],
    [
      'an over-full code of code lengths',
      -4,
      new BitWriter().header(2).put(0, 14).put(1, 3).put(1, 3).put(1, 3).put(0, 3),
    ],
    ['an incomplete code of code lengths', -4, new BitWriter().header(2).put(0, 14).put(1, 3).put(0, 9)],
    ['no code of code lengths', -4, new BitWriter().header(2).put(0, 14).put(0, 12)],
    ['a repeat of nothing', -5, new BitWriter().header(2).put(0, 14).put(1, 3).put(1, 3).put(0, 6).put(0, 3)],
    [
      'a repeat beyond the number of codes',
      -5,
      new BitWriter().header(2).put(0, 14).put(0, 6).put(1, 3).put(1, 3).put(1, 1).put(127, 7).put(1, 1).put(127, 7),
    ],
    ['no code for the end of the block', -6, dynamic(lengths({ 0: 1, 1: 1 }, 257), [1])],
    ['an over-full literal code', -6, dynamic(lengths({ 0: 1, 1: 1, 256: 1 }, 257), [1])],
    ['an incomplete literal code', -6, dynamic(lengths({ 0: 2, 1: 2, 256: 2 }, 257), [1])],
    ['an over-full distance code', -7, dynamic(lengths({ 0: 1, 256: 1 }, 257), [1, 1, 1])],
    ['an incomplete distance code', -7, dynamic(lengths({ 0: 1, 256: 1 }, 257), [2, 2])],
    ['a literal code not in use', -8, dynamic(lengths({ 256: 1 }, 257), [1]).put(1, 1)],
    ['length symbol 286', -8, new BitWriter().header(1).fixedLiteral(65).reversed(0xc6, 8)],
    ['distance symbol 30', -9, new BitWriter().header(1).fixedLiteral(65).reversed(1, 7).reversed(30, 5)],
    [
      'a distance code not in use',
      -9,
      dynamic(lengths({ 256: 1, 257: 1 }, 258), [1])
        .put(1, 1)
        .put(1, 1),
    ],
    [
      'a distance where there are none',
      -9,
      dynamic(lengths({ 256: 1, 257: 1 }, 258), [0])
        .put(1, 1)
        .put(0, 1),
    ],
    ['a match before the start', -10, new BitWriter().header(1).fixedLiteral(65).fixedMatch(3, 2)],
    ['a match before anything', -10, new BitWriter().header(1).fixedMatch(258, 1)],
  ]
  for (const [what, status, bits] of faults)
    it(`gives ${status} for ${what}`, () => {
      const deflated = Buffer.concat([bits.bytes(), Buffer.alloc(40)])
      assert.equal(byZlib(deflated), undefined)
      assert.equal(inflate(deflated, whole, whole).status, status)
      assert.equal(inflate(deflated, always(1), always(1)).status, status)
      const long = Buffer.concat([bits.bytes(), Buffer.alloc(4000)])
      assert.equal(inflate(long, whole, whole).status, status, 'in the fast loop too')
    })

  it('takes a single literal code of one bit without distances', () => {
    const deflated = dynamic(lengths({ 256: 1 }, 257), [0])
      .put(0, 1)
      .bytes()
    assertInflates(deflated, byZlib(deflated)!)
  })
})
