import assert from 'node:assert/strict'
import { CRC32C } from '@google-cloud/storage'
import fc from 'fast-check'
import { crc32c, crc32cText } from '../../functions/storage/crc32c.ts'

describe('storage/crc32c', () => {
  // RFC 3720, B.4: https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
  const ascending = Uint8Array.from({ length: 32 }, (_, n) => n)
  for (const [what, data, expected] of [
    ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 bytes ascending', ascending, 0x46dd794e],
    ['32 bytes descending', ascending.toReversed(), 0x113fdb5c],
    ['nothing', new Uint8Array(0), 0],
  ] as const) {
    it(`is right for ${what}`, () => assert.equal(crc32c(data) >>> 0, expected))
  }

  it('agrees with the client library, however the data is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (data, cut) => {
        const theirs = new CRC32C()
        theirs.update(Buffer.from(data))
        assert.equal(crc32cText(crc32c(data.subarray(cut), crc32c(data.subarray(0, cut)))), theirs.toString())
      }),
    )
  })
})
