/**
 * The CRC-32 of gzip (https://www.rfc-editor.org/rfc/rfc1952#section-8) at memory speed, without a multiplication.
 *
 * A CRC is the message, read as a polynomial over GF(2), modulo P. x³⁰⁰ + x¹⁵⁵ + x¹¹⁷ + x⁸⁹ + 1 is a multiple of P, and
 * so, squared seven times, is y³⁰⁰ + y¹⁵⁵ + y¹¹⁷ + y⁸⁹ + 1 with y = x¹²⁸. Hence a block of 16 bytes may be struck out if
 * it is added (xor) to the blocks 145, 183, 211 and 300 further on. What is left in the end are the last 300 blocks,
 * which go the common way, byte by byte. The method is that of K. Omar and S. Russell's Chorba
 * (https://arxiv.org/abs/2412.16398), with a shorter multiple of P that keeps its ring in the first-level cache.
 */

const BLOCK_BYTES: usize = 16
const RING_BYTES: usize = 300 * 16
const NEAR: usize = 145 * 16
const MIDDLE: usize = 183 * 16
const FAR: usize = 211 * 16

/** The last 300 blocks, as they were when they were struck out. The block 300 further on replaces each. */
const RING: usize = memory.data(300 * 16, 16)
/** The bytes since the last whole block. */
const REST: usize = memory.data(16, 16)
const LAST_BLOCKS: usize = memory.data(300 * 16, 16)
const TABLE: usize = memory.data(4 * 256)
for (let byte: u32 = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1
  store<u32>(TABLE + ((byte as usize) << 2), crc)
}

let next: usize = 0
let restBytes: usize = 0
let anyBlock: bool = false

/** A new checksum begins. */
export function crc32Reset(): void {
  memory.fill(RING, 0, RING_BYTES)
  // A CRC-32 begins with the message's first four bytes inverted; this is added to the first block.
  store<u32>(RING, 0xffffffff)
  next = 0
  restBytes = 0
  anyBlock = false
}

/** Takes the bytes up to `end` in. */
export function crc32Update(start: usize, end: usize): void {
  if (restBytes != 0) {
    const missing: usize = min(BLOCK_BYTES - restBytes, end - start)
    memory.copy(REST + restBytes, start, missing)
    restBytes += missing
    start += missing
    if (restBytes < 16) return
    strikeOut(REST, REST + 16)
  }
  const rest = end - ((end - start) & 15)
  strikeOut(start, rest)
  restBytes = end - rest
  memory.copy(REST, rest, restBytes)
}

/** The checksum of all bytes since the reset; more may follow. */
export function crc32Value(): u32 {
  let crc: u32 = 0xffffffff
  if (anyBlock) {
    memory.copy(LAST_BLOCKS, RING + next, RING_BYTES - next)
    memory.copy(LAST_BLOCKS + RING_BYTES - next, RING, next)
    bringBack()
    crc = bytewise(0, LAST_BLOCKS, LAST_BLOCKS + RING_BYTES)
  }
  return ~bytewise(crc, REST, REST + restBytes)
}

/** Removes from the last blocks what earlier ones of them added, because the bytewise pass adds it again. */
function bringBack(): void {
  for (let at: usize = RING_BYTES; at > NEAR; ) {
    at -= 16
    const block = LAST_BLOCKS + at
    add(block, block - NEAR)
    if (at >= MIDDLE) add(block, block - MIDDLE)
    if (at >= FAR) add(block, block - FAR)
  }
}

function add(block: usize, other: usize): void {
  v128.store(block, v128.xor(v128.load(block), v128.load(other)))
}

function bytewise(crc: u32, start: usize, end: usize): u32 {
  for (; start < end; start++) crc = (crc >> 8) ^ load<u32>(TABLE + (((crc ^ load<u8>(start)) & 255) << 2))
  return crc
}

function strikeOut(start: usize, end: usize): void {
  if (start < end) anyBlock = true
  while (start < end) {
    // Up to where the first of the ring's four positions wraps around.
    const wrap = next < NEAR ? NEAR : next < MIDDLE ? MIDDLE : next < FAR ? FAR : RING_BYTES
    const bytes = min(wrap - next, end - start)
    strikeOutRun(start, RING + next, RING + next + bytes)
    start += bytes
    next += bytes
    if (next == RING_BYTES) next = 0
  }
}

/** Up to `end` in the ring; whole blocks. */
function strikeOutRun(from: usize, to: usize, end: usize): void {
  const at = to - RING
  let near = at < NEAR ? to + RING_BYTES - NEAR : to - NEAR
  let middle = at < MIDDLE ? to + RING_BYTES - MIDDLE : to - MIDDLE
  let far = at < FAR ? to + RING_BYTES - FAR : to - FAR
  if (((end - to) & 16) != 0) {
    const around = v128.xor(v128.load(to), v128.load(far))
    const between = v128.xor(v128.load(near), v128.load(middle))
    v128.store(to, v128.xor(v128.xor(v128.load(from), around), between))
    from += 16
    to += 16
    near += 16
    middle += 16
    far += 16
  }
  while (to < end) {
    const around = v128.xor(v128.load(to), v128.load(far))
    const around16 = v128.xor(v128.load(to, 16), v128.load(far, 16))
    const between = v128.xor(v128.load(near), v128.load(middle))
    const between16 = v128.xor(v128.load(near, 16), v128.load(middle, 16))
    v128.store(to, v128.xor(v128.xor(v128.load(from), around), between))
    v128.store(to, v128.xor(v128.xor(v128.load(from, 16), around16), between16), 16)
    from += 32
    to += 32
    near += 32
    middle += 32
    far += 32
  }
}
