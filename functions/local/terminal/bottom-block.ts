/** The terminal's side of a writable stream. */
export interface Terminal {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
  /** Tells when the size changes, if it can. */
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
 * Lines at the bottom of a terminal that another program writes to as it likes: the terminal scrolls only what is above
 * them (https://vt100.net/docs/vt510-rm/DECSTBM.html), and each drawing is one write that leaves cursor and colours as
 * they were. Text that the program prints is never touched. A program that draws on the whole screen by itself (an
 * editor) and this block get in each other's way.
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

  /** Makes room: as many lines scroll up as the block takes, if the cursor is that far down. */
  #claim(height: number, rows: number): string {
    if (this.#height === 0) process.once('exit', this.#onExit)
    const released = this.#released()
    this.#height = height
    this.#rows = rows
    // The cursor's row is not known: going down and up again moves it only where it would stand in the block.
    return `${released}${INDEX.repeat(height)}\x1b[${height}A${SAVE}${region(rows - height)}${RESTORE}`
  }

  /**
   * In a terminal of another size the block stands somewhere else, perhaps among lines from further up that came into
   * view: only below the cursor there is nothing of the program's.
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
