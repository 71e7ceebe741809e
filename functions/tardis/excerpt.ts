import { escapeControls } from '../runtime/shown.ts'
import { inflateBeginning, isGzip } from './gzip-encoding.ts'

/** Of an error's body: enough to find a message in, and little to read. */
const MAX_BYTES = 4096
const MAX_CHARACTERS = 200
/** Bytes shown of a body that is not text. */
const SHOWN_BYTES = 8

/**
 * The part of a response's body that helps a person: the `message` or `error` of a JSON object, the text of a web page
 * without its tags, else the beginning, on one line of at most 200 characters. Of a body that is not text, its length and
 * first bytes in hex. Never throws. Time: linear in the bytes, of which the caller reads at most 4 KiB.
 */
export function excerptOf(bytes: Uint8Array): string {
  const text = decode(bytes)
  if (text === undefined) return describeBinary(bytes)
  const words = (messageOf(text) ?? withoutTags(text)).replace(/\s+/g, ' ')
  const line = escapeControls(words).trim()
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)}…` : line
}

/** The beginning of a stream, at most 4 KiB. A stream that breaks meanwhile gives what came before. */
export async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      pieces.push(chunk)
      bytes += chunk.length
      if (bytes >= MAX_BYTES) break
    }
  } catch {
    // The error that is being reported is the response's status; an excerpt only helps to understand it.
  }
  return Buffer.concat(pieces).subarray(0, MAX_BYTES)
}

/** The text of a web page, without tags and without the contents of `style`, `script` and `head`. Linear in the length. */
export function withoutTags(page: string): string {
  const lower = page.replace(/[A-Z]/g, letter => letter.toLowerCase())
  const neverClosed = new Set<string>()
  const pieces: string[] = []
  let at = 0
  for (let open = page.indexOf('<'); open !== -1; open = page.indexOf('<', at)) {
    const end = endOfElement(lower, open, neverClosed) ?? page.indexOf('>', open) + 1
    if (end === 0) break
    pieces.push(page.slice(at, open))
    at = end
  }
  pieces.push(page.slice(at))
  return pieces.join(' ')
}

const HIDDEN_ELEMENT = /<(style|script|head)\b/y

/** Behind the closing tag of the hidden element that begins at `open`, if one begins there and is closed. */
function endOfElement(page: string, open: number, neverClosed: Set<string>): number | undefined {
  HIDDEN_ELEMENT.lastIndex = open
  const name = HIDDEN_ELEMENT.exec(page)?.[1]
  if (name === undefined || neverClosed.has(name)) return undefined
  const closing = `</${name}>`
  const close = page.indexOf(closing, open)
  if (close !== -1) return close + closing.length
  neverClosed.add(name)
  return undefined
}

/** Undefined for what is not UTF-8 text, packed or not. */
function decode(bytes: Uint8Array): string | undefined {
  const content = isGzip(bytes) ? inflateBeginning(bytes) : bytes
  const text = content && Buffer.from(content).toString('utf8')
  return text !== undefined && isText(text) ? text : undefined
}

/** Text has no control characters but white space, and few bytes that are not UTF-8, as a page in another encoding has. */
function isText(text: string): boolean {
  const notUtf8 = text.match(/\uFFFD/g)?.length ?? 0
  return !/[^\P{Cc}\s\x7f-\x9f]/u.test(text) && notUtf8 * 10 <= text.length
}

function describeBinary(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex')
  return `(no text: ${bytes.length} bytes, beginning with ${hex} in hex)`
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
