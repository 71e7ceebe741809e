import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { VendorError } from '../../functions/tardis/error.ts'
import { decoded, gunzip, inflateBeginning, isGzip, isWrapped } from '../../functions/tardis/gzip-encoding.ts'
import { collect, rejection } from './loopback.ts'

async function* from(...chunks: Uint8Array[]) {
  yield* chunks
}

describe('tardis/gzip-encoding', () => {
  it('knows gzip by its first two bytes', () => {
    assert.equal(isGzip(gzipSync('')), true)
    for (const other of [[], [0x1f], [0x1f, 0x8c], [0x1e, 0x8b]]) assert.equal(isGzip(Uint8Array.from(other)), false)
  })

  it('inflates the beginning of a file, whether it is whole or cut', () => {
    const whole = gzipSync('x'.repeat(1000))
    assert.equal(String(inflateBeginning(whole)), 'x'.repeat(1000))
    assert.equal(String(inflateBeginning(gzipSync('text', { level: 0 }).subarray(0, -8))), 'text')
    assert.equal(inflateBeginning(gzipSync('x'.repeat(64 * 1024)))?.length, 64 * 1024)
    assert.equal(inflateBeginning(gzipSync('x'.repeat(64 * 1024 + 1))), undefined)
    assert.equal(inflateBeginning(Buffer.from('text')), undefined)
  })

  it('takes a file for wrapped only where a gzip file lies inside a gzip file', () => {
    assert.equal(isWrapped(gzipSync(gzipSync('text'))), true)
    assert.equal(isWrapped(gzipSync('text')), false)
    assert.equal(isWrapped(Buffer.from('text')), false)
    assert.equal(isWrapped(Buffer.from([0x1f, 0x8b])), false)
    // Of the beginning alone: the whole would inflate to too much.
    const large = gzipSync(Buffer.concat([gzipSync('text'), Buffer.alloc(100_000)]), { level: 0 })
    assert.equal(isWrapped(large), true)
  })

  it('unpacks what is encoded with gzip, and nothing else', async () => {
    const packed = gzipSync('text')
    assert.equal(String(await collect(decoded(from(packed), 'gzip', 'http://a'))), 'text')
    for (const encoding of [undefined, 'identity'])
      assert.deepEqual(await collect(decoded(from(packed), encoding, 'http://a')), packed)
    assert.throws(
      () => decoded(from(packed), 'br', 'http://a'),
      (error: unknown) =>
        error instanceof VendorError &&
        error.retryable === false &&
        error.message === 'GET http://a: Content-Encoding is br, expected gzip or none',
    )
  })

  it('ends in an error that may pass where the bytes are damaged, with its cause', async () => {
    for (const bytes of [gzipSync('text').subarray(0, -4), Buffer.from('no gzip')]) {
      const error = await rejection(collect(gunzip(from(bytes), 'http://a')))
      assert.ok(error instanceof VendorError && error.retryable)
      assert.match(error.message, /^GET http:\/\/a: damaged gzip: (unexpected end of file|incorrect header check)$/)
      assert.ok(error.cause instanceof Error)
    }
  })

  it('ends in the error of the bytes themselves', async () => {
    for (const fault of [new VendorError('broke off', { retryable: true }), new Error('stopped')]) {
      async function* breaking() {
        yield gzipSync('text').subarray(0, 5)
        throw fault
      }
      assert.equal(await rejection(collect(gunzip(breaking(), 'http://a'))), fault)
    }
  })
})
