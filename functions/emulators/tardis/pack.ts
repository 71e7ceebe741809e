import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, type Gzip } from 'node:zlib'

/**
 * Compresses text, a few pieces ahead of the reader. Node writes neither time nor name into the gzip header
 * (https://www.rfc-editor.org/rfc/rfc1952), so the bytes depend on the text, the level and the build of zlib alone.
 */
export function packed(text: Iterable<Uint8Array>, level: number): Gzip {
  const gzip = createGzip({ level, chunkSize: 1 << 18 })
  pipeline(Readable.from(text, { highWaterMark: 2 }), gzip).catch(error => gzip.destroy(error))
  return gzip
}
