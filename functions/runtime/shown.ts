/**
 * A value from outside as it may stand in a log line or an error: in quotes, at most 80 characters of it, and
 * everything that could move the cursor, break the line or hide text (controls, formats, surrogates) escaped.
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  const cut = value.length > 80
  return `"${escapeControls(cut ? value.slice(0, 80) : value)}"${cut ? `… (${value.length} characters)` : ''}`
}

/** The text on one line: controls, formats, separators other than the space, and lone surrogates as \u escapes. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, character => {
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}
