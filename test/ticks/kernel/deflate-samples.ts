/** Whole numbers from 0 up to below the bound, the same ones for the same seed. */
export type Random = (bound: number) => number

export function random(seed: number): Random {
  let state = seed * 2654435761
  return bound => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % bound
  }
}

export function randomBytes(dice: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => dice(256)))
}

function csv(): Buffer {
  const dice = random(1)
  let time = 1_722_988_800_000_000
  let text = 'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n'
  while (text.length < 150_000) {
    time += dice(30_000)
    const side = dice(2) ? 'bid' : 'ask'
    text += `binance-futures,BTCUSDT,${time},${time + 3000 + dice(2000)},false,${side},${55_000 + dice(900) / 10},${dice(5000) / 1000}\n`
  }
  return Buffer.from(text)
}

function runs(): Buffer {
  const dice = random(2)
  return Buffer.concat(Array.from({ length: 300 }, () => Buffer.alloc(dice(2000), dice(4))))
}

/** Data of different kinds. */
export const texts = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  csv: csv(),
  runs: runs(),
  random: randomBytes(random(3), 70_000),
  'few letters': Buffer.from(randomBytes(random(4), 60_000).map(byte => 97 + (byte % 5))),
}

/** Writes DEFLATE (https://www.rfc-editor.org/rfc/rfc1951) by hand. */
export class BitWriter {
  private readonly bits: number[] = []

  /** The lowest bit first, as numbers are written. */
  put(value: number, count: number): this {
    for (let i = 0; i < count; i++) this.bits.push((value >> i) & 1)
    return this
  }

  /** The highest bit first, as codes are written. */
  reversed(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.bits.push((value >> i) & 1)
    return this
  }

  align(): this {
    while (this.bits.length % 8) this.bits.push(0)
    return this
  }

  /** The header of a last block. */
  header(type: number): this {
    return this.put(1, 1).put(type, 2)
  }

  /** A stored block that is not the last one. */
  stored(bytes: Uint8Array): this {
    this.put(0, 3).align().put(bytes.length, 16).put(~bytes.length, 16)
    for (const byte of bytes) this.put(byte, 8)
    return this
  }

  fixedLiteral(byte: number): this {
    return byte < 144 ? this.reversed(0x30 + byte, 8) : this.reversed(0x190 + byte - 144, 9)
  }

  fixedEnd(): this {
    return this.reversed(0, 7)
  }

  fixedMatch(length: number, distance: number): this {
    let symbol = 257
    let base = 3
    const extraOf = (of: number) => (of < 265 || of === 285 ? 0 : (of - 261) >> 2)
    while (symbol < 285 && base + 2 ** extraOf(symbol) <= length) base += 2 ** extraOf(symbol++)
    if (length === 258) [symbol, base] = [285, 258]
    if (symbol < 280) this.reversed(symbol - 256, 7)
    else this.reversed(0xc0 + symbol - 280, 8)
    this.put(length - base, extraOf(symbol))
    let code = 0
    let from = 1
    const extra = (of: number) => (of < 4 ? 0 : (of >> 1) - 1)
    while (from + 2 ** extra(code) <= distance) from += 2 ** extra(code++)
    return this.reversed(code, 5).put(distance - from, extra(code))
  }

  /** The rest of a dynamic block's header: the lengths 0..15 have codes of 4 bits, and nothing is repeated. */
  plainLengths(literals: readonly number[], distances: readonly number[]): this {
    this.put(literals.length - 257, 5)
      .put(distances.length - 1, 5)
      .put(15, 4)
    for (let i = 0; i < 19; i++) this.put(i < 3 ? 0 : 4, 3)
    for (const length of [...literals, ...distances]) this.reversed(length, 4)
    return this
  }

  bytes(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.bits.length / 8))
    for (const [i, bit] of this.bits.entries()) bytes[i >> 3]! |= bit << (i & 7)
    return bytes
  }
}

const LONGEST_DISTANCE = 32_768
const LONGEST_MATCH = 258

/**
 * Data that repeats its last 32,768 bytes again and again. After `start`, which is at least as long, it is made of matches
 * of the longest distance alone. zlib writes none that is longer than 32,506 bytes.
 */
export function farMatches(start: Uint8Array, matches: number): { readonly text: Buffer; readonly deflated: Buffer } {
  const writer = new BitWriter().stored(start).header(1)
  for (let n = 0; n < matches; n++) writer.fixedMatch(LONGEST_MATCH, LONGEST_DISTANCE)
  const period = start.subarray(start.length - LONGEST_DISTANCE)
  const repeated = Buffer.alloc(matches * LONGEST_MATCH, period)
  return { text: Buffer.concat([start, repeated]), deflated: writer.fixedEnd().bytes() }
}
