/** True of a pattern that can stand for several names. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** Whether a name fits one of the patterns: `*` stands for any characters or none, `?` for one, all else for itself. */
export function globMatcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map(
    pattern =>
      new RegExp(
        `^${pattern
          .split(/(\*+|\?)/)
          .map(expressionOf)
          .join('')}$`,
        'su',
      ),
  )
  return name => expressions.some(expression => expression.test(name))
}

function expressionOf(piece: string): string {
  if (piece.startsWith('*')) return '.*'
  return piece === '?' ? '.' : piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
