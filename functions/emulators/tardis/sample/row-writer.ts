const ZERO = 0x30
const COMMA = 0x2c

/** A piece is complete at this length. No market step writes as much as the slack. */
const PIECE_BYTES = 1 << 20
const SLACK_BYTES = 1 << 20

/**
 * Writes CSV as bytes, without strings. Each cell ends with a comma; `endRow` replaces the last one with a newline. At most
 * `maxRows` rows are kept; later ones are dropped.
 */
export class RowWriter {
  rows = 0
  readonly #maxRows: number
  readonly #buffer = Buffer.allocUnsafe(PIECE_BYTES + SLACK_BYTES)
  #at = 0
  #end = -1
  #prefixStart = 0
  #prefixEnd = 0

  constructor(maxRows = Number.POSITIVE_INFINITY) {
    this.#maxRows = maxRows
  }

  get isFull(): boolean {
    return this.#end >= 0
  }

  get hasPiece(): boolean {
    return this.#at >= PIECE_BYTES || (this.isFull && this.#at > 0)
  }

  /** A copy of what was written since the last call. */
  takePiece(): Uint8Array {
    const piece = Buffer.from(this.#buffer.subarray(0, this.isFull ? this.#end : this.#at))
    this.#at = 0
    if (this.isFull) this.#end = 0
    return piece
  }

  header(line: string): void {
    this.#at += this.#buffer.write(`${line}\n`, this.#at, 'latin1')
  }

  /** One or more cells as bytes, joined by commas. */
  bytes(cell: Uint8Array): void {
    const buffer = this.#buffer
    let at = this.#at
    for (let i = 0; i < cell.length; i++) buffer[at++] = cell[i]!
    buffer[at++] = COMMA
    this.#at = at
  }

  text(cell: string): void {
    this.#at += this.#buffer.write(cell, this.#at, 'latin1')
    this.#buffer[this.#at++] = COMMA
  }

  empty(): void {
    this.#buffer[this.#at++] = COMMA
  }

  /** Marks the beginning of cells that `prefix` can repeat, up to `endPrefix`, until the next piece is taken. */
  beginPrefix(): void {
    this.#prefixStart = this.#at
  }

  endPrefix(): void {
    this.#prefixEnd = this.#at
  }

  prefix(): void {
    this.#buffer.copyWithin(this.#at, this.#prefixStart, this.#prefixEnd)
    this.#at += this.#prefixEnd - this.#prefixStart
  }

  /** Microseconds since 1970: sixteen digits, from 2001 to 2286. */
  micros(micros: number): void {
    const high = Math.floor(micros / 1e8)
    this.#eightDigits(high)
    this.#eightDigits(micros - high * 1e8)
    this.#buffer[this.#at++] = COMMA
  }

  #eightDigits(value: number): void {
    const buffer = this.#buffer
    let rest = value | 0
    for (let at = this.#at + 7; at >= this.#at; at--) {
      const next = (rest / 10) | 0
      buffer[at] = ZERO + rest - next * 10
      rest = next
    }
    this.#at += 8
  }

  /** `scaled / 10^decimals` in the shortest form, as JavaScript prints numbers of this size. */
  decimal(scaled: number, decimals: number): void {
    const value = Math.abs(scaled)
    if (scaled < 0) this.#buffer[this.#at++] = 0x2d
    if (value < 0x7fffffff) this.#smallDecimal(value | 0, decimals)
    else this.#at += this.#buffer.write(String(value / 10 ** decimals), this.#at, 'latin1')
    this.#buffer[this.#at++] = COMMA
  }

  #smallDecimal(scaled: number, places: number): void {
    const buffer = this.#buffer
    let value = scaled
    let decimals = places
    for (let next = (value / 10) | 0; decimals > 0 && next * 10 === value; next = (value / 10) | 0) {
      value = next
      decimals--
    }
    let digits = 1
    for (let power = 10; digits < 10 && value >= power; power *= 10) digits++
    if (digits <= decimals) digits = decimals + 1
    let at = this.#at + digits + (decimals > 0 ? 1 : 0)
    this.#at = at
    let rest = value
    for (let i = 0; i < digits; i++) {
      if (i === decimals && decimals > 0) buffer[--at] = 0x2e
      const next = (rest / 10) | 0
      buffer[--at] = ZERO + rest - next * 10
      rest = next
    }
  }

  endRow(): void {
    this.#buffer[this.#at - 1] = 0x0a
    this.rows++
    if (this.rows === this.#maxRows) this.#end = this.#at
  }
}
