import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { compressors } from 'hyparquet-compressors'
import {
  CONTENT,
  type Content,
  compressorOf,
  createCompressor,
  frameBound,
  keptContext,
  newContexts,
} from '../../../functions/ticks/parquet/compress.ts'

const PAGES: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.of(7),
  Buffer.from('a page, a page, a page'),
  Buffer.alloc(1 << 20),
  randomBytes(300_000),
  Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${61_800 + (i % 97) / 10}`).join()),
  Buffer.from(BigInt64Array.from({ length: 40_960 }, (_, i) => BigInt(i * i)).buffer),
]

const CONTENTS = Object.keys(CONTENT) as Content[]

function frameOf(page: Buffer, compressor = createCompressor(CONTENT.values)): Buffer {
  const out = Buffer.alloc(frameBound(page.length), 0xa5)
  return out.subarray(0, compressor.compress(page, out))
}

describe('compression', () => {
  it('keeps its contexts on this Node.js', () => {
    for (const content of CONTENTS) assert.ok(keptContext(CONTENT[content]))
  })

  it('gives the same frames with one context kept as with a new one each time, in any order', () => {
    for (const content of CONTENTS) {
      const kept = keptContext(CONTENT[content])!
      const fresh = newContexts(CONTENT[content])
      for (const page of [...PAGES, ...PAGES.toReversed(), ...PAGES])
        assert.ok(frameOf(page, kept).equals(frameOf(page, fresh)), `${content}: a page of ${page.length} bytes`)
    }
  })

  it('has a context of a kernel for each content, until it has failed in the middle of a page', () => {
    const kernel = {}
    const first = compressorOf(kernel, 'values')
    const codes = compressorOf(kernel, 'codes')
    assert.notEqual(codes, first)
    assert.equal(compressorOf(kernel, 'values'), first)
    assert.notEqual(compressorOf({}, 'values'), first)
    assert.throws(() => first.compress(randomBytes(10_000), Buffer.alloc(100)))
    assert.notEqual(compressorOf(kernel, 'values'), first)
    assert.equal(compressorOf(kernel, 'codes'), codes)
    for (const page of PAGES) assert.ok(frameOf(page, compressorOf(kernel, 'values')).equals(frameOf(page)))
  })

  it('can be read by zstd, and by a decoder in JavaScript', () => {
    for (const content of CONTENTS)
      for (const page of PAGES) {
        const frame = frameOf(page, createCompressor(CONTENT[content]))
        assert.ok(zstdDecompressSync(frame).equals(page))
        assert.ok(page.equals(compressors.ZSTD!(frame, page.length)))
      }
  })

  it('stays within the bound for data that cannot be compressed', () => {
    for (const content of CONTENTS)
      for (const bytes of [1, 100, 127, 128, 70_000, 131_072, 131_073, 1 << 20]) {
        const frame = frameOf(randomBytes(bytes), createCompressor(CONTENT[content]))
        assert.ok(frame.length <= frameBound(bytes))
      }
  })

  it('fails where the output is too small, and loses no bytes', () => {
    const kept = keptContext(CONTENT.values)!
    assert.throws(() => kept.compress(randomBytes(10_000), Buffer.alloc(100)), /ZSTD/)
    assert.throws(() => newContexts(CONTENT.values).compress(randomBytes(10_000), Buffer.alloc(100)))
  })
})
