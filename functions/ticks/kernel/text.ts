/** Bytes of text: where a cell ends, whether two texts are equal, which comes first. May read 16 bytes past an end. */

export const COMMA: u8 = 0x2c
export const NEWLINE: u8 = 0x0a
export const RETURN: u8 = 0x0d
export const QUOTE: u8 = 0x22

/** MASKS + 16 × n: n bytes of ones, then zeros; n from 0 to 16. */
const MASKS: usize = memory.data(17 * 16)
for (let n: usize = 0; n <= 16; n++) memory.fill(MASKS + n * 16, 0xff, n)

/** Whether a cell ends at this byte. */
export function endsCell(byte: u8): bool {
  return byte == COMMA || byte == NEWLINE || byte == RETURN
}

/** The first comma, newline or carriage return at or after `p`; there must be one. */
export function cellEnd(p: usize): usize {
  while (true) {
    const bytes = v128.load(p)
    const ends = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(0x2c)), i8x16.eq(bytes, i8x16.splat(0x0a))),
      i8x16.eq(bytes, i8x16.splat(0x0d)),
    )
    const mask = i8x16.bitmask(ends)
    if (mask != 0) return p + (ctz(mask) as usize)
    p += 16
  }
}

/** Whether the first `length` bytes (16 at most) at both addresses are equal. */
export function equalShort(a: usize, b: usize, length: u32): bool {
  const differences = v128.xor(v128.load(a), v128.load(b))
  return !v128.any_true(v128.and(differences, v128.load(MASKS + ((length as usize) << 4))))
}

/** Whether `length` bytes at both addresses are equal. All are compared before one branch: texts that differ are rare. */
export function equal(a: usize, b: usize, length: u32): bool {
  if (length <= 16) return equalShort(a, b, length)
  const last = (length - 16) as usize
  let differences = v128.xor(v128.load(a + last), v128.load(b + last))
  for (let at: usize = 0; at < last; at += 16)
    differences = v128.or(differences, v128.xor(v128.load(a + at), v128.load(b + at)))
  return !v128.any_true(differences)
}

/** The first of sixteen bytes that differs at both addresses, or 16. */
export function firstDifference(a: usize, b: usize): u32 {
  return ctz(i8x16.bitmask(i8x16.ne(v128.load(a), v128.load(b))) | 0x10000)
}

/** A hash of `length` bytes, well mixed in all its bits. */
export function hashText(p: usize, length: u32): u32 {
  let hash: u64 = (length as u64) * 0x9e3779b97f4a7c15
  while (length > 16) {
    hash = mix(hash ^ load<u64>(p)) ^ load<u64>(p, 8)
    p += 16
    length -= 16
  }
  const rest = v128.and(v128.load(p), v128.load(MASKS + ((length as usize) << 4)))
  hash = mix(hash ^ v128.extract_lane<u64>(rest, 0))
  hash = mix(hash ^ v128.extract_lane<u64>(rest, 1))
  return (hash >> 32) as u32
}

function mix(bits: u64): u64 {
  bits *= 0xbf58476d1ce4e5b9
  return bits ^ (bits >> 31)
}

/** Below, at or above 0 as text `a` comes before, with or after `b`, byte by byte. */
export function compare(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const first = firstDifference(a, b)
  if (first < 16 && first < aLength && first < bLength)
    return (load<u8>(a + (first as usize)) as i32) - (load<u8>(b + (first as usize)) as i32)
  const order = memory.compare(a, b, min(aLength, bLength) as usize)
  return order != 0 ? order : (aLength as i32) - (bLength as i32)
}
