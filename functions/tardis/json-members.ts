import { escapeControls } from '../runtime/shown.ts'

/**
 * Reads some members of a JSON document while it streams in. A venue with options lists hundreds of thousands of symbols
 * several times, in tens of megabytes: parsing all of that would take most of a small function's memory.
 */

/** A selected member: its place in the document (`datasets.symbols[7]`), its selector, and its parsed value. */
export interface JsonMember {
  readonly selector: string
  readonly place: string
  readonly value: unknown
}

/** The text is not JSON. `complete` is false where it ended too early, as after a broken transfer. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'
  readonly complete: boolean
  constructor(message: string, complete: boolean) {
    super(escapeControls(message.slice(0, MAX_MESSAGE_CHARACTERS)))
    this.complete = complete
  }
}

interface Frame {
  readonly isArray: boolean
  /** The container's path as a selector has it, and with indexes for messages. */
  readonly path: string
  readonly place: string
  index: number
}

type Expecting = 'value' | 'first key' | 'key' | 'colon' | 'comma'

/** Names come from the document, so a message can be as long as one. */
const MAX_MESSAGE_CHARACTERS = 300
/** A selected member is far shorter. */
export const MAX_MEMBER_BYTES = 1024 * 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Scans one JSON object. A selector is the dotted path of a member, with `[]` for the elements of an array
 * (`exportedUntil`, `datasets.symbols[]`). `onMember` is called with each selected member in document order, and with a
 * value that should be a container on the way to one but is none, under its own path. Of all other values only the brackets
 * are checked. Memory: the current path and one selected member, of at most `maxMemberBytes` of text, by default 1 MiB.
 */
export class JsonMemberScanner {
  readonly #selectors: ReadonlySet<string>
  readonly #onMember: (member: JsonMember) => void
  readonly #maxMemberBytes: number
  readonly #frames: Frame[] = []
  #expecting: Expecting = 'value'
  #started = false
  #offset = 0
  #path = ''
  #place = ''
  // The state inside a value or key that is read as bytes: its nesting, and its bytes if they are kept.
  #inside: 'no' | 'key' | 'value' = 'no'
  #keep = false
  #depth = 0
  #inString = false
  #escaped = false
  #scalar = false
  #pieces: Uint8Array[] = []
  #keptBytes = 0

  constructor(selectors: readonly string[], onMember: (member: JsonMember) => void, maxMemberBytes = MAX_MEMBER_BYTES) {
    this.#selectors = new Set(selectors)
    this.#onMember = onMember
    this.#maxMemberBytes = maxMemberBytes
  }

  /** Reads the next bytes. Throws JsonTextError where they cannot be JSON, and what `onMember` throws. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#inside !== 'no') at = this.#take(chunk, at)
      else at = this.#step(chunk, at)
    }
    this.#offset += chunk.length
  }

  /** How many objects and lists that can hold selected members are open. */
  get depth(): number {
    return this.#frames.length
  }

  /** Ends the text. Throws JsonTextError unless it was one whole object. */
  end(): void {
    if (!this.#started || this.#frames.length > 0 || this.#inside !== 'no')
      throw new JsonTextError(`JSON ends early, at byte ${this.#offset}`, false)
  }

  #step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at]!
    if (isSpace(byte)) return at + 1
    if (this.#started && this.#frames.length === 0) throw this.#unexpected(byte, at, 'nothing after the object')
    switch (this.#expecting) {
      case 'value':
        return this.#value(byte, at)
      case 'first key':
      case 'key':
        if (byte === 0x7d && this.#expecting === 'first key') return this.#close(at)
        if (byte !== QUOTE) throw this.#unexpected(byte, at, 'a member name')
        this.#begin('key', true)
        return at
      case 'colon':
        if (byte !== 0x3a) throw this.#unexpected(byte, at, 'a colon')
        this.#expecting = 'value'
        return at + 1
      case 'comma':
        return this.#comma(byte, at)
    }
  }

  #value(byte: number, at: number): number {
    const frame = this.#frames.at(-1)
    if (frame === undefined || byte !== 0x5d) return this.#beginValue(byte, at)
    if (frame.isArray && frame.index === -1) return this.#close(at)
    throw this.#unexpected(byte, at, 'a value')
  }

  #beginValue(byte: number, at: number): number {
    const frame = this.#frames.at(-1)
    if (frame?.isArray) {
      frame.index++
      this.#path = `${frame.path}[]`
      this.#place = `${frame.place}[${frame.index}]`
    }
    if (!this.#started && byte !== 0x7b) throw this.#unexpected(byte, at, 'an object')
    this.#started = true
    const isArray = byte === 0x5b
    const selected = this.#selectors.has(this.#path)
    if (!selected && (isArray || byte === 0x7b) && this.#canHoldSelected(isArray)) {
      this.#frames.push({ isArray, path: this.#path, place: this.#place, index: -1 })
      this.#expecting = isArray ? 'value' : 'first key'
      return at + 1
    }
    this.#begin('value', selected || this.#canHoldSelected(true) || this.#canHoldSelected(false))
    return at
  }

  /** Whether a selected member can be inside the value at the current path. */
  #canHoldSelected(isArray: boolean): boolean {
    const prefix = isArray ? `${this.#path}[]` : this.#path === '' ? '' : `${this.#path}.`
    for (const selector of this.#selectors) if (selector.startsWith(prefix)) return true
    return false
  }

  #comma(byte: number, at: number): number {
    const isArray = this.#frames.at(-1)!.isArray
    if (byte === (isArray ? 0x5d : 0x7d)) return this.#close(at)
    if (byte !== 0x2c) throw this.#unexpected(byte, at, `a comma or a closing bracket`)
    this.#expecting = isArray ? 'value' : 'key'
    return at + 1
  }

  #close(at: number): number {
    this.#frames.pop()
    this.#expecting = 'comma'
    return at + 1
  }

  #begin(inside: 'key' | 'value', keep: boolean): void {
    this.#inside = inside
    this.#keep = keep
    this.#depth = 0
    this.#inString = this.#escaped = this.#scalar = false
    this.#pieces = []
    this.#keptBytes = 0
  }

  /** Reads on in a key or value, up to its end or the end of the chunk. Returns the offset behind what was read. */
  #take(chunk: Uint8Array, from: number): number {
    let at = from
    let ended = false
    for (; at < chunk.length && !ended; at++) {
      const byte = chunk[at]!
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) {
          this.#inString = false
          ended = this.#depth === 0
        }
      } else if (this.#scalar) {
        if (byte === 0x2c || byte === 0x5d || byte === 0x7d || isSpace(byte)) {
          ended = true
          at--
        }
      } else if (byte === QUOTE) this.#inString = true
      else if (byte === 0x7b || byte === 0x5b) this.#depth++
      else if (byte === 0x7d || byte === 0x5d) ended = --this.#depth === 0
      else if (this.#depth === 0) this.#scalar = true
    }
    if (this.#keep) this.#keepPiece(chunk.slice(from, at))
    if (ended) this.#finish()
    return at
  }

  #keepPiece(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#keptBytes += piece.length
    const most = this.#maxMemberBytes
    if (this.#keptBytes <= most) return
    const message = `${this.#place || 'a member'} is longer than ${most} bytes, up to byte ${this.#offset}`
    throw new JsonTextError(message, true)
  }

  #finish(): void {
    const inside = this.#inside
    this.#inside = 'no'
    if (inside === 'value') this.#expecting = 'comma'
    if (!this.#keep) return
    const value = this.#parse(Buffer.concat(this.#pieces).toString('utf8'))
    if (inside === 'value') {
      this.#onMember({ selector: this.#path, place: this.#place, value })
      return
    }
    const { path, place } = this.#frames.at(-1)!
    this.#path = path === '' ? String(value) : `${path}.${value}`
    this.#place = place === '' ? String(value) : `${place}.${value}`
    this.#expecting = 'colon'
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw new JsonTextError(`${this.#place || 'a member'} is not JSON: ${text.slice(0, 80)}`, true)
    }
  }

  #unexpected(byte: number, at: number, expected: string): JsonTextError {
    const found = JSON.stringify(String.fromCharCode(byte))
    return new JsonTextError(`not JSON at byte ${this.#offset + at}: ${found}, expected ${expected}`, true)
  }
}
