import assert from 'node:assert/strict'
import { BottomBlock } from '../../../functions/local/terminal/bottom-block.ts'

/**
 * As much of a VT100 as the block uses, with what scrolls off the top kept: https://vt100.net/docs/vt510-rm/chapter4.html
 */
class Screen {
  columns = 20
  rows: number
  scrolledOff: string[] = []
  lines: string[]
  #row = 0
  #column = 0
  #saved = [0, 0]
  #bottom: number

  constructor(rows: number) {
    this.rows = rows
    this.#bottom = rows - 1
    this.lines = new Array<string>(rows).fill('')
  }

  write(text: string): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is parsed
    for (const token of text.match(/\x1b\[[\d;]*[A-Za-z]|\x1b[78D]|\n|[^\x1b\n]+/g) ?? []) this.#act(token)
    return true
  }

  #act(token: string): void {
    if (token === '\n') this.#down(0)
    else if (token === '\x1bD') this.#down(this.#column)
    else if (token === '\x1b7') this.#saved = [this.#row, this.#column]
    else if (token === '\x1b8') [this.#row, this.#column] = this.#saved as [number, number]
    else if (token.startsWith('\x1b[')) this.#control(token.at(-1)!, token.slice(2, -1).split(';').map(Number))
    else {
      const line = this.lines[this.#row]!.padEnd(this.#column)
      this.lines[this.#row] = line.slice(0, this.#column) + token + line.slice(this.#column + token.length)
      this.#column += token.length
    }
  }

  #control(final: string, [first = 0, second = 0]: number[]): void {
    if (final === 'A') this.#row = Math.max(0, this.#row - first)
    else if (final === 'H') [this.#row, this.#column] = [first - 1, second - 1]
    else if (final === 'K') this.lines[this.#row] = ''
    else if (final === 'r') [this.#bottom, this.#row, this.#column] = [(second || this.rows) - 1, 0, 0]
    else if (final === 'J') {
      this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column)
      this.lines.fill('', this.#row + 1)
    } else assert.equal(final, 'm')
  }

  #down(column: number): void {
    this.#column = column
    if (this.#row !== this.#bottom) this.#row = Math.min(this.rows - 1, this.#row + 1)
    else {
      this.scrolledOff.push(this.lines[0]!)
      this.lines.splice(0, 1)
      this.lines.splice(this.#bottom, 0, '')
    }
  }

  /** Grows as terminals do: lines from further up come back into view, and all of the screen scrolls again. */
  grow(by: number): void {
    const back = this.scrolledOff.splice(-by)
    this.lines = [...back, ...this.lines, ...new Array<string>(by - back.length).fill('')]
    this.rows += by
    this.#bottom = this.rows - 1
    this.#row += back.length
  }

  get text(): string[] {
    return [...this.scrolledOff, ...this.lines].map(line => line.trimEnd()).filter(line => line !== '')
  }
}

const BLOCK = ['== one', '== two']
const isBlock = (line: string) => line.startsWith('==')
const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`)

describe('BottomBlock', () => {
  it('stays at the bottom while the command writes above it, and loses none of its lines', () => {
    const screen = new Screen(8)
    const block = new BottomBlock(screen)
    screen.write('line 1\nline 2\n')
    for (let i = 3; i <= 30; i++) {
      block.draw([`== at ${i}`, '== two'])
      assert.deepEqual(screen.lines.slice(6), [`== at ${i}`, '== two'])
      screen.write(`line ${i}\n`)
    }
    block.close()
    assert.deepEqual(screen.text, numbered(1, 30))
  })

  it('leaves the cursor where the command left it, in the middle of a line too', () => {
    const screen = new Screen(6)
    const block = new BottomBlock(screen)
    screen.write('a\nb\nc\nd\ne\nhalf of ')
    block.draw(BLOCK)
    screen.write('a line')
    block.draw(BLOCK)
    screen.write('\nend\n')
    block.close()
    block.close()
    assert.deepEqual(screen.text, ['a', 'b', 'c', 'd', 'e', 'half of a line', 'end'])
  })

  it('follows a terminal that grows, without eating the lines that come back into view', () => {
    const screen = new Screen(8)
    const block = new BottomBlock(screen)
    for (const line of numbered(1, 20)) {
      block.draw(BLOCK)
      screen.write(`${line}\n`)
    }
    screen.grow(4)
    block.draw(BLOCK)
    assert.deepEqual(screen.lines.slice(10), BLOCK)
    assert.equal(screen.lines.filter(isBlock).length, 2)
    screen.write('line 21\n')
    block.close()
    assert.deepEqual(screen.text, numbered(1, 21))
  })

  it('gives the whole screen back, also when it was never drawn', () => {
    const screen = new Screen(6)
    new BottomBlock(screen).close()
    assert.deepEqual(screen.text, [])
    const listeners = process.listenerCount('exit')
    const block = new BottomBlock(screen)
    block.draw(BLOCK)
    assert.equal(process.listenerCount('exit'), listeners + 1)
    block.close()
    assert.equal(process.listenerCount('exit'), listeners)
    screen.write('1\n2\n3\n4\n5\n6\n7\n')
    assert.deepEqual(screen.lines, ['3', '4', '5', '6', '7', ''])
  })
})
