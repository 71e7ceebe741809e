import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/** A piece of a line, so that its width is known before any control code is in it. */
export interface Piece {
  readonly text: string
  readonly style?: Style
}

export type Style = 'dim' | 'bold' | 'green' | 'yellow' | 'red' | 'cyan' | 'magenta'

/** https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const CODES: Readonly<Record<Style, number>> = {
  dim: 2,
  bold: 1,
  green: 32,
  yellow: 33,
  red: 31,
  cyan: 36,
  magenta: 35,
}

/** What a terminal can show. */
export interface Looks {
  readonly color: boolean
  /** False where only ASCII is safe. */
  readonly unicode: boolean
}

/** True for a terminal. */
export function isTerminal(stream: object): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}

/** True if lines can be redrawn in place: on a terminal other than `dumb`, and not in a CI job, whose log keeps every frame. */
export function canAnimate(stream: object, env: Readonly<Record<string, string | undefined>>): boolean {
  const isCi = env.CI !== undefined && !['', '0', 'false'].includes(env.CI)
  return isTerminal(stream) && env.TERM !== 'dumb' && !isCi
}

/** Whether to colour (https://no-color.org) and whether the locale can show more than ASCII. */
export function looksOf(terminal: boolean, env: Readonly<Record<string, string | undefined>>): Looks {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return {
    color: terminal && !env.NO_COLOR && env.TERM !== 'dumb',
    unicode: /utf-?8/i.test(locale) || env.WT_SESSION !== undefined,
  }
}

/** The text in its style, or as it is. */
export function paint(text: string, style: Style | undefined, { color }: Looks): string {
  return color && style && text !== '' ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text
}

/** One line, cut off after `width` cells. */
export function paintLine(pieces: readonly Piece[], width: number, looks: Looks): string {
  let left = width
  let line = ''
  for (const { text, style } of pieces) {
    const fitting = cut(printable(text), left)
    left -= cells(fitting)
    line += paint(fitting, style, looks)
  }
  return line.trimEnd()
}

/** How many terminal cells the text takes: East Asian wide characters and pictures take two, combining marks none. */
export const cells = (text: string): number => stringWidth(text)

/** The text without anything that could move the cursor. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '?')
}

/** What a reader sees as one character: a letter with its marks, a picture of several code points. */
const GRAPHEMES = new Intl.Segmenter()

/** The text as its first `width` cells. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += cells(segment)
    if (used > width) break
    kept += segment
  }
  return kept
}

/** The text in at most `width` cells, with an ellipsis where its end is cut off. */
export function shorten(text: string, width: number, unicode: boolean): string {
  if (cells(text) <= width) return text
  const ellipsis = unicode ? '…' : '...'
  return width <= ellipsis.length ? cut(text, width) : `${cut(text, width - ellipsis.length)}${ellipsis}`
}

/** Padded with spaces to `width` cells. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cells(text)))
}

/** The text as lines of at most `width` cells, broken at spaces; a longer word has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && cells(last) + 1 + cells(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const HANGING = 4

/** Lines of at most `width` cells: what does not fit goes on below, indented by four cells more than its line. */
export function wrapLines(lines: readonly string[], width: number): string[] {
  return lines.flatMap(line => {
    if (cells(line) <= width) return [line]
    const text = stripVTControlCharacters(line)
    const indent = ' '.repeat(text.length - text.trimStart().length + HANGING)
    const [first = '', ...rest] = wrapText(line, width)
    const below = wrapText(rest.join(' ').trimStart(), width - indent.length)
    return [first.trimEnd(), ...below.map(more => indent + more.trimEnd())]
  })
}

/** The width of a terminal in cells; Infinity for any other stream. */
export function widthOf(stream: object): number {
  return isTerminal(stream) && 'columns' in stream && typeof stream.columns === 'number' ? stream.columns : Infinity
}
