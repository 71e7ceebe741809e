/**
 * RLE / bit-packing hybrid (https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE): runs of one value,
 * and between them groups of eight values packed at a fixed width.
 */
import { writeVarint } from './varint'

/** The minimum length of a run that is written as one; shorter ones stay in the bit-packed groups. */
const MIN_RUN: u32 = 16

/**
 * The width for the values 0 to `largest`: 1, 2, 4 bits or whole bytes. Wider than need be, it lets ZSTD see values
 * rather than bits: repetitions show, and frequent values take fewer bits than rare ones.
 */
export function bitWidth(largest: u32): u32 {
  if (largest < 2) return 1
  if (largest < 4) return 2
  if (largest < 16) return 4
  return (39 - (clz(largest) as u32)) & ~7
}

/**
 * Writes `count` u32 values of `width` bits; returns the address after them. May write 16 bytes further.
 * @param ranks 0; or for a width of 16 the address of what is written for each value, u16
 */
export function writeHybrid(values: usize, count: i32, width: u32, ranks: usize, out: usize): usize {
  const end = values + ((count as usize) << 2)
  while (values < end) {
    const runEnd = endOfRun(values, end)
    const run = ((runEnd - values) >> 2) as u32
    if (run >= MIN_RUN) {
      out = writeRun(rankOf(load<u32>(values), ranks), run, width, out)
      values = runEnd
    } else {
      const packedEnd = endOfGroups(values, end)
      out = writeGroups(values, packedEnd, width, ranks, out)
      values = packedEnd
    }
  }
  return out
}

function endOfRun(values: usize, end: usize): usize {
  const value = load<u32>(values)
  const four = i32x4.splat(value as i32)
  let p = values + 4
  while (p + 16 <= end && i32x4.all_true(i32x4.eq(v128.load(p), four))) p += 16
  while (p < end && load<u32>(p) == value) p += 4
  return p
}

/** The first group at which a run of the minimum length begins, or the end. */
function endOfGroups(values: usize, end: usize): usize {
  let p = values + 32
  while (p < end) {
    if (p + (MIN_RUN as usize) * 4 <= end && isRun(p)) return p
    p += 32
  }
  return end
}

function isRun(p: usize): bool {
  const value = i32x4.splat(load<i32>(p))
  return (
    i32x4.all_true(i32x4.eq(v128.load(p), value)) &&
    i32x4.all_true(i32x4.eq(v128.load(p, 16), value)) &&
    i32x4.all_true(i32x4.eq(v128.load(p, 32), value)) &&
    i32x4.all_true(i32x4.eq(v128.load(p, 48), value))
  )
}

function rankOf(value: u32, ranks: usize): u32 {
  return ranks == 0 ? value : (load<u16>(ranks + ((value as usize) << 1)) as u32)
}

function writeRun(value: u32, run: u32, width: u32, out: usize): usize {
  out = writeVarint((run as u64) << 1, out)
  store<u32>(out, value)
  return out + (((width + 7) >> 3) as usize)
}

/** Packs the values up to `end`, the last group filled up with zeros. */
function writeGroups(values: usize, end: usize, width: u32, ranks: usize, out: usize): usize {
  const groups = (((end - values) >> 2) + 7) >> 3
  out = writeVarint(((groups as u64) << 1) | 1, out)
  const after = out + groups * (width as usize)
  if ((width & 7) == 0) {
    memory.fill(after - (width as usize), 0, width as usize)
    if (ranks != 0) packRanks(values, end, ranks, out)
    else packBytes(values, end, (width >> 3) as usize, out)
    return after
  }
  if (width == 1) {
    const packed = packBits(values, end, out)
    out += (packed - values) >> 5
    values = packed
  }
  const bitsAValue = width as u64
  let bits: u64 = 0
  let filled: u64 = 0
  while (values < end) {
    const value = load<u32>(values) as u64
    bits |= value << filled
    filled += bitsAValue
    if (filled >= 64) {
      store<u64>(out, bits)
      out += 8
      filled -= 64
      bits = filled == 0 ? 0 : value >> (bitsAValue - filled)
    }
    values += 4
  }
  while (out < after) {
    store<u64>(out, bits)
    out += 8
    bits = 0
  }
  return after
}

/** Packs values of one bit, sixteen at a time, as long as there are as many; returns the address of the first that is left. */
function packBits(values: usize, end: usize, out: usize): usize {
  for (; values + 64 <= end; values += 64) {
    const low = i16x8.narrow_i32x4_u(v128.load(values), v128.load(values, 16))
    const high = i16x8.narrow_i32x4_u(v128.load(values, 32), v128.load(values, 48))
    store<u16>(out, i8x16.bitmask(i8x16.neg(i8x16.narrow_i16x8_u(low, high))) as u16)
    out += 2
  }
  return values
}

/** Writes two bytes for each value: its rank. */
function packRanks(values: usize, end: usize, ranks: usize, out: usize): void {
  for (; values + 16 <= end; values += 16) {
    const two = load<u64>(values)
    const next = load<u64>(values, 8)
    store<u16>(out, load<u16>(ranks + (((two as u32) << 1) as usize)))
    store<u16>(out, load<u16>(ranks + (((two >> 32) << 1) as usize)), 2)
    store<u16>(out, load<u16>(ranks + (((next as u32) << 1) as usize)), 4)
    store<u16>(out, load<u16>(ranks + (((next >> 32) << 1) as usize)), 6)
    out += 8
  }
  for (; values < end; values += 4) {
    store<u16>(out, rankOf(load<u32>(values), ranks) as u16)
    out += 2
  }
}

/** LOW_BYTES + 16 × width: the lowest `width` bytes of each of four u32, one behind the other, then zeros. */
const LOW_BYTES: usize = memory.data(5 * 16)
memory.fill(LOW_BYTES, 0x80, 5 * 16)
for (let width: usize = 1; width <= 4; width++)
  for (let i: usize = 0; i < 4 * width; i++)
    store<u8>(LOW_BYTES + width * 16 + i, ((i / width) * 4 + (i % width)) as u8)

/** Packs values of `width` whole bytes, four at a time. */
function packBytes(values: usize, end: usize, width: usize, out: usize): void {
  const lowBytes = v128.load(LOW_BYTES + width * 16)
  for (; values + 16 <= end; values += 16) {
    v128.store(out, i8x16.swizzle(v128.load(values), lowBytes))
    out += width * 4
  }
  for (; values < end; values += 4) {
    store<u32>(out, load<u32>(values))
    out += width
  }
}
