import type { Writable } from 'node:stream'
import { cells } from './style.ts'

/** The terminal's side of a writable stream. */
export type TerminalStream = Writable & { readonly columns?: number; readonly rows?: number }

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_LINE_END = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
// biome-ignore lint/suspicious/noControlCharactersInRegex: strips our own control codes
const CONTROL_CODES = /\x1b\[[\d;?]*[A-Za-z]/g

/**
 * A few lines at the bottom of a terminal that are drawn over in place, with ordinary lines scrolling by above them.
 * Each change is one write, so nothing tears. The cursor is hidden while the block stands and shown again by `close`,
 * which also runs when the process exits in any other way. Nothing else may write to the same terminal meanwhile.
 */
export class LiveBlock {
  readonly #stream: TerminalStream
  #drawn: readonly string[] = []
  #above = ''
  #open = false
  readonly #onExit = () => this.close()

  constructor(stream: TerminalStream) {
    this.#stream = stream
  }

  /** Adds text above the block. It is written with the next frame. */
  print(text: string): void {
    this.#above += text.endsWith('\n') ? text : `${text}\n`
  }

  /** Draws the block anew; each line must fit the terminal's width. */
  draw(lines: readonly string[]): void {
    if (this.#above === '' && this.#open && sameLines(lines, this.#drawn)) return
    let output = this.#rewind()
    if (!this.#open) {
      output = HIDE_CURSOR
      this.#open = true
      process.once('exit', this.#onExit)
    }
    // The text above may have fewer cells than the old block's lines, so those are cleared first.
    if (this.#above !== '') output += CLEAR_BELOW + this.#above
    output += lines.map(line => line + CLEAR_LINE_END).join('\n') + CLEAR_BELOW
    this.#above = ''
    this.#drawn = lines
    this.#stream.write(output)
  }

  /** Removes the block, writes the remaining text, and shows the cursor. Safe to call twice. */
  close(): void {
    const output = this.#open ? this.#rewind() + CLEAR_BELOW + this.#above + SHOW_CURSOR : this.#above
    process.off('exit', this.#onExit)
    this.#open = false
    this.#above = ''
    this.#drawn = []
    if (output !== '') this.#stream.write(output)
  }

  /** Back to the block's first cell. A terminal that became narrower has wrapped the lines that stood there. */
  #rewind(): string {
    if (this.#drawn.length === 0) return '\r'
    const columns = this.#stream.columns ?? 80
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(cells(line.replace(CONTROL_CODES, '')) / columns)),
      0,
    )
    return rows > 1 ? `\r\x1b[${rows - 1}A` : '\r'
  }
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index])
}
