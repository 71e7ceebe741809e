import { constants, gunzipSync } from 'node:zlib'
import { escapeControls } from '../runtime/shown.ts'

/** Enough to find a message in, and little enough to read of an answer that nobody wants. */
const MOST_BYTES = 4096
const MOST_CHARACTERS = 200

/**
 * The short part of an answer that a person can use: the `message` or `error` of a JSON answer, the text of a web page
 * without its tags, else the beginning, on one line. Never throws.
 */
export function excerptOf(bytes: Uint8Array, contentEncoding: string | undefined): string {
  const text = decode(bytes, contentEncoding)
  const words = (messageOf(text) ?? text.replace(/<(style|script|head)\b.*?<\/\1>|<[^>]*>/gis, ' ')).replace(
    /\s+/g,
    ' ',
  )
  const line = escapeControls(words).trim()
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line
}

/** The beginning of a stream, at most a few kilobytes. A stream that breaks meanwhile gives what came before. */
export async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      pieces.push(chunk)
      bytes += chunk.length
      if (bytes >= MOST_BYTES) break
    }
  } catch {
    // An excerpt is a courtesy: what is being reported is the answer's status.
  }
  return Buffer.concat(pieces).subarray(0, MOST_BYTES)
}

function decode(bytes: Uint8Array, contentEncoding: string | undefined): string {
  if (contentEncoding !== 'gzip') return Buffer.from(bytes).toString('utf8')
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 16 * MOST_BYTES }
    return gunzipSync(bytes, options).toString('utf8')
  } catch {
    return `(${bytes.length} bytes)`
  }
}

function messageOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const message = 'message' in value ? value.message : 'error' in value ? value.error : undefined
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
