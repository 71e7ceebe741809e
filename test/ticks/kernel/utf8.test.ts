import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness()
const { kernel } = harness
const ROOM = 256
const start = harness.room(ROOM)

/** Where the kernel finds the first bad byte; behind the text stand bytes that could go on with any sequence. */
function firstBad(bytes: Uint8Array, at = start): number {
  harness.bytes(at, start + ROOM).fill(0x80)
  harness.bytes(at, at + bytes.length).set(bytes)
  return kernel.invalidUtf8(at, at + bytes.length) - at
}

/** The same by Node's own check: the text before it is whole, and no sequence begins there. */
function assertFirstBad(bytes: Uint8Array, at = start): void {
  const found = firstBad(bytes, at)
  const text = Buffer.from(bytes).toString('hex')
  assert.ok(isUtf8(bytes.subarray(0, found)), `${text}: what stands before byte ${found}`)
  if (found === bytes.length) return
  for (let length = 1; length <= 4 && found + length <= bytes.length; length++)
    assert.ok(!isUtf8(bytes.subarray(found, found + length)), `${text}: ${length} bytes from byte ${found} on`)
}

describe('UTF-8 in the kernel', () => {
  it('is each of the sequences of one and two bytes that Node takes, and no other', () => {
    for (let first = 0; first < 256; first++) {
      assertFirstBad(Uint8Array.of(first))
      for (let second = 0; second < 256; second++) assertFirstBad(Uint8Array.of(first, second))
    }
  })

  it('is each of the sequences of three and four bytes that Node takes, at the borders of every range', () => {
    const borders = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]
    for (let first = 0x80; first < 256; first++)
      for (const second of borders)
        for (const third of borders) {
          assertFirstBad(Uint8Array.of(first, second, third))
          for (const fourth of borders) assertFirstBad(Uint8Array.of(first, second, third, fourth))
        }
  })

  it('is every code point but the surrogates', () => {
    for (let point = 0x80; point <= 0x10ffff; point += point < 0x11000 ? 1 : 257) {
      const isSurrogate = point >= 0xd800 && point <= 0xdfff
      const bytes = isSurrogate
        ? Uint8Array.of(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
        : Buffer.from(String.fromCodePoint(point))
      assert.equal(firstBad(bytes), isSurrogate ? 0 : bytes.length, point.toString(16))
    }
  })

  it('is found wrong at every place of a text of every length, wherever the text begins', () => {
    for (let length = 1; length <= 70; length++)
      for (let bad = 0; bad < length; bad++) {
        const bytes = Buffer.alloc(length, 'a')
        bytes[bad] = 0xe9
        assert.equal(firstBad(bytes, start + (length % 16)), bad)
      }
  })

  it('is what Node says of any bytes', () => {
    const random = randomFrom(1)
    const pieces = ['a', ',', '"', 'é', '安', '🦄', 'abcdefghijklmnop'].map(text => Buffer.from(text))
    for (let run = 0; run < 40_000; run++) {
      const bytes = Buffer.concat(Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]!))
      for (let changes = random(3); changes > 0; changes--) bytes[random(bytes.length)] = random(256)
      assertFirstBad(bytes.subarray(random(2), bytes.length - random(2)), start + random(16))
    }
  })
})
