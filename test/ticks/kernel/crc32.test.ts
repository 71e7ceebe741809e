import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { createKernel } from '../../../functions/ticks/kernel.ts'
import { random, randomBytes } from './deflate-samples.ts'

describe('CRC-32 in the kernel', () => {
  const kernel = createKernel()
  const start = kernel.heapBase()
  const dice = random(1)
  const bytes = randomBytes(dice, 40_000)
  while (kernel.memory.buffer.byteLength < start + bytes.length) kernel.memory.grow(1)
  new Uint8Array(kernel.memory.buffer).set(bytes, start)

  const crc32 = (from: number, to: number, piece: () => number) => {
    kernel.crc32Reset()
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + piece())
      kernel.crc32Update(start + at, start + end)
      at = end
    }
    return kernel.crc32Value() >>> 0
  }

  it('is zlib’s for every short length, at any address', () => {
    for (let length = 0; length <= 300; length++) {
      const from = dice(50)
      assert.equal(
        crc32(from, from + length, () => length),
        zlib.crc32(bytes.subarray(from, from + length)),
      )
    }
  })

  it('is zlib’s for lengths around the ring of 300 blocks and its positions', () => {
    for (const blocks of [144, 145, 146, 183, 211, 299, 300, 301, 445, 600, 1800])
      for (const more of [-1, 0, 1, 15])
        assert.equal(
          crc32(0, blocks * 16 + more, () => 1e9),
          zlib.crc32(bytes.subarray(0, blocks * 16 + more)),
        )
  })

  it('is zlib’s in pieces of any size, and after each piece', () => {
    for (const most of [1, 7, 40, 1000, 9000])
      assert.equal(
        crc32(0, bytes.length, () => 1 + dice(most)),
        zlib.crc32(bytes),
      )
    kernel.crc32Reset()
    for (let at = 0; at < 20_000; at += 500) {
      assert.equal(kernel.crc32Value() >>> 0, zlib.crc32(bytes.subarray(0, at)))
      kernel.crc32Update(start + at, start + at + 500)
    }
  })
})
