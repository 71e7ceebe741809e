/** The terminal's side of a writable stream. */
export interface Terminal {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
  /** Reports changes of the size, if it can. */
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}

const SAVE = '\x1b7'
const RESTORE = '\x1b8'
const CLEAR_LINE = '\x1b[2K'
const CLEAR_BELOW = '\x1b[J'
const ALL_ROWS = '\x1b[r'
/** Down one line, scrolling at the bottom, in the same column. */
const INDEX = '\x1bD'

/**
 * Lines at the bottom of a terminal that another program writes to. The terminal scrolls only what is above them
 * (https://vt100.net/docs/vt510-rm/DECSTBM.html). Each drawing is one write that leaves cursor and colours as they
 * were, and text of the program is never changed. It does not work beside a program that draws on the whole screen,
 * such as an editor.
 */
export class BottomBlock {
  readonly #terminal: Terminal
  #height = 0
  #rows = 0
  readonly #onExit = () => this.close()

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Draws the block anew; each line must fit the terminal's width. Follows the terminal when its size changes. */
  draw(lines: readonly string[]): void {
    const rows = this.#terminal.rows ?? 24
    let output = ''
    if (lines.length !== this.#height || rows !== this.#rows) output += this.#claim(lines.length, rows)
    output += `${SAVE}${region(rows - this.#height)}`
    lines.forEach((line, at) => {
      output += `${row(rows - this.#height + 1 + at)}${CLEAR_LINE}${line}`
    })
    this.#terminal.write(`${output}\x1b[0m${RESTORE}`)
  }

  /** Gives the rows back, empty, with the cursor where the program left it. Safe to call twice. */
  close(): void {
    if (this.#height === 0) return
    process.off('exit', this.#onExit)
    this.#terminal.write(this.#released())
    this.#height = 0
  }

  /** Makes room for the block: scrolls lines up, if the cursor is within the block's rows. */
  #claim(height: number, rows: number): string {
    if (this.#height === 0) process.once('exit', this.#onExit)
    const released = this.#released()
    this.#height = height
    this.#rows = rows
    // The cursor's row is unknown. Going down and up again moves it only if it would be within the block.
    return `${released}${INDEX.repeat(height)}\x1b[${height}A${SAVE}${region(rows - height)}${RESTORE}`
  }

  /**
   * After a change of size the block is elsewhere, perhaps between lines of the program that came into view. Only what
   * is below the cursor is surely not the program's.
   */
  #released(): string {
    if (this.#height === 0) return ''
    const moved = (this.#terminal.rows ?? this.#rows) !== this.#rows
    const top = moved ? '' : row(this.#rows - this.#height + 1) + CLEAR_BELOW
    return `${SAVE}${ALL_ROWS}${top}${RESTORE}${moved ? CLEAR_BELOW : ''}`
  }
}

function region(lastRow: number): string {
  return `\x1b[1;${lastRow}r`
}

function row(number: number): string {
  return `\x1b[${number};1H`
}
