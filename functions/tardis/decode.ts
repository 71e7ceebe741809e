import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { VendorError } from './error.ts'
import type { Answer } from './http.ts'

/** An answer's content where its encoding is only how it travelled. Never for datasets: those are gzip as content. */
export function decoded(answer: Answer, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const encoding = answer.header('content-encoding') ?? 'identity'
  if (encoding === 'identity') return chunks
  if (encoding !== 'gzip')
    throw new VendorError(`GET ${answer.place}: unexpected encoding ${encoding}`, { retryable: false })
  return gunzip(chunks, answer.place)
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>, place: string): AsyncGenerator<Uint8Array> {
  const unzipped = createGunzip()
  const fed = pipeline(chunks, unzipped).catch(() => {})
  try {
    yield* unzipped
    await fed
  } catch (error) {
    if (error instanceof VendorError || !(error instanceof Error && 'errno' in error)) throw error
    throw new VendorError(`GET ${place}: damaged gzip: ${error.message}`, { retryable: true, cause: error })
  } finally {
    unzipped.destroy()
  }
}
