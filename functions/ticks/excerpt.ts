/** How errors quote the source: on one line, without a control character, and with every byte that is no text in hex. */

const MAX_CHARACTERS = 120

/** The beginning of the bytes, in quotes. Where not all of it is UTF-8, the bytes outside ASCII stand as `\xNN`. */
export function quoteBytes(bytes: Uint8Array): string {
  const beginning = Buffer.from(bytes.subarray(0, endOfSequence(bytes, MAX_CHARACTERS)))
  const text = beginning.toString('utf8')
  if (!text.includes('\ufffd')) return quoteText(text)
  const isPlain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
  const shown = (byte: number) => (isPlain(byte) ? String.fromCharCode(byte) : `\\x${hexBytes([byte])}`)
  return `"${Array.from(beginning, shown).join('')}"`
}

/** The beginning of a text as JSON would have it, and with all control and format characters escaped. */
export function quoteText(text: string, maxCharacters = MAX_CHARACTERS): string {
  return JSON.stringify(text.slice(0, maxCharacters).toWellFormed()).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    character => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/** `e2 28 a1` */
export function hexBytes(bytes: Iterable<number>): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
}

/** At most `end`, and not within a character of UTF-8. */
function endOfSequence(bytes: Uint8Array, end: number): number {
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return end
}
