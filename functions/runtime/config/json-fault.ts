import { shown } from '../shown.ts'

/** Where a JSON text (https://www.rfc-editor.org/rfc/rfc8259) goes wrong, counting from 1. */
export interface JsonFault {
  readonly line: number
  readonly column: number
  /** `found …, expected …` */
  readonly text: string
}

/**
 * The first fault of a JSON text: what is no JSON, or a name that an object has twice. Undefined where there is none.
 * JSON.parse does not say of each fault where it is, and takes the last of two names in silence. Pure.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const at = new Scanner(text)
  try {
    at.value()
    at.end()
    return undefined
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const before = text.slice(0, error.offset).split('\n')
    return { line: before.length, column: before.at(-1)!.length + 1, text: error.message }
  }
}

class Fault extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

const SPACE = /[ \t\r\n]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const MAX_DEPTH = 100

class Scanner {
  readonly #text: string
  #offset = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): void {
    this.#take(SPACE)
    if (++this.#depth > MAX_DEPTH) throw this.#fault(`at most ${MAX_DEPTH} levels`)
    if (this.#is('{')) this.#members()
    else if (this.#is('[')) this.#elements()
    else if (this.#take(STRING) === undefined && this.#take(SCALAR) === undefined) throw this.#fault('a value')
    this.#depth -= 1
    this.#take(SPACE)
  }

  end(): void {
    if (this.#offset < this.#text.length) throw this.#fault('the end')
  }

  #members(): void {
    const names = new Set<string>()
    this.#take(SPACE)
    if (this.#is('}')) return
    do {
      this.#take(SPACE)
      const start = this.#offset
      const name = this.#take(STRING)
      if (name === undefined) throw this.#fault('a name in double quotes')
      if (names.has(JSON.parse(name))) throw new Fault(start, `found the name ${name} twice, expected it once`)
      names.add(JSON.parse(name))
      this.#take(SPACE)
      if (!this.#is(':')) throw this.#fault('a colon')
      this.value()
    } while (this.#is(','))
    if (!this.#is('}')) throw this.#fault('a comma or }')
  }

  #elements(): void {
    this.#take(SPACE)
    if (this.#is(']')) return
    do this.value()
    while (this.#is(','))
    if (!this.#is(']')) throw this.#fault('a comma or ]')
  }

  #is(character: string): boolean {
    const found = this.#text[this.#offset] === character
    if (found) this.#offset += 1
    return found
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset
    const found = pattern.exec(this.#text)?.[0]
    this.#offset += found?.length ?? 0
    return found
  }

  /** Only one character is shown, because what follows may be a key. */
  #fault(expected: string): Fault {
    const found = String.fromCodePoint(this.#text.codePointAt(this.#offset) ?? 0)
    const what = this.#offset < this.#text.length ? shown(found) : 'the end'
    return new Fault(this.#offset, `found ${what}, expected ${expected}`)
  }
}
