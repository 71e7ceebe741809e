import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { DamagedSourceError } from '../../functions/ticks/errors.ts'
import { Gunzip, type InflateKernel } from '../../functions/ticks/gzip.ts'
import { createKernel } from '../../functions/ticks/kernel.ts'
import { INFLATE } from '../../functions/ticks/kernel-constants.ts'

const kernel = createKernel()
const input = kernel.heapBase()
const INPUT_BYTES = 1000
const window = input + INPUT_BYTES + 64
const OUTPUT = 10_000
while (kernel.memory.buffer.byteLength < window + OUTPUT + 64) kernel.memory.grow(1)
const plain = zlib.gzipSync('ticks')

/** The message with which a source is refused. */
function messageOf(source: Uint8Array, of: InflateKernel = kernel, expectedBytes?: number): string {
  const work = new Gunzip(of, input, INPUT_BYTES)
  try {
    work.push(source, 0)
    while (work.read(window, window + OUTPUT, window) > 0);
    work.finish(expectedBytes)
  } catch (error) {
    assert.ok(error instanceof DamagedSourceError)
    return error.message
  }
  return ''
}

describe('what a damaged gzip is refused with', () => {
  const damages: readonly (readonly [number, string])[] = [
    [INFLATE.BAD_BLOCK_TYPE, 'a block of the reserved type 3'],
    [INFLATE.BAD_STORED_LENGTH, 'a stored block whose length and its complement differ'],
    [INFLATE.TOO_MANY_CODES, 'more than 286 length or 30 distance codes'],
    [INFLATE.BAD_PRECODE, 'an incomplete or over-full code of code lengths'],
    [INFLATE.BAD_REPEAT, 'a repeated code length out of place'],
    [INFLATE.BAD_LITERAL_CODE, 'an incomplete or over-full literal/length code'],
    [INFLATE.BAD_DISTANCE_CODE, 'an incomplete or over-full distance code'],
    [INFLATE.BAD_LITERAL, 'an unused literal/length code'],
    [INFLATE.BAD_DISTANCE, 'an unused distance code'],
    [INFLATE.TOO_FAR_BACK, 'a match that reaches back before the start of the data'],
  ]
  for (const [status, found] of damages)
    it(`says what is wrong with the data: ${found}`, () => {
      const places = { inflateInputPos: () => input + 13, inflateOutputPos: () => window }
      const failing: InflateKernel = { ...kernel, ...places, inflate: () => status }
      assert.equal(messageOf(plain, failing), `gzip, byte 13: found ${found}, expected DEFLATE data`)
    })

  it('says both lengths where the source is not as long as stated', () => {
    const { length } = plain
    assert.equal(messageOf(plain, kernel, length), '')
    for (const stated of [0, length - 1, length + 1])
      assert.equal(messageOf(plain, kernel, stated), `the source ended after ${length} bytes, expected ${stated}`)
  })

  it('says which flags are reserved', () => {
    for (const flags of [0x20, 0x40, 0x80])
      assert.equal(
        messageOf(Buffer.from([0x1f, 0x8b, 8, flags])),
        `gzip, byte 3: found gzip header flags 0x${flags.toString(16)}, expected no reserved ones`,
      )
  })

  it('quotes 60 characters of a text in place of gzip, from its beginning', () => {
    const text = Array.from({ length: 95 }, (_, n) => String.fromCharCode(0x20 + n)).join('')
    const quoted = (source: string) => messageOf(Buffer.from(source, 'latin1')).slice('gzip, byte 0: found '.length)
    const end = ', expected a gzip member (1f 8b)'
    assert.equal(quoted(text), `${JSON.stringify(text.slice(0, 60))}${end}`)
    assert.equal(quoted(text.slice(35)), `${JSON.stringify(text.slice(35))}${end}`)
    assert.equal(quoted('\t\n\v\f\r~ '), `${JSON.stringify('\t\n\v\f\r~ ')}${end}`)
    for (const odd of ['\b', '\x0e', '\x1e', '\x7f', '\x80']) {
      const hex = odd.charCodeAt(0).toString(16).padStart(2, '0')
      assert.equal(quoted(`a${odd}`), `61 ${hex}${end}`)
    }
  })

  it('quotes 16 bytes of anything else, with the first one', () => {
    const bytes = Buffer.from(Array.from({ length: 40 }, (_, n) => (n === 0 ? 0x1f : 0x30 + n)))
    const hex = Array.from(bytes.subarray(0, 16), byte => byte.toString(16)).join(' ')
    assert.equal(messageOf(bytes), `gzip, byte 0: found ${hex}, expected a gzip member (1f 8b)`)
    assert.match(messageOf(Buffer.from([0x1f, 0, 1])), /found 1f 00 01, expected/)
  })
})

describe('gunzip in a memory that grows', () => {
  it('reads what is behind the end that the memory had', () => {
    const growing = createKernel()
    const at = growing.memory.buffer.byteLength
    const work = new Gunzip(growing, at, INPUT_BYTES)
    growing.memory.grow(1)
    assert.equal(work.push(plain, 0), plain.length)
    assert.equal(work.read(at + 2000, at + 4000, at + 2000), 5)
    assert.equal(work.read(at + 2005, at + 4000, at + 2000), 0)
    work.finish()
  })
})
