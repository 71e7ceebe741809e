import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { VendorError } from './error.ts'

const MAX_BEGINNING_BYTES = 64 * 1024

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** What a gzip file's beginning inflates to; undefined if it is damaged or inflates to more than 64 KiB. */
export function inflateBeginning(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BEGINNING_BYTES })
  } catch {
    return undefined
  }
}

/** Enough bytes of a gzip file to inflate its first two from, whatever its header and code tables are. */
export const BEGINNING_BYTES = 2048

/**
 * True where a gzip file lies inside another one: a `.csv.gz` with `Content-Encoding: gzip` around it. The bytes decide and
 * not the header, because stores also send that header for a file that is gzip only once.
 */
export function isWrapped(beginning: Uint8Array): boolean {
  const inside = isGzip(beginning) ? inflateBeginning(beginning.subarray(0, BEGINNING_BYTES)) : undefined
  return inside !== undefined && isGzip(inside)
}

/** The content of a response whose encoding is only how it travelled, as for JSON. */
export function decoded(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  address: string,
): AsyncIterable<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return chunks
  if (encoding === 'gzip') return gunzip(chunks, address)
  const message = `GET ${address}: Content-Encoding is ${encoding}, expected gzip or none`
  throw new VendorError(message, { retryable: false })
}

/** Inflates one layer of gzip. Ends in a retryable VendorError where the bytes are damaged. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>, address: string): AsyncGenerator<Uint8Array> {
  const inflated = createGunzip()
  const fed = pipeline(chunks, inflated).catch(() => {})
  try {
    yield* inflated
    await fed
  } catch (error) {
    if (error instanceof VendorError || !(error instanceof Error && 'errno' in error)) throw error
    throw new VendorError(`GET ${address}: damaged gzip: ${error.message}`, { retryable: true, cause: error })
  } finally {
    inflated.destroy()
  }
}
