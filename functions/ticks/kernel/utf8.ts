/**
 * UTF-8 (https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G27506, table 3-7): every text that goes
 * into a column is well-formed, for readers of Parquet and Arrow refuse a whole file for one that is not.
 */

/**
 * Where the first byte stands that belongs to no well-formed sequence, or `end` where all is text. ASCII is passed over
 * sixteen bytes at a time. May read 16 bytes past `end`.
 */
export function invalidUtf8(start: usize, end: usize): usize {
  let p = start
  while (p < end) {
    const others = i8x16.bitmask(v128.load(p))
    if (others == 0) {
      p += 16
      continue
    }
    p += ctz(others) as usize
    while (p < end && load<u8>(p) >= 0x80) {
      const next = sequenceEnd(p)
      if (next == 0 || next > end) return p
      p = next
    }
  }
  return end
}

/** The end of the sequence of two to four bytes that begins at `p`, or 0 where it is none. */
function sequenceEnd(p: usize): usize {
  const lead = load<u8>(p)
  if (lead < 0xc2 || lead > 0xf4) return 0
  // The second byte's range leaves out overlong sequences, surrogates, and all above U+10FFFF.
  const lowest: u8 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80
  const highest: u8 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf
  const second = load<u8>(p, 1)
  if (second < lowest || second > highest) return 0
  if (lead < 0xe0) return p + 2
  if (!isContinuation(load<u8>(p, 2))) return 0
  if (lead < 0xf0) return p + 3
  return isContinuation(load<u8>(p, 3)) ? p + 4 : 0
}

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80
}
