import { crc32cText } from './crc32c.ts'
import type { GcsApi, GcsRequest, GcsResponse } from './gcs-api.ts'
import { OBJECT_FIELDS } from './gcs-object.ts'
import { metadataOf, type Upload } from './gcs-write.ts'
import { StorageError } from './storage-error.ts'

/**
 * One resumable upload, https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload.
 *
 * The protocol is driven here because the client library's own stream (8.4) loses track after a failure: a response lost
 * on the last chunk ends in a RangeError, a 308 without Range in "Upload failed", a failed status query sends the chunk
 * twice, and destroying it leaves a retry timer and an unstoppable request behind.
 */
export interface Session {
  readonly uri: string
}

/** Bytes of the object from `start` on; `total` is known with the last chunk only. */
export interface Chunk {
  readonly pieces: readonly Uint8Array[]
  readonly start: number
  readonly end: number
  readonly last?: { readonly crc: number }
}

/** Opens a session; undefined if the precondition is refused already. */
export async function openSession(api: GcsApi, upload: Upload): Promise<Session | undefined> {
  const request: GcsRequest = {
    operation: 'upload',
    object: upload.name,
    method: 'POST',
    path: api.uploadPath(),
    query: { uploadType: 'resumable', name: upload.name, ifGenerationMatch: upload.expected, fields: OBJECT_FIELDS },
    headers: { 'content-type': 'application/json; charset=UTF-8', 'x-upload-content-type': upload.contentType },
    body: [Buffer.from(JSON.stringify(metadataOf(upload)))],
    signal: upload.signal,
    accept: [412],
  }
  const response = await api.call(request)
  if (response.status === 412) return undefined
  const { location } = response.headers
  if (typeof location === 'string' && URL.canParse(location)) return { uri: location }
  throw api.error(request, `no session URI in the response, but location ${location}`, 'BAD_RESPONSE', true)
}

/**
 * Sends a chunk until the bucket has all of it. After a failure the bucket is asked first how far it got: nothing is
 * sent twice, and a last chunk whose response was lost is found committed.
 *
 * @returns undefined once the chunk is kept; the bucket's response where that ends the session: 2xx after the last chunk,
 * 412 for a refused precondition, 404 or 410 where the session is no more.
 * @throws StorageError, retryable by sending the whole object again, where the bucket lost bytes that we no longer have.
 */
export async function sendChunk(
  api: GcsApi,
  upload: Upload,
  session: Session,
  chunk: Chunk,
): Promise<GcsResponse | undefined> {
  let at = chunk.start
  const result = await api.retry(upload.signal, async (budgetMs, tries) => {
    for (let asks = tries > 0; asks || at < chunk.end || chunk.last; asks = false) {
      const request = chunkRequest(upload, session, chunk, at, asks)
      const response = await api.once(request, budgetMs)
      if (response.status !== 308) return response
      const kept = persistedBytes(response)
      if (kept < at || kept > chunk.end) {
        return api.error(request, `the bucket has ${kept} bytes, not ${at} to ${chunk.end}`, 'SESSION_LOST', true)
      }
      if (kept === at && !asks) throw api.error(request, 'the bucket kept nothing of it', 308, true)
      at = kept
    }
    return undefined
  })
  if (result instanceof StorageError) throw result
  return result
}

/** The chunk's bytes from `at` on, or the question how far the bucket got. */
function chunkRequest(upload: Upload, session: Session, chunk: Chunk, at: number, asks: boolean): GcsRequest {
  const total = chunk.last ? String(chunk.end) : '*'
  const range = !asks && chunk.end > at ? `${at}-${chunk.end - 1}` : '*'
  return {
    operation: 'upload',
    object: upload.name,
    method: 'PUT',
    path: session.uri,
    headers: {
      'content-range': `bytes ${range}/${total}`,
      // Lets the bucket refuse a damaged object before it is one.
      ...(!asks && chunk.last ? { 'x-goog-hash': `crc32c=${crc32cText(chunk.last.crc)}` } : {}),
    },
    body: asks ? [] : skip(chunk.pieces, at - chunk.start),
    signal: upload.signal,
    accept: [308, 404, 410, 412],
  }
}

/** `Range: bytes=0-N` of a 308 says that N + 1 bytes are kept; no Range says none. */
function persistedBytes({ headers }: GcsResponse): number {
  const last = /^bytes=0-(\d+)$/.exec(String(headers.range ?? ''))?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

function skip(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes
  const rest: Uint8Array[] = []
  for (const piece of pieces) {
    if (left < piece.length) rest.push(left > 0 ? piece.subarray(left) : piece)
    left = Math.max(0, left - piece.length)
  }
  return rest
}

const CANCEL_MS = 2_000

/** Tells the bucket to forget the session (it responds with 499). One short attempt: sessions expire by themselves. */
export async function cancelSession(api: GcsApi, upload: Upload, session: Session): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS)
  const request: GcsRequest = { operation: 'cancel', object: upload.name, method: 'DELETE', path: session.uri, signal }
  await api.once({ ...request, accept: [404, 410, 499] }, CANCEL_MS).catch(() => undefined)
}
