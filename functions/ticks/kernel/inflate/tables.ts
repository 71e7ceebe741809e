/**
 * Decoding tables for DEFLATE's Huffman codes (https://www.rfc-editor.org/rfc/rfc1951#section-3.2). Codes are strict:
 * complete, or a single code of one bit, or (distances only) none, as zlib has it.
 *
 * LITERALS: one u32 for each value of the next 11 bits. It holds all that those bits settle: up to two literals and
 * then, if it fits, a match length with its extra bits, so that most matches of a text take one look-up here and one
 * in the distance table.
 *
 *   bits 0-5    bits used up
 *   bits 6-7    number of literals, 0..2
 *   bits 8-23   the literals, first one lowest
 *   bits 24-31  match length (3..255), or 0 if none is settled
 *
 * Where there is neither a literal nor a match length:
 *
 *   bits 8-9    kind: INVALID, END_OF_BLOCK, LONG_LENGTH (extra bits are still to be read, or it is over 255), SUBTABLE
 *   bits 10-14  LONG_LENGTH: bits of the code alone; the rest of the bits used up are the extra bits
 *   bits 15-23  LONG_LENGTH: its base
 *   bits 10-23  SUBTABLE: index of the first of its entries, for the next 4 bits
 *
 * DISTANCES: one u32 for each value of the next 8 bits; bits 0-5 are the bits used up, code and extra bits, bits 16-31
 * the base. Where the base is 0, bits 8-9 are the kind (INVALID, SUBTABLE) and bits 10-15 number a sub-table for the
 * next 7 bits. EXTRAS, at the same index: bits 0-5 the bits of the code alone + 2, bits 8-20 the mask of the extra bits.
 *
 * Small tables are the fast ones: with 12 bits they push the window out of the first-level cache.
 */

export const INVALID: u32 = 0
export const END_OF_BLOCK: u32 = 1
export const LONG_LENGTH: u32 = 2
export const SUBTABLE: u32 = 3

export const LITERAL_BITS: u32 = 11
export const DISTANCE_BITS: u32 = 8
/** A sub-table is for the rest of a code of 15 bits. */
export const LITERAL_REST: u32 = 4
export const DISTANCE_REST: u32 = 7
/** A sub-table's prefix is shared by two symbols at least, so that 286 (30) symbols have 143 (15) sub-tables at most. */
export const LITERALS: usize = memory.data(4 * (2048 + 143 * 16), 16)
export const DISTANCES: usize = memory.data(4 * (256 + 15 * 128), 16)
export const EXTRAS: usize = memory.data(4 * (256 + 15 * 128), 16)
/** The code of code lengths: bits 0-2 bits used up, bits 3-7 the symbol. */
export const PRECODE: usize = memory.data(128)

const MAX_BITS: u32 = 15
const LITERAL_ENTRIES: u32 = 1 << LITERAL_BITS
const DISTANCE_ENTRIES: u32 = 1 << DISTANCE_BITS
const COUNTS: usize = memory.data(4 * 16)
const NEXT: usize = memory.data(4 * 16)
/** The block's literals for fuse(): the code, its length, the byte. */
const FUSIBLE: usize = memory.data(4 * 256)
/** Entries as they were before fuse(). */
const PLAIN: usize = memory.data(4 * 1024, 16)

/** Base and number of extra bits by length symbol less 257; the last one stands for 258. */
const LENGTH_BASE: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
])
const LENGTH_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
])

/** The longest code that assignCodes() found, in bits. */
let longest: u32 = 0
let subtables: u32 = 0

/**
 * Finds the first code of each length.
 * @returns what of the code space is left over, in 1/32768: 0 for a complete code, negative for too many codes
 */
function assignCodes(lengths: usize, symbols: u32): i32 {
  memory.fill(COUNTS, 0, 4 * 16)
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const slot = COUNTS + ((load<u8>(lengths + (symbol as usize)) as usize) << 2)
    store<u32>(slot, load<u32>(slot) + 1)
  }
  let left: i32 = 1
  let code: u32 = 0
  longest = 0
  for (let bits: u32 = 1; bits <= MAX_BITS; bits++) {
    const slot = (bits as usize) << 2
    const count = load<u32>(COUNTS + slot)
    left = left * 2 - (count as i32)
    if (left < 0) return left
    if (count != 0) longest = bits
    store<u32>(NEXT + slot, code)
    code = (code + count) << 1
  }
  return left
}

/** The next code of this length, its bits in the order in which they come. */
function nextCode(bits: u32): u32 {
  const slot = NEXT + ((bits as usize) << 2)
  let code = load<u32>(slot)
  store<u32>(slot, code + 1)
  code = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555)
  code = ((code & 0x3333) << 2) | ((code >> 2) & 0x3333)
  code = ((code & 0x0f0f) << 4) | ((code >> 4) & 0x0f0f)
  code = ((code & 0x00ff) << 8) | (code >> 8)
  return code >> (16 - bits)
}

function fill(table: usize, first: u32, step: u32, end: u32, entry: u32): void {
  const endAt = table + ((end as usize) << 2)
  const bytes = (step as usize) << 2
  for (let at = table + ((first as usize) << 2); at < endAt; at += bytes) store<u32>(at, entry)
}

/** Builds PRECODE from the lengths (0..7) of 19 codes; false if they are no complete code. */
export function buildPrecode(lengths: usize): bool {
  if (assignCodes(lengths, 19) != 0) return false
  for (let symbol: u32 = 0; symbol < 19; symbol++) {
    const bits = load<u8>(lengths + (symbol as usize)) as u32
    if (bits == 0) continue
    for (let i = nextCode(bits); i < 128; i += 1 << bits) store<u8>(PRECODE + (i as usize), (symbol << 3) | bits)
  }
  return true
}

/** Builds LITERALS; false if the lengths are no code that DEFLATE allows. */
export function buildLiterals(lengths: usize, symbols: u32): bool {
  const left = assignCodes(lengths, symbols)
  if (left < 0 || (left > 0 && longest != 1)) return false
  if (left > 0 || longest > LITERAL_BITS) fill(LITERALS, 0, 1, LITERAL_ENTRIES, 1)
  subtables = 0
  let fusible: usize = 0
  let shortest = LITERAL_BITS
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const bits = load<u8>(lengths + (symbol as usize)) as u32
    if (bits == 0) continue
    const code = nextCode(bits)
    if (symbol > 256) addLength(code, bits, symbol - 257)
    else if (symbol == 256) addSymbol(code, bits, END_OF_BLOCK << 8)
    else {
      addSymbol(code, bits, 0x40 | (symbol << 8))
      if (bits >= LITERAL_BITS) continue
      store<u32>(FUSIBLE + fusible, code | (bits << 16) | (symbol << 24))
      fusible += 4
      shortest = min(shortest, bits)
    }
  }
  fuse(fusible, shortest)
  return true
}

/** Adds an entry that is complete but for the bits of its code. */
function addSymbol(code: u32, bits: u32, entry: u32): void {
  if (bits <= LITERAL_BITS) return fill(LITERALS, code, 1 << bits, LITERAL_ENTRIES, entry + bits)
  const pointer = LITERALS + ((code & (LITERAL_ENTRIES - 1)) << 2)
  if (((load<u32>(pointer) >> 8) & 3) != SUBTABLE) {
    store<u32>(pointer, ((LITERAL_ENTRIES + (subtables << LITERAL_REST)) << 10) | (SUBTABLE << 8) | LITERAL_BITS)
    subtables++
  }
  const first = (load<u32>(pointer) >> 10) & 0x3fff
  const rest = bits - LITERAL_BITS
  fill(LITERALS, first + (code >> LITERAL_BITS), 1 << rest, first + (1 << LITERAL_REST), entry + rest)
}

function addLength(code: u32, bits: u32, symbol: u32): void {
  if (symbol > 28) return addSymbol(code, bits, INVALID << 8)
  const base = load<u16>(LENGTH_BASE + ((symbol as usize) << 1)) as u32
  const extra = load<u8>(LENGTH_EXTRA + (symbol as usize)) as u32
  const all = bits + extra
  if (all > LITERAL_BITS) {
    const alone = bits > LITERAL_BITS ? bits - LITERAL_BITS : bits
    return addSymbol(code, bits, (base << 15) | (alone << 10) | (LONG_LENGTH << 8) | extra)
  }
  for (let value: u32 = 0; value < 1 << extra; value++) {
    const length = base + value
    const entry = length < 256 ? length << 24 : (length << 15) | (all << 10) | (LONG_LENGTH << 8)
    fill(LITERALS, code | (value << bits), 1 << all, LITERAL_ENTRIES, entry | all)
  }
}

/** Joins each literal's entries with what follows it, where the table's 12 bits settle that too. */
function fuse(fusible: usize, shortest: u32): void {
  memory.copy(PLAIN, LITERALS, 4 << ((LITERAL_BITS - shortest) as usize))
  for (let f: usize = 0; f < fusible; f += 4) {
    const literal = load<u32>(FUSIBLE + f)
    const bits = (literal >> 16) & 15
    const joined = 0x40 + bits + ((literal >> 24) << 8)
    const room = LITERAL_BITS - bits
    const end = PLAIN + (4 << (room as usize))
    const step = (4 as usize) << (bits as usize)
    let at = LITERALS + (((literal as usize) & 0xffff) << 2)
    for (let from = PLAIN; from < end; from += 4) {
      const next = load<u32>(from)
      if ((next & 63) <= room && (next & 0xff0000c0) != 0)
        store<u32>(at, ((next & 0xff0000ff) | ((next & 0xff00) << 8)) + joined)
      at += step
    }
  }
}

/** Builds DISTANCES and EXTRAS; false if the lengths are no code that DEFLATE allows. */
export function buildDistances(lengths: usize, symbols: u32): bool {
  const left = assignCodes(lengths, symbols)
  if (left < 0 || (left > 0 && longest > 1)) return false
  if (left > 0 || longest > DISTANCE_BITS) fill(DISTANCES, 0, 1, DISTANCE_ENTRIES, 1)
  subtables = 0
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const bits = load<u8>(lengths + (symbol as usize)) as u32
    if (bits != 0) addDistance(nextCode(bits), bits, symbol)
  }
  return true
}

function addDistance(code: u32, bits: u32, symbol: u32): void {
  const extra = symbol < 4 ? 0 : (symbol >> 1) - 1
  const base = symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1
  let first: u32 = 0
  let end: u32 = DISTANCE_ENTRIES
  if (bits > DISTANCE_BITS) {
    const pointer = DISTANCES + ((code & (DISTANCE_ENTRIES - 1)) << 2)
    if (((load<u32>(pointer) >> 8) & 3) != SUBTABLE || load<u32>(pointer) >> 16 != 0) {
      store<u32>(pointer, (subtables << 10) | (SUBTABLE << 8) | DISTANCE_BITS)
      subtables++
    }
    first = DISTANCE_ENTRIES + (((load<u32>(pointer) >> 10) & 63) << DISTANCE_REST)
    end = first + (1 << DISTANCE_REST)
    code >>= DISTANCE_BITS
    bits -= DISTANCE_BITS
  }
  const entry = symbol > 29 ? bits : (base << 16) | (bits + extra)
  fill(DISTANCES, first + code, 1 << bits, end, entry)
  fill(EXTRAS, first + code, 1 << bits, end, (((1 << extra) - 1) << 8) | (bits + 2))
}
