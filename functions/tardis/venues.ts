import { VendorError } from './error.ts'

/** The vendor lists some sixty venues in tens of kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Reads the ids of https://docs.tardis.dev/api/http-api-reference#exchanges. Throws a VendorError where the text is no JSON
 * list, retryable where it may have been cut off. Memory: the text, at most 4 MiB.
 */
export async function readVenues(chunks: AsyncIterable<Uint8Array>, address: string): Promise<readonly string[]> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw unusable(address, `more than ${MAX_BYTES} bytes`, false)
    pieces.push(chunk)
  }
  const listed = parse(Buffer.concat(pieces).toString('utf8'), address)
  if (!Array.isArray(listed)) throw unusable(address, 'no JSON list of venues', false)
  const ids = listed.map((entry: { readonly id?: unknown } | null) => entry?.id)
  return ids.filter(id => typeof id === 'string')
}

function parse(text: string, address: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unusable(address, 'no JSON', true)
  }
}

function unusable(address: string, found: string, retryable: boolean): VendorError {
  return new VendorError(`GET ${address}: found ${found}, expected a list of venues`, { retryable })
}
