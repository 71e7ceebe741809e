import { parseEnv } from 'node:util'
import { ConfigError } from './config.ts'

/**
 * Reads a `.env` file's text: lines that are blank, a `#` comment, or `NAME=value`, with or without `export`; a value
 * may be in quotes (", ' or `) and then go over several lines. https://nodejs.org/api/util.html#utilparseenvcontent
 * @param file the file's name in the faults
 * @throws ConfigError with one line per faulty line. The line itself is not shown, because it may hold a key
 */
export function loadDotEnv(text: string, file = '.env'): Record<string, string> {
  const lines = text
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
  const faults: string[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const { fault, lastLine } = checkEntry(lines, at)
    if (fault) faults.push(`${file} line ${at + 1}: ${fault}`)
    at = lastLine
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return { ...parseEnv(lines.join('\n')) } as Record<string, string>
}

const BLANK_OR_COMMENT = /^[ \t]*(?:#.*)?$/
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*[ \t]*=[ \t]*(["'`]?)(.*)$/

/** The fault of the entry that begins at line `at`, if it has one, and the line that the entry ends in. */
function checkEntry(lines: readonly string[], at: number): { fault?: string; lastLine: number } {
  const line = lines[at]!
  if (/[^\P{Cc}\t]/u.test(line)) return { fault: 'found a control character, expected text', lastLine: at }
  if (BLANK_OR_COMMENT.test(line)) return { lastLine: at }
  const [matched, quote, value] = ASSIGNMENT.exec(line) ?? []
  if (matched === undefined) {
    const found = line.includes('=') ? 'no name that a variable can have before the =' : 'no ='
    const fault = `found ${found} (${line.length} characters, not shown), expected NAME=value, # comment or nothing`
    return { fault, lastLine: at }
  }
  if (!quote) return { lastLine: at }
  const more = value!.includes(quote) ? 0 : lines.slice(at + 1).findIndex(later => later.includes(quote)) + 1
  if (more === 0 && !value!.includes(quote)) {
    return { fault: `found a value that begins with ${quote}, expected another ${quote} at its end`, lastLine: at }
  }
  const lastLine = at + more
  const ending = more === 0 ? value! : lines[lastLine]!
  const rest = ending.slice(ending.indexOf(quote) + 1)
  if (BLANK_OR_COMMENT.test(rest)) return { lastLine }
  return { fault: `found text after the value's closing ${quote}, expected nothing or a # comment`, lastLine }
}
